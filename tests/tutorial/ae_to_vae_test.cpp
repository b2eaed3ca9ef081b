// What the chapter on turning an autoencoder into a VAE claims, of its program run small.

#include "tests/tutorial/chapter_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

TEST(AeToVaeChapter, ClaimsHold) {
  tutorial::Numbers n = tutorial::small_run("ae_to_vae");
  // An autoencoder's code is one; a VAE's is drawn, and draws are apart as sigma says.
  EXPECT_EQ(n["ae-draw1"], n["ae-draw2"]);
  EXPECT_NE(n["draw1"], n["draw2"]);
  EXPECT_NEAR(n["apart"] / n["apart-expected"], 1, 0.4);

  // The autoencoder in a VAE's terms: its reconstruction, and 9 nats of KL for sigma = e^-5 beside those of the place.
  EXPECT_NEAR(n["same-reconstruction"], n["ae-reconstruction"], 0.2);
  EXPECT_NEAR(n["same-kl"], n["ae-half-square"] + 9 + std::exp(-10), 1e-3);
  // Random heads cost; training on mends that, and brings the codes to the prior.
  EXPECT_GT(n["converted-loss"], n["retrained-loss"] + 20);
  EXPECT_LT(n["retrained-kl"], n["same-kl"] / 2);
  EXPECT_LT(n["retrained-loss"], n["same-loss"] - 10);
  EXPECT_LT(n["retrained-together"], n["ae-together"] / 3);
  // The detour gains nothing.
  EXPECT_LT(n["scratch-long-loss"], n["retrained-loss"] + 3);

  // The KL term is one of codes: it does not depend on the decoder, nor on the encoder but through codes.
  EXPECT_EQ(n["kl-pull-on-decoder"], 0);
  EXPECT_NEAR(n["rescaled-kl"], n["retrained-kl"], 1e-4);
  EXPECT_NEAR(n["rescaled-reconstruction"], n["retrained-reconstruction"], 1e-2);
  // Averaged over pixels, the reconstruction term loses against it.
  EXPECT_LT(n["averaged-kl"], 0.1);
  EXPECT_GT(n["averaged-reconstruction"], n["retrained-reconstruction"] + 10);
  EXPECT_NEAR(n["averaged-reconstruction"] / n["constant-reconstruction"], 1, 0.05);

  // A sigmoid on the mean costs, of which a part exactly.
  EXPECT_GT(n["sigmoid-loss"], n["retrained-loss"] + 1);
  EXPECT_GT(n["sigmoid-waste"], 0.5);
  EXPECT_NEAR(n["sigmoid-kl"] - n["standardized-kl"], n["sigmoid-waste"], 1e-3);
  EXPECT_NEAR(n["standardized-reconstruction"], n["sigmoid-reconstruction"], 1e-2);
  EXPECT_NEAR(n["prior-inside"], 0.3413447 * 0.3413447, 1e-6);
}

}  // namespace
