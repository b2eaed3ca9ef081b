// What the chapter "latent_variables" claims.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>
#include <string>

namespace {

TEST(LatentVariables, SmallRun) {
  tutorial::Numbers n = tutorial::small_run("latent_variables");

  // The relative variance of p(x|z) grows by the same factor with each latent number.
  const double factor = 2 / std::sqrt(3.0) * std::exp(1.0 / 3);
  EXPECT_NEAR(n["exact-5"], std::pow(factor, 5) - 1, 1e-9);
  for (const char* d : {"1", "3", "5"}) {
    const double exact = n[std::string("exact-") + d];
    EXPECT_NEAR(n[std::string("measured-") + d] / exact, 1, 0.3) << d;
  }
  EXPECT_NEAR(n["needed-100"] / n["needed-20"], std::pow(factor, 80), 0.001 * std::pow(factor, 80));

  // ln of the estimate is too low, by what is known for one sample, and to first order by half the relative variance.
  EXPECT_NEAR(n["bias-5-1"], n["bias-exact-5-1"], 5 * n["bias-error-5-1"]);
  EXPECT_NEAR(n["bias-2-1"], 2 * (0.5 * std::log(2.0) - 1), 5 * n["bias-error-2-1"]);
  for (const char* d : {"2", "5", "10"}) {
    double before = -INFINITY;
    for (const char* k : {"1", "4", "16", "64", "256", "1024"}) {
      const double bias = n[std::string("bias-") + d + "-" + k];
      EXPECT_LT(bias, 0) << d << ", " << k;
      EXPECT_GT(bias, before) << d << ", " << k;
      before = bias;
    }
  }
  EXPECT_NEAR(n["bias-2-64"], n["bias-predicted-2-64"], 5 * n["bias-error-2-64"] + 0.001);
  EXPECT_GT(n["bias-10-1"], n["bias-predicted-10-1"] / 2);  // the first order says far too much there
  EXPECT_LT(n["posterior-spread"], 1e-11);

  // Real images are more probable than shuffled ones, those than noise; and a black one is more probable than all.
  EXPECT_GT(n["test"], n["shuffled"] + 50);
  EXPECT_GT(n["shuffled"], n["noise"] + 100);
  EXPECT_GT(n["black"], n["test"] + 30);
  EXPECT_LT(n["from-prior"], n["test"]);
  EXPECT_NEAR(n["middle"], 392, 6);
}

}  // namespace
