// What the chapter on failures says, on 500 drawn digits.

#include "tests/tutorial/chapter_run.hpp"

#include <string>

namespace tutorial {
namespace {

TEST(Failures, AreWhatTheChapterSays) {
  Numbers n = small_run("failures");

  // Noise wider than the data: an empty code; learnt noise: a used one.
  EXPECT_LT(n["wide-kl"], 0.1);
  EXPECT_EQ(n["wide-active"], 0);
  EXPECT_GT(n["learnt-kl"], 5);
  EXPECT_GE(n["learnt-active"], 8);

  // A decoder that sees pixels has a better loss and less code; warm-up does not give it back.
  EXPECT_LT(n["context-kl"], 0.6 * n["plain-kl"]);
  EXPECT_LT(n["context-loss"], n["plain-loss"] - 20);
  EXPECT_LT(n["warm-kl"], 0.7 * n["plain-kl"]);
  EXPECT_NEAR(n["warm-loss"], n["context-loss"], 3);

  // Rate and distortion: one rises as the other falls, the sum is least at 1, the slopes are the weights'.
  const std::string names[] = {"beta-25", "beta-100", "beta-400", "beta-1600"};
  for (int k = 0; k < 3; ++k) {
    EXPECT_GT(n[names[k] + "-kl"], n[names[k + 1] + "-kl"]);
    EXPECT_LT(n[names[k] + "-reconstruction"], n[names[k + 1] + "-reconstruction"]);
  }
  for (const char* name : {"beta-25", "beta-400", "beta-1600"}) {
    EXPECT_GT(n[std::string(name) + "-loss"], n["beta-100-loss"]) << name;
  }
  EXPECT_GT(n["slope-1"], 0.25);
  EXPECT_LT(n["slope-1"], 1);
  EXPECT_GT(n["slope-2"], 1);
  EXPECT_LT(n["slope-2"], 4);

  // A mean over pixels: nothing but a mean image.
  EXPECT_LT(n["mean-kl"], 0.1);
  EXPECT_EQ(n["mean-active"], 0);
  EXPECT_NEAR(n["mean-reconstruction"], n["no-code"], 0.1 * n["no-code"]);
  EXPECT_LT(n["plain-reconstruction"], n["mean-reconstruction"] - 20);

  // A loss below zero, and above it in other units.
  EXPECT_LT(n["learnt-loss"], 0);
  EXPECT_GT(n["learnt-loss-255"], 0);
  EXPECT_GT(n["learnt-peak-density"], 1);

  // A free sigma falls by the learning rate for each constant pixel in each step; a floor stops it.
  EXPECT_GT(n["constant-pixels"], 0);
  EXPECT_NEAR(n["fall"], 2000 * 0.01 * n["constant-pixels"], 0.02 * n["fall"]);
  EXPECT_LT(n["floor-loss-2000"] - n["floor-loss-4000"], 0.01 * n["fall"]);
  EXPECT_LT(n["free-log10-sigma"], -10);
  EXPECT_GT(n["floor-log10-sigma"], -2.001);

  // The overflow, who finds it, and what mends it.
  EXPECT_NEAR(n["exp-limit"], 88.72, 0.01);
  EXPECT_NEAR(n["exp-limit-double"], 709.78, 0.01);
  EXPECT_EQ(n["overflow-loss-finite"], 0);
  EXPECT_EQ(n["overflow-found-in-exp"], 1);
  EXPECT_GT(n["clipped-kl"], 1e5);
  EXPECT_LT(n["mended-kl"], 10);

  EXPECT_EQ(n["silent-zero-refused"], 1);
}

}  // namespace
}  // namespace tutorial
