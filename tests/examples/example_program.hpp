#pragma once
// A program of the examples, run as a user runs it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/examples/process.hpp"
#include "tests/examples/tiny_data.hpp"
#include "tests/sanitized.hpp"

namespace testing_support {

inline std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What stands behind `words` on its line; empty where they are not said.
inline std::string after(const std::string& words, const std::string& text) {
  const std::size_t found = text.find(words);
  EXPECT_NE(found, std::string::npos) << words << " in " << text;
  if (found == std::string::npos) return "";
  const std::size_t first = found + words.size();
  return text.substr(first, text.find('\n', first) - first);
}

inline std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

/// So many that a signal in the first of them comes long before the last; under a sanitizer each takes longer.
inline const std::string kManyEpochs = xtape::kSanitized ? "10" : "30";

/// A folder with a small data set in it; the program runs there.
struct ExampleProgram : testing::Test {
  const std::string called, program;
  const TemporaryFolder folder;
  const std::filesystem::path data = folder / "tiny";

  explicit ExampleProgram(const std::string& name) : called(name), program(XTAPE_PROGRAMS_DIR "/" + name) {
    write_tiny_data(data, 200, 50);
  }

  Invocation invocation(std::vector<std::string> arguments) const {
    Invocation result;
    result.arguments = std::move(arguments);
    result.arguments.insert(result.arguments.begin(), program);
    result.directory = folder.path();
    result.environment = {{"XTAPE_DATA_DIR", folder.path().string()}, {"OMP_NUM_THREADS", "2"}};
    return result;
  }
  Outcome run_program(std::vector<std::string> arguments) const { return run(invocation(std::move(arguments))); }
  /// Pastes a command into a shell in the folder.
  Outcome paste(const std::string& command) const {
    Invocation shell = invocation({});
    shell.arguments = {"/bin/sh", "-c", command};
    return run(shell);
  }

  /// A model that trains in no time.
  static std::vector<std::string> small(std::vector<std::string> more = {}, const std::string& batch_size = "64") {
    std::vector<std::string> arguments{"--data", "tiny",         "--hidden", "16",        "--latent",
                                       "3",      "--batch-size", batch_size, "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  nlohmann::json summary(const std::string& out) const {
    return nlohmann::json::parse(read(folder / out / "summary.json"));
  }

  /// The user's mistake gets exit code 2 and one line that holds `words`, and leaves nothing behind.
  void expect_refused(const std::vector<std::string>& arguments, const std::vector<std::string>& words) const {
    const std::set<std::string> before = files_in(folder.path());
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with(called + ": ")) << outcome.err;
    for (const std::string& word : words)
      EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
    EXPECT_EQ(outcome.out.find("epoch"), std::string::npos) << "it trained:\n" << outcome.out;
    EXPECT_EQ(files_in(folder.path()), before);
  }
};

}  // namespace testing_support
