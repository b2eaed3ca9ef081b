// What the chapter "The algorithm" claims of its program's numbers.

#include "tests/tutorial/chapter_run.hpp"

namespace {

TEST(TutorialAlgorithm, SplitsWhatTheEncoderLoses) {
  tutorial::Numbers n = tutorial::small_run("algorithm");
  // Minibatches: their mean is the full gradient, their variance falls as (1/B)(n-B)/(n-1), here with n = 256 by 5.
  EXPECT_LT(n["batch-bias-16"], 1e-4);
  EXPECT_LT(n["batch-bias-64"], 1e-4);
  EXPECT_GT(n["batch-variance-16"], 3 * n["batch-variance-64"]);
  EXPECT_LT(n["batch-variance-16"], 8 * n["batch-variance-64"]);
  // At z = mu the decoder does better than under the q that the bound asks for.
  EXPECT_LT(n["test-loss-at-mean"], n["test-loss"] - 0.5);
  EXPECT_LT(n["train-loss"], n["test-loss"]);
  for (const std::string which : {"", "-train"}) {
    EXPECT_GT(n["approximation-gap" + which], 0.05) << which;
    EXPECT_GT(n["amortization-gap" + which], 2 * n["approximation-gap" + which]) << which;
    EXPECT_GT(n["amortization-least" + which], 0) << which;
    EXPECT_LT(n["log-p-error" + which], 0.3) << which;
    EXPECT_NEAR(n["log-p" + which] - n["elbo-best" + which], n["approximation-gap" + which], 1e-6) << which;
    EXPECT_NEAR(n["elbo-best" + which] - n["elbo-encoder" + which], n["amortization-gap" + which], 1e-6) << which;
  }
  // Where the ascent begins does not matter.
  EXPECT_NEAR(n["elbo-from-prior"], n["elbo-best"], 0.5);
}

}  // namespace
