// What the chapter on conditional VAEs claims, of its program run small.

#include "tests/tutorial/chapter_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

TEST(ConditionalChapter, ClaimsHold) {
  tutorial::Numbers n = tutorial::small_run("conditional");
  const double ln10 = std::log(10.0);
  // Bounds are below estimates of what they bound.
  EXPECT_LT(n["vae-bound"], n["vae-evidence"]);
  EXPECT_LT(n["cvae-bound"], n["cvae-told"]);
  EXPECT_LT(n["summed-bound"], n["cvae-summed"]);

  // A label is worth ln 10 less the doubt about it, and labels summed out give back what it was worth.
  EXPECT_GT(n["worth"], 0);
  EXPECT_LT(n["worth"], ln10);
  EXPECT_NEAR(n["worth"] + n["doubt"], ln10, 1e-3);
  EXPECT_NEAR(n["gain-told"] - n["gain-summed"], n["worth"], 1e-3);
  EXPECT_NEAR(n["cvae-told"] - n["cvae-summed"], n["worth"], 1e-3);
  // On these digits the conditional model is the better one either way.
  EXPECT_GT(n["gain-told"], 2 * n["gain-told-error"]);
  EXPECT_GT(n["gain-summed"], n["gain-summed-error"]);
  EXPECT_GT(n["bayes-accuracy"], 0.5);

  // The label is in the VAE's code, in no single unit of it, and less so in the conditional model's.
  EXPECT_GT(n["vae-accuracy"], 0.5);
  EXPECT_LT(n["cvae-accuracy"], n["vae-accuracy"] - 0.1);
  EXPECT_LT(n["unit-accuracy"], n["vae-accuracy"] - 0.2);
  // The decoder goes by the label.
  EXPECT_GT(n["pixel-accuracy"], 0.7);
  EXPECT_GT(n["obeyed"], 0.25);
  // The decoder of the page: rounded, and by less than a grey level.
  EXPECT_GT(n["decoder-difference"], 0);
  EXPECT_LE(n["decoder-difference"], 1.0 / 255);
}

}  // namespace
