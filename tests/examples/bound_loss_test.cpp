// Losses made of bounds, against the same numbers computed one at a time.

#include "examples/programs/run/bound_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "autodiff/autodiff.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::Random;
using xtape::Var;

constexpr std::size_t kPixels = 6, kLatent = 2, kClasses = 3, kBatch = 5;

Trainer::Batch batch_of(Random& rng) {
  Trainer::Batch batch;
  batch.images = rng.uniform<float>({kBatch, kPixels});
  batch.labels = Array<std::int64_t>{0, 2, 1, 1, 0};
  return batch;
}

TEST(BoundLoss, KlHasItsWeightInTheObjectiveAlone) {
  Random rng(1);
  const Vae model({kPixels, 4, kLatent}, std::make_unique<xtape::nn::BernoulliLikelihood<float>>(), rng);
  const Trainer::Batch batch = batch_of(rng);
  Random once = rng, again = rng;
  const BatchLoss value = bound_loss(model, kLatent, 3, [] { return 0.25; })(batch, once);
  const NegativeBound bound = model.negative_bound(batch.images, again.normal<float>({3, kBatch, kLatent}));
  const float reconstruction = mean(bound.reconstruction).item(), kl = mean(bound.kl).item();
  EXPECT_FLOAT_EQ(value.objective.item(), reconstruction + 0.25f * kl);
  EXPECT_FLOAT_EQ(value.loss.item(), reconstruction + kl);
  EXPECT_FLOAT_EQ(value.kl->item(), kl);
}

// -E ln (1/K) Σ_y w_y, with codes of each label drawn one label after the other.
TEST(MarginalizedLoss, IsTheFormula) {
  Random rng(2);
  const Cvae model({kPixels, 4, kLatent, kClasses}, rng);
  const Trainer::Batch batch = batch_of(rng);
  Random once = rng, again = rng;
  const double loss = double(marginalized_loss(model, kLatent, kClasses)(batch, once).loss.item());
  std::vector<double> weights(kBatch, 0);
  for (std::size_t label = 0; label < kClasses; ++label) {
    Array<float> y = xtape::zeros<float>({kBatch, kClasses});
    for (std::size_t i = 0; i < kBatch; ++i) y(i, label) = 1;
    const Array<float> logs = model.log_weights(batch.images, y, again.normal<float>({1, kBatch, kLatent})).value();
    for (std::size_t i = 0; i < kBatch; ++i) weights[i] += std::exp(double(logs(0, i)));
  }
  double expected = 0;
  for (const double weight : weights) expected -= std::log(weight / double(kClasses)) / double(kBatch);
  EXPECT_NEAR(loss, expected, 1e-5 * std::abs(expected));
}

}  // namespace
