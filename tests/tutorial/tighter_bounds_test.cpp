// What the chapter on importance-weighted bounds claims.

#include "tests/tutorial/chapter_run.hpp"

#include <string>

namespace {

TEST(TighterBounds, ShowWhatThePageClaims) {
  tutorial::Numbers n = tutorial::small_run("tighter_bounds");

  // The exact gap of the ELBO, and the bound of one sample.
  EXPECT_NEAR(n["gap-exact"], n["gap-formula"], 1e-9);
  EXPECT_NEAR(n["gap-1"], n["gap-exact"], 5 * n["gap-error-1"]);

  // It rises with k, from fresh samples, stays below ln p(x) and tends to it.
  double before = 1;
  for (int k = 1; k <= 256; k *= 2) {
    const std::string at = "-" + std::to_string(k);
    EXPECT_LT(n["centred" + at], before) << k;
    EXPECT_GT(n["centred" + at], 0) << k;
    EXPECT_NEAR(n["gap" + at], n["centred" + at], 5 * n["gap-error" + at]) << k;
    before = n["centred" + at];
  }
  EXPECT_NEAR(n["law-ratio-64"], 1, 0.2);
  EXPECT_NEAR(n["law-ratio-256"], 1, 0.2);
  EXPECT_GT(n["error-ratio"], 2);

  // Nested groups rise whatever the weights are; fresh samples do not for each image.
  EXPECT_EQ(n["rising-nested"], 1);
  EXPECT_EQ(n["rising-nonsense"], 1);
  EXPECT_LT(n["rising-fresh"], 0.5);

  // Signal to noise: like √k for θ, like 1/√k for φ, better when doubly reparameterized, and of the same mean.
  EXPECT_NEAR(n["theta-rise"], 2, 0.3);
  EXPECT_NEAR(n["phi-4"] / n["phi-16"], 2, 0.4);
  EXPECT_GT(n["phi-1"], 2.5 * n["phi-16"]);
  EXPECT_GT(n["averages"], 10);
  for (const int k : {1, 4, 16, 64}) {
    const std::string at = "-" + std::to_string(k);
    EXPECT_GT(n["doubly" + at], 1.5 * n["phi" + at]) << k;
  }
  EXPECT_GT(n["doubly-64"], n["doubly-16"]);
  EXPECT_LT(n["difference-4"], n["phi-4"] / 5);
}

}  // namespace
