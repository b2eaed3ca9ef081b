// What the chapter on autoencoders claims.

#include "tests/tutorial/chapter_run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(TutorialAutoencoders, LinearOnesArePcaInItsPlaneAndNotInItsAxes) {
  tutorial::Numbers n = tutorial::small_run("autoencoders");
  for (const char* size : {"1", "2", "3", "4", "5", "6"}) EXPECT_LT(n.at(std::string("excess_") + size), 1e-9) << size;
  EXPECT_LT(n.at("projection_difference"), 1e-5);
  EXPECT_LT(n.at("axis_cosine"), 0.99);
  EXPECT_GT(n.at("columns_cosine"), 0.01);
  EXPECT_LT(n.at("change_of_images"), 1e-12);
  EXPECT_GT(n.at("moment_kl_other_codes"), 1.1 * n.at("moment_kl_codes"));
  EXPECT_GT(n.at("variance"), n.at("pca_loss"));

  // Cross-entropy has a floor; depth brings a model nearer to it, and far below the mean image.
  for (const std::string loss : {"_squared", "_cross"}) {
    const double deep = n.at("deep" + loss + "_cross_entropy");
    EXPECT_GT(deep, n.at("perfect_cross_entropy") + 5);
    EXPECT_LT(deep, 0.8 * n.at("mean_image_cross_entropy"));
    EXPECT_LT(deep, 0.8 * n.at("one" + loss + "_cross_entropy"));
    EXPECT_LT(n.at("deep" + loss + "_squared_error"), 0.6 * n.at("one" + loss + "_squared_error"));
  }
  EXPECT_LT(n.at("perfect_squared_error"), 1e-9);

  // Where codes lie: the autoencoder's far from N(0, I), the variational one's near, and no image's alone.
  EXPECT_GT(n.at("ae_moment_kl"), 5 * n.at("vae_moment_kl"));
  EXPECT_LT(n.at("vae_moment_kl"), 1);
  EXPECT_LT(n.at("prior_moment_kl"), 0.2);
  EXPECT_GT(n.at("kl_per_image"), 4 * n.at("vae_moment_kl"));
  EXPECT_GT(n.at("ae_gap"), 1.3 * n.at("vae_gap"));
  EXPECT_LT(n.at("ae_white_moment_kl"), 1e-9);
  EXPECT_LT(n.at("ae_white_gap"), n.at("ae_gap"));
}

}  // namespace
