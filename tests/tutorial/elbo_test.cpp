// What the chapter "elbo" claims.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>

namespace {

TEST(Elbo, SmallRun) {
  tutorial::Numbers n = tutorial::small_run("elbo");

  // ln p(x) = ELBO + KL for every q, and the bound is the same number however it is written.
  EXPECT_LT(n["worst"], 1e-12);
  EXPECT_NEAR(n["log-p"], n["elbo"] + n["gap"], 1e-12);
  EXPECT_NEAR(n["jensen"], n["elbo"], 1e-12);
  EXPECT_NEAR(n["decomposition"], n["elbo"], 1e-12);
  EXPECT_NEAR(n["minus-free-energy"], n["elbo"], 1e-12);
  EXPECT_NEAR(n["reconstruction"] - n["kl-prior"], n["elbo"], 1e-12);
  EXPECT_NEAR(n["entropy"] - n["energy"], n["elbo"], 1e-12);

  // The best q is narrower than the posterior, and better than the one with its moments or the prior.
  EXPECT_GT(n["gap"], 0.01);
  EXPECT_LT(n["sigma"], 0.9 * n["posterior-deviation"]);
  EXPECT_GT(n["elbo"], n["matched-elbo"] + 0.01);
  EXPECT_GT(n["matched-elbo"], n["prior-elbo"]);
  // Of two humps q takes one, and pays about ln 2.
  EXPECT_NEAR(n["folded-mu"], std::sqrt(2.0), 0.15);
  EXPECT_NEAR(n["folded-gap"], std::log(2.0), 0.05);
  EXPECT_GT(n["folded-gap"], std::log(2.0));

  // The linear model: the same identity with a bad encoder, and the smallest gap of a diagonal one.
  EXPECT_LT(n["identity-45"], 1e-12);
  EXPECT_GT(n["start-kl-45"], 10);
  EXPECT_NEAR(n["kl-45"], n["smallest-45"], 1e-10);
  EXPECT_GT(n["smallest-45"], 0.3);
  EXPECT_LT(n["rotation-error"], 1e-10);
  EXPECT_NEAR(n["gap-0"], 0, 1e-10);
  EXPECT_NEAR(n["log-p-45"], n["log-p-0"], 1e-12);
  EXPECT_EQ(n["change"], 0);  // φ does not enter ln p(x)
  EXPECT_NEAR(n["split"], 0, 1e-12);
  // Trained together, the model comes to where the gap is 0, and to the likeliest model.
  EXPECT_GT(n["joint-end"], n["joint-start"] + 1);
  EXPECT_NEAR(n["joint-end"], n["log-p-0"], 1e-9);
  EXPECT_NEAR(n["joint-gap"], 0, 1e-9);
}

}  // namespace
