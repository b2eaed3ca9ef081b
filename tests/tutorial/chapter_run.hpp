#pragma once
// A chapter's program, run small, and the numbers it wrote.

#include "tests/examples/process.hpp"
#include "tests/examples/tiny_data.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace tutorial {

using Numbers = std::map<std::string, double>;

/// What docs/tutorial/NAME.cpp writes with --small; on 500 drawn digits where it reads any.
inline Numbers small_run(const std::string& name) {
  const testing_support::TemporaryFolder folder;
  testing_support::write_tiny_data(folder / "tiny", 500, 100);
  testing_support::Invocation invocation;
  invocation.arguments = {std::string(XTAPE_TUTORIAL_DIR) + "/" + name,
                          "--small",
                          "--data",
                          (folder / "tiny").string(),
                          "--out",
                          folder.path().string()};
  invocation.directory = folder.path();
  const testing_support::Outcome outcome = testing_support::run(invocation);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out + outcome.err;
  std::ifstream file(folder / ("numbers/" + name + ".json"));
  EXPECT_TRUE(file) << outcome.out + outcome.err;
  return nlohmann::json::parse(file).get<Numbers>();
}

}  // namespace tutorial
