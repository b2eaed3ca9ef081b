#pragma once
// A short example, run as a user runs it.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/examples/example_program.hpp"

namespace testing_support {

/// The number behind `words`; NaN where they are not said, or something else stands there.
inline double number_after(const std::string& words, const std::string& text) {
  const std::string rest = after(words, text);
  char* end = nullptr;
  const double number = std::strtod(rest.c_str(), &end);
  EXPECT_NE(end, rest.c_str()) << "no number behind " << words << " in " << text;
  return end == rest.c_str() ? std::nan("") : number;
}

/// The same behind `words` on the line that holds `line`.
inline double number_after(const std::string& line, const std::string& words, const std::string& text) {
  return number_after(words, after(line, text));
}

/// A folder with a small data set in it; the examples run there.
struct ShortExample : testing::Test {
  const TemporaryFolder folder;

  ShortExample() { write_tiny_data(folder / "tiny", 200, 50); }

  Outcome run_example(const std::string& name, std::vector<std::string> arguments) const {
    return run_at(XTAPE_EXAMPLES_DIR "/" + name, std::move(arguments));
  }
  /// What it says on standard output; a failure where it says something else, or ends badly.
  std::string output_of(const std::string& name, std::vector<std::string> arguments = {}) const {
    return expect_success(run_example(name, std::move(arguments)));
  }
  /// What a program writes into its summary, trained on the same data.
  nlohmann::json summary_of_program(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", "tiny", "--out", "out"});
    if (name == "vae") arguments.insert(arguments.end(), {"--evidence-samples", "1", "--evidence-images", "1"});
    expect_success(run_at(XTAPE_PROGRAMS_DIR "/" + name, std::move(arguments)));
    return nlohmann::json::parse(read(folder / "out/summary.json"));
  }

 private:
  Outcome run_at(const std::string& path, std::vector<std::string> arguments) const {
    Invocation invocation;
    invocation.arguments = std::move(arguments);
    invocation.arguments.insert(invocation.arguments.begin(), path);
    invocation.directory = folder.path();
    invocation.environment = {{"OMP_NUM_THREADS", "2"}};
    return run(invocation);
  }
  static std::string expect_success(const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
};

}  // namespace testing_support
