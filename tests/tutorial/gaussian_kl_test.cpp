// What the chapter on the divergence of normal distributions claims.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>

namespace {

TEST(GaussianKl, SmallRun) {
  tutorial::Numbers n = tutorial::small_run("gaussian_kl");

  // The closed form is the library's, and what draws come to, with the error that the exact variance tells.
  EXPECT_NEAR(n["library_off"], 0, 1e-13);
  for (const std::string what : {"standard", "full"}) {
    EXPECT_GT(n[what + ".exact"], 1) << what;
    EXPECT_LT(n[what + ".standard_error"], 0.02) << what;
    EXPECT_LT(std::abs(n[what + ".errors_off"]), 5) << what;
  }
  EXPECT_GT(n["rms_over_line.least"], 0.4);
  EXPECT_LT(n["rms_over_line.most"], 1.8);

  // mu, and sigma² - 1 for ln sigma
  EXPECT_NEAR(n["gradient.mu_off"], 0, 1e-15);
  EXPECT_NEAR(n["gradient.log_sigma_off"], 0, 1e-14);

  // KL(q‖p) takes a mode, either one, for little more than ln 2; KL(p‖q) matches the moments.
  EXPECT_GT(n["right.mu"], 1.2);
  EXPECT_NEAR(n["left.mu"], -n["right.mu"], 1e-5);
  EXPECT_LT(n["right.sigma"], 0.25);
  EXPECT_GT(n["right.kl_q_p"], std::log(2.0));
  EXPECT_LT(n["right.kl_q_p"], std::log(2.0) + 0.05);
  EXPECT_NEAR(n["covering.mu"], 0, 1e-6);
  EXPECT_NEAR(n["covering.sigma"], n["posterior.deviation"], 1e-6);
  EXPECT_GT(n["covering.middle"], 20 * n["posterior.middle"]);
  EXPECT_GT(n["right.kl_p_q"], 20 * n["covering.kl_p_q"]);
  EXPECT_GT(n["covering.kl_q_p"], 10 * n["right.kl_q_p"]);

  // Bound and divergence add up to ln p(x), whatever q is.
  for (const std::string q : {"right", "left", "covering", "between", "one", "heavy", "light", "both"}) {
    EXPECT_NEAR(n[q + ".elbo_plus_kl_off"], 0, 1e-10) << q;
  }

  // The answers
  EXPECT_NEAR(n["between.mu"], 0, 1e-9);
  EXPECT_GT(n["between.kl_q_p"], 4 * n["right.kl_q_p"]);
  EXPECT_GT(n["between.beside"], 1e-4);
  EXPECT_LT(n["one.kl_q_p"], 0.05);
  EXPECT_NEAR(n["heavy.kl_q_p"], -std::log(0.7), 1e-3);
  EXPECT_NEAR(n["light.kl_q_p"], -std::log(0.3), 1e-3);
  EXPECT_NEAR(n["both.mu"], 0.8, 1e-5);
  EXPECT_NEAR(n["both.sigma"], std::sqrt(0.16 + 4 - 0.64), 1e-5);
}

}  // namespace
