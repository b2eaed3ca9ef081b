// What the chapter on likelihoods claims.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>
#include <string>

namespace {

TEST(Likelihoods, ShowWhatThePageClaims) {
  tutorial::Numbers n = tutorial::small_run("likelihoods");
  const double pixels = 784;

  // Grey levels have a floor, and what is above it is left to the decoder.
  EXPECT_GT(n["floor-test"], 0);
  EXPECT_GT(n["above-floor"], 0);
  EXPECT_NEAR(n["above-floor"], n["Bernoulli-loss"] - n["floor-test"], 1e-9);
  EXPECT_LE(n["ln-mass"], -pixels * std::log(2) + 1e-6);

  // σ = 1: half the squared error and the constant; the KL wins. With a learned σ, the residuals' root mean square.
  EXPECT_NEAR(n["constants"], pixels / 2 * std::log(2 * M_PI), 1e-9);
  EXPECT_NEAR(n["fixed-loss"], n["fixed-squared"] / 2 + n["constants"], 1e-2);
  EXPECT_LT(n["fixed-kl"], n["Bernoulli-kl"] / 2);
  EXPECT_LT(n["fixed-kl"], n["linear-kl"] * 1.5);
  EXPECT_GT(n["learned-kl"], 2 * n["fixed-kl"]);
  EXPECT_LT(n["learned-squared"], n["fixed-squared"]);
  EXPECT_NEAR(n["sigma"] / n["rms"], 1, 0.05);
  EXPECT_NEAR(n["loss"], n["best-loss"], 2);
  EXPECT_GE(n["loss"], n["best-loss"] - 1e-2);

  // A σ for each pixel: the loss falls on and on; a floor or dequantizing ends that.
  EXPECT_GT(n["constant-pixels"], 20);
  EXPECT_LT(n["free-loss-80"], n["free-loss-40"] - 100);
  EXPECT_LT(n["free-sigma-80"], n["free-sigma-40"] / 3);
  EXPECT_GT(n["free-unseen"], n["free-loss-80"] + 500);
  EXPECT_GE(n["floor-sigma-80"], 0.01);
  EXPECT_GT(n["floor-loss-80"], n["free-loss-80"] + 100);
  EXPECT_LT(n["floor-unseen"], n["free-unseen"]);
  EXPECT_GT(n["dequantized-loss-80"], -n["constants-256"]);
  EXPECT_GT(n["dequantized-loss-80"], n["free-loss-80"]);
  EXPECT_GT(n["dequantized-sigma-80"], 0.7 * n["uniform-sigma"]);

  // L samples: variances fall as 1/L, but not that of new batches; the time grows.
  for (const int samples : {2, 4, 8, 16}) {
    const std::string at = "-" + std::to_string(samples);
    EXPECT_NEAR(n["bound" + at] * samples, 1, 0.5) << at;
    EXPECT_NEAR(n["gradient" + at] * samples, 1, 0.5) << at;
  }
  EXPECT_GT(n["total-16"], 2 * n["gradient-16"]);
  EXPECT_NEAR(n["total-16"], n["predicted-16"], 0.3);
  EXPECT_GT(n["time-16"], 2);
}

}  // namespace
