// What the chapter on misconceptions says, its trained model on 500 drawn digits.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>

namespace tutorial {
namespace {

TEST(Misconceptions, AreRefutedByTheNumbers) {
  Numbers n = small_run("misconceptions");

  // Formulas.
  EXPECT_NEAR(n["kl-right"], n["kl-quadrature"], 1e-9);
  EXPECT_LT(n["kl-said"], 0);
  EXPECT_NEAR(n["normal-right"], -0.5 * 0.04 / 0.25 - std::log(0.5) - 0.5 * std::log(2 * M_PI), 1e-12);
  EXPECT_NEAR(n["normal-said"], -0.04, 1e-12);
  EXPECT_NEAR(n["variance-right"], 0.0625, 0.002);
  EXPECT_NEAR(n["variance-said"], 0.25, 0.008);
  EXPECT_NEAR(n["log-prob-plus-cross-entropy"], 0, 1e-2);
  EXPECT_NEAR(n["kl-right-wide"], 0.5 * (100 - 2 * std::log(10) - 1), 1e-9);

  // The encoder is an approximation, and does not change p(x).
  EXPECT_GT(n["bound-after"], n["bound-before"] + 1);
  EXPECT_EQ(n["evidence-after"], n["evidence-before"]);
  EXPECT_LT(n["bound-after"], n["evidence-after"]);
  EXPECT_GT(n["gap"], 0.1);
  EXPECT_NEAR(n["gap"], n["gap-from-correlation"], 1e-6);
  EXPECT_NEAR(n["evidence-turned"], n["evidence-after"], 1e-9);

  // Variations of all densities end at the posterior.
  EXPECT_LE(n["variations-bound"], n["variations-evidence"]);
  EXPECT_NEAR(n["variations-bound"], n["variations-evidence"], 1e-5);
  EXPECT_NEAR(n["variations-mean"], 0.5, 1e-3);
  EXPECT_NEAR(n["variations-variance"], 0.5, 1e-3);

  // The directions of the KL.
  EXPECT_NEAR(n["reverse-kl"], std::log(2), 0.01);
  EXPECT_NEAR(n["reverse-mean"], 2, 0.01);
  EXPECT_NEAR(n["reverse-sigma"], 0.5, 0.01);
  EXPECT_NEAR(n["forward-mean"], 0, 1e-4);
  EXPECT_NEAR(n["forward-sigma"], std::sqrt(4.25), 1e-4);

  // Sigma, and the path of the gradient.
  EXPECT_LT(n["step-in-sigma"], 0);
  EXPECT_GT(n["step-in-log-sigma"], 0.09);
  EXPECT_NEAR(n["path-gradient"], 1.6, 0.03);
  EXPECT_EQ(n["cut-gradient"], 0);
  EXPECT_NEAR(n["sigmoid-mean-cost"], 4.5, 1e-12);

  // What is bounded.
  EXPECT_GT(std::abs(n["shared"] - n["apart"]), 0.1);
  EXPECT_LT(n["given-label"] - n["without-label"], n["label-most"]);
  EXPECT_GT(n["given-label"] - n["without-label"], 0.98 * n["label-most"]);

  // Linear models.
  EXPECT_GT(n["factor-analysis"], n["ppca"] + 0.1);
  EXPECT_GT(n["psi-most"], 4 * n["psi-least"]);
  EXPECT_NEAR(n["autoencoder-error"], n["pca-error"], 1e-6);
  EXPECT_NEAR(n["in-the-plane"], 1, 1e-4);
  EXPECT_LT(n["cosine-first-axis"], 0.99);

  // The trained model.
  EXPECT_EQ(n["kl-gradient-decoder"], 0);
  EXPECT_LT(n["reconstruction-mean"], n["reconstruction-drawn"]);
  EXPECT_GT(n["aggregate-most"], 1.2);
  EXPECT_LT(n["aggregate-kl"], n["mean-kl"]);
  EXPECT_LT(n["units-as-classes"], 0.8);
  EXPECT_GT(n["grey-in-means"], 0.05);
  EXPECT_EQ(n["grey-in-draws"], 0);
}

}  // namespace
}  // namespace tutorial
