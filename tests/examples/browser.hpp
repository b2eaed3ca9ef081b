#pragma once
// A browser without a window, for pages that are looked at by programs.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/examples/process.hpp"

namespace testing_support {

/// The first Chromium on PATH; empty where there is none.
inline std::string chromium() {
  namespace fs = std::filesystem;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
      const fs::path program = fs::path(folder) / name;
      if (access(program.c_str(), X_OK) == 0 && !fs::is_directory(program)) return program.string();
    }
  return "";
}

/// A page's document after it was loaded and its scripts have run, as HTML on standard output; what the page has to
/// complain of on the other. `folder` takes the browser's own files.
inline Outcome load_page(const std::string& browser, const std::filesystem::path& folder,
                         const std::filesystem::path& page, bool dark = false) {
  Invocation call;
  call.arguments = {browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--user-data-dir=" + (folder / "profile").string(),
                    "--enable-logging=stderr",
                    "--v=0",
                    "--virtual-time-budget=8000",
                    std::string("--blink-settings=preferredColorScheme=") + (dark ? "0" : "1"),
                    "--dump-dom",
                    "file://" + page.string()};
  call.directory = folder;
  call.limit = std::chrono::seconds(120);
  return run(call);
}

/// Whether the browser had nothing to say about the page.
inline testing::AssertionResult quiet(const Outcome& outcome) {
  if (outcome.err.find("CONSOLE") == std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << outcome.err;
}

/// What a script of the page has put into document.documentElement.dataset.seen, JSON with ' in place of ".
inline nlohmann::json seen_by(const Outcome& outcome) {
  const std::string name = "data-seen=\"";
  const std::size_t found = outcome.out.find(name);
  EXPECT_NE(found, std::string::npos) << outcome.out << outcome.err;
  if (found == std::string::npos) return {};
  const std::size_t first = found + name.size();
  std::string text = outcome.out.substr(first, outcome.out.find('"', first) - first);
  for (char& c : text) c = c == '\'' ? '"' : c;
  return nlohmann::json::parse(text);
}

}  // namespace testing_support
