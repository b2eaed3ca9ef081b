// The scripts refuse what they cannot do before they install or build anything.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "tests/testing.hpp"

namespace {

struct Answer {
  int code;
  std::string text;  // of both streams
};

Answer answer_to(const std::string& script, const std::string& arguments) {
  FILE* pipe = popen(("'" XTAPE_SOURCE_DIR "/scripts/" + script + "' " + arguments + " 2>&1").c_str(), "r");
  Answer answer{-1, ""};
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) answer.text += piece.data();
  const int status = pclose(pipe);
  if (WIFEXITED(status)) answer.code = WEXITSTATUS(status);
  return answer;
}

struct Mistake {
  std::string arguments, part;
};

void expect_refused(const std::string& script, const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    const Answer answer = answer_to(script, mistake.arguments);
    EXPECT_EQ(answer.code, 2) << mistake.arguments;
    EXPECT_TRUE(xtape::has(answer.text, {"scripts/" + script + ": ", mistake.part}));
    EXPECT_EQ(answer.text.find('\n'), answer.text.size() - 1) << answer.text;
  }
}

TEST(Scripts, MistakesAreOneLineAndExitCodeTwo) {
  expect_refused("bench", {{"--fast", "unknown option '--fast'"},
                           {"now", "unknown option 'now'"},
                           {"--quick=yes", "unknown option '--quick=yes'"},
                           {"--rows", "--rows takes a value"},
                           {"--rows= --list", "--rows takes a value"},
                           {"--rounds 0", "'0' is not a positive number"},
                           {"--rounds=many", "'many' is not a positive number"},
                           {"--threads 0", "'0' is not a list"},
                           {"--threads 1,,2", "'1,,2' is not a list"},
                           {"--venv /nowhere", "no virtual environment in '/nowhere'"}});
  expect_refused("twins", {{"--fast", "unknown option '--fast'"},
                           {"--data", "--data takes a value"},
                           {"--data= --venv /nowhere", "--data takes a value"},
                           {"--venv=/nowhere", "no virtual environment in '/nowhere'"}});
  expect_refused("reproduce", {{"", "which figure?"},
                               {"nothing", "there is no figure 'nothing'"},
                               {"vae cvae", "got 'vae' and 'cvae'"},
                               {"vae --fast", "unknown option '--fast'"},
                               {"vae --data", "--data takes a value"},
                               {"vae --seeds=1,,2", "'1,,2'"},
                               {"all --data .", "--data is for one figure"}});
  expect_refused("demo", {{"nothing", "there is no program nothing"}});
  expect_refused("throughput", {{"mnist", "unknown option 'mnist'"},
                                {"--out=", "--out takes a value"},
                                {"--epochs 0", "--epochs takes a number from 1 to 9999, got '0'"},
                                {"--threads=all", "--threads takes a number from 1 to 9999, got 'all'"},
                                {"--venv /nowhere", "no virtual environment in '/nowhere'"}});
  expect_refused("golden", {{"nothing", "no script tests/golden/make_nothing.py"},
                            {"--graphs many", "--graphs takes a number"},
                            {"--graphs=9 --write", "--graphs stores nothing"},
                            {"--graphs=9 index", "takes no names"},
                            {"--seed 4", "--seed and --tests belong to --graphs"},
                            {"--graphs 9 --tests=/nowhere", "--tests takes a program"},
                            {"--venv=/nowhere", "no virtual environment in '/nowhere'"}});
  expect_refused("coverage", {{"--fast", "unknown argument '--fast'"}});
}

TEST(Scripts, HelpNamesTheOptions) {
  const auto expect_named = [](const std::string& script, std::initializer_list<std::string> options) {
    const Answer answer = answer_to(script, "--help");
    EXPECT_EQ(answer.code, 0) << script;
    EXPECT_TRUE(xtape::has(answer.text, options));
  };
  expect_named("bench", {"--peers", "--venv", "--ops", "--quick", "--rows", "--threads", "--rounds", "--list"});
  expect_named("twins", {"--data", "--out", "--venv"});
  expect_named("reproduce", {"--data", "--seeds", "ppca", "fashion", "all"});
  expect_named("demo", {"ae_to_vae", "--help"});
  expect_named("throughput", {"--data", "--epochs", "--rounds", "--threads", "--out", "--venv"});
  expect_named("golden", {"--write", "--graphs", "--seed", "--tests", "--venv"});
  expect_named("coverage", {"build/coverage/report.txt"});
}

}  // namespace
