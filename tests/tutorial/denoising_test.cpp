// What the chapter on denoising autoencoders claims.

#include "tests/tutorial/chapter_run.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace {

TEST(TutorialDenoising, NumbersHoldWhatThePageClaims) {
  tutorial::Numbers n = tutorial::small_run("denoising");
  const auto errors_off = [&](const std::string& name, double expected) {
    return std::abs(n.at(name) - expected) / n.at(name + "_error");
  };

  // One objective, three ways.
  EXPECT_NEAR(n.at("over_x"), n.at("over_seen"), 1e-12 * n.at("over_x"));
  EXPECT_LT(errors_off("drawn_objective", n.at("over_x")), 5);
  EXPECT_GT(n.at("over_x"), n.at("least"));
  EXPECT_GT(n.at("least"), 0);

  // The variance falls as 1/L with the images fixed, levels off with images drawn anew, and more images are better.
  EXPECT_GT(n.at("fixed_1") / n.at("fixed_16"), 9);
  EXPECT_LT(n.at("fixed_1") / n.at("fixed_16"), 28);
  EXPECT_NEAR(n.at("predicted_4") / n.at("drawn_4"), 1, 0.3);
  EXPECT_GT(n.at("drawn_1"), 1.3 * n.at("drawn_16"));
  EXPECT_GT(n.at("drawn_16"), 4 * n.at("fixed_16"));
  EXPECT_LT(n.at("more_images"), 0.4 * n.at("drawn_16"));

  // The linear optimum: by training, by simulation, and not by noisy gradients to the last digit.
  EXPECT_LT(n.at("trained_excess"), 1e-9);
  EXPECT_LT(errors_off("simulated", n.at("optimum")), 5);
  EXPECT_LT(n.at("c_difference"), 0.02);
  EXPECT_LT(n.at("a_difference"), 0.02);
  EXPECT_GT(n.at("adam_excess"), 1e-5);
  EXPECT_LT(n.at("adam_excess"), 0.1);
  EXPECT_GT(n.at("optimum"), n.at("optimum_all"));
  EXPECT_LT(n.at("optimum"), n.at("optimum_all") + n.at("pca_loss"));
  EXPECT_GT(n.at("nothing_done"), 1.2 * n.at("optimum_all"));

  // The score: Tweedie's formula exactly, a network's nearly.
  EXPECT_LT(n.at("tweedie_difference"), 1e-12);
  EXPECT_LT(n.at("score_error"), 0.15);
  EXPECT_LT(n.at("best_distance"), 0.6 * n.at("noisy_distance"));
  EXPECT_LT(n.at("learnt_distance"), 0.7 * n.at("noisy_distance"));

  // What denoising helps with, and what not.
  EXPECT_LT(n.at("dae_corrupted"), 0.95 * n.at("ae_corrupted"));
  EXPECT_LT(n.at("dae_corrupted"), 0.6 * n.at("corrupted"));
  EXPECT_LT(n.at("ae_clean"), n.at("dae_clean"));
}

}  // namespace
