// The examples of sequences and of Gaussian processes: each prints what its first lines promise.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "autodiff/random.hpp"
#include "tests/examples/short_example.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace testing_support;

struct FamilyOfSequences : ShortExample {};

// What benchmarks/peers/examples/gp.py prints: SciPy's search, PyTorch's derivatives.
TEST_F(FamilyOfSequences, GpIsWhatSciPyAndPyTorchSay) {
  const std::string said = output_of("gp");
  const struct {
    std::string line, words;
    double value;
  } expected[] = {
      {"", "ln p(y) = ", -4.499044216}, {"", "signal ", 1.035232889},     {"signal ", "+- ", 0.4721057566},
      {"", "length ", 1.804705477},     {"length ", "+- ", 0.2605855473}, {"", "noise ", 0.1991129678},
      {"noise ", "+- ", 0.09795459355}, {"", "at 1: ", 0.833786002},      {"at 1: ", "+- ", 0.06799741821},
      {"", "at 5: ", -1.036793464},     {"at 5: ", "+- ", 0.154623762},   {"", "at 12: ", -0.503620173},
      {"at 12: ", "+- ", 0.7809566271},
  };
  for (const auto& [line, words, value] : expected) {
    EXPECT_NEAR(line.empty() ? number_after(words, said) : number_after(line, words, said), value, 1e-6)
        << line << words;
  }
}

TEST_F(FamilyOfSequences, GruAddsWhatIsMarked) {
  const std::string said = output_of("gru", {xtape::kSanitized ? "3" : "400", "10"});
  EXPECT_NEAR(number_after("of saying 1 always ", said), 1.0 / 6, 0.02);
  if (!xtape::kSanitized) {
    EXPECT_LT(number_after("error ", said), 0.02);
  }
}

// The two layers have to find each other, which takes some 400 steps: before that a guess among four values is right in
// two cases of five, some of them being the same.
TEST_F(FamilyOfSequences, TransformerRecalls) {
  const std::string said = output_of("transformer", {xtape::kSanitized ? "2" : "800"});
  EXPECT_GT(number_after("in the end: accuracy ", said), xtape::kSanitized ? 0.05 : 0.99);
}

// A text of two kinds of lines, of which each character but the first of a line is certain: ln 2 nats in 20 characters.
TEST_F(FamilyOfSequences, CharRnnLearnsAText) {
  xtape::Random rng(1);
  std::ofstream file(folder / "text");
  for (int line = 0; line < 600; ++line)
    file << (rng.below(2) == 0 ? "the cat sat on mats\n" : "a dog eats no apples\n");
  file.close();
  const std::string said = output_of("char_rnn", {xtape::kSanitized ? "1" : "6", "1", "text"});
  const double nats = number_after("held out: ", said);
  EXPECT_GT(nats, 0.9 * std::log(2.0) / 20.5);
  EXPECT_LT(nats, xtape::kSanitized ? 3 : 0.06);
  EXPECT_NEAR(number_after(" nats, ", said), nats / std::log(2.0), 1e-4);
  if (!xtape::kSanitized) {
    EXPECT_NE(said.find("the cat sat on mats\n"), std::string::npos) << said;
  }
}

TEST_F(FamilyOfSequences, SayInOneLineWhatIsWrong) {
  std::ofstream(folder / "short") << "too short";
  const struct {
    std::string name;
    std::vector<std::string> arguments;
    std::string words;
  } wrong[] = {{"gru", {"1", "1"}, "low < high"},
               {"transformer", {"many"}, "usage: transformer [STEPS"},
               {"char_rnn", {"1", "1", "nowhere"}, "cannot read nowhere"},
               {"char_rnn", {"1", "1", "short"}, "less than 2,500 characters"}};
  for (const auto& [name, arguments, words] : wrong) {
    const Outcome outcome = run_example(name, arguments);
    EXPECT_EQ(outcome.exit_code, 2) << name;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    for (const std::string& part : {words, "usage: " + name + " ["})
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
}

}  // namespace
