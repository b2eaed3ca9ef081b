// The examples of sequences and of Gaussian processes: each prints what its first lines promise.

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
