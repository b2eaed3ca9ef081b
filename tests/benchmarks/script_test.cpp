// scripts/bench refuses what it cannot do before it installs or builds anything.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/testing.hpp"

namespace {

struct Answer {
  int code;
  std::string text;  // of both streams
};

Answer answer_to(const std::string& arguments) {
  FILE* pipe = popen(("'" XTAPE_SOURCE_DIR "/scripts/bench' " + arguments + " 2>&1").c_str(), "r");
  Answer answer{-1, ""};
  std::array<char, 256> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) answer.text += piece.data();
  const int status = pclose(pipe);
  if (WIFEXITED(status)) answer.code = WEXITSTATUS(status);
  return answer;
}

TEST(BenchScript, MistakesAreOneLineAndExitCodeTwo) {
  struct Mistake {
    std::string arguments, part;
  };
  for (const Mistake& mistake : {Mistake{"--fast", "unknown option '--fast'"},
                                 {"now", "unknown option 'now'"},
                                 {"--quick=yes", "unknown option '--quick=yes'"},
                                 {"--rows", "--rows takes a value"},
                                 {"--rows= --list", "--rows takes a value"},
                                 {"--rounds 0", "'0' is not a positive number"},
                                 {"--rounds=many", "'many' is not a positive number"},
                                 {"--threads 0", "'0' is not a list"},
                                 {"--threads 1,,2", "'1,,2' is not a list"},
                                 {"--venv /nowhere", "no virtual environment in '/nowhere'"}}) {
    const Answer answer = answer_to(mistake.arguments);
    EXPECT_EQ(answer.code, 2) << mistake.arguments;
    EXPECT_TRUE(xtape::has(answer.text, {"scripts/bench: ", mistake.part}));
    EXPECT_EQ(answer.text.find('\n'), answer.text.size() - 1) << answer.text;
  }
}

TEST(BenchScript, HelpNamesTheOptions) {
  const Answer answer = answer_to("--help");
  EXPECT_EQ(answer.code, 0);
  EXPECT_TRUE(xtape::has(answer.text, {"--peers", "--venv", "--quick", "--rows", "--threads", "--rounds", "--list"}));
}

}  // namespace
