#pragma once
// A browser without a window, for pages that are looked at by programs.

#include <cstdlib>
#include <filesystem>
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

}  // namespace testing_support
