// What the chapter "Linear models" claims of its program's numbers.

#include "tests/tutorial/chapter_run.hpp"

#include <cmath>

namespace {

TEST(TutorialLinearModels, EmGradientsAndClosedFormAgree) {
  tutorial::Numbers n = tutorial::small_run("linear_models");
  for (const std::string difference : {"ppca-em", "ppca-gradients", "linear-vae", "fa-gradients", "fa-diagonal"})
    EXPECT_LT(n[difference], 1e-8) << difference;
  EXPECT_LT(n["encoder"], 1e-5);
  EXPECT_GT(n["adam"], 1e-5);  // sampled z and minibatches leave more
  // A noise for each number fits better than one for all.
  EXPECT_GT(n["fa"], n["ppca"] + 0.1);
  EXPECT_LT(n["fa-noise-least"], n["noise"]);
  EXPECT_GT(n["fa-noise-most"], n["noise"]);
  // A rotation: the same likelihood; a diagonal q loses what the formula says, and training takes the rotation away.
  EXPECT_LT(n["turned-spread"], 1e-10);
  EXPECT_NEAR(n["gap-0"], 0, 1e-10);
  EXPECT_GT(n["gap-45"], 0.01);
  EXPECT_NEAR(n["gap-45"], n["gap-45-formula"], 1e-10);
  EXPECT_GT(n["cosine-em"], 0.05);
  EXPECT_LT(n["cosine-vae"], 1e-4);
  // Other units: factor analysis follows, probabilistic PCA does not.
  EXPECT_NEAR(n["units-fa"], -std::log(10), 1e-6);
  EXPECT_LT(n["units-ppca"], -std::log(10) - 0.1);
  // A number twice: half of ln 10 for each tenth of the least noise.
  EXPECT_NEAR(n["heywood-1000"] - n["heywood-100"], std::log(10) / 2, 0.02);
  EXPECT_NEAR(n["heywood-10000"] - n["heywood-1000"], std::log(10) / 2, 0.02);
  EXPECT_GT(n["shrink-first"], n["shrink-third"]);
}

}  // namespace
