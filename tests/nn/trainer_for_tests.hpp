#pragma once
// What the tests of the Trainer share: a model with noise of its own, data, and all that it takes to train it.

#include "nn/nn.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace xtape::nn::testing {

inline constexpr std::size_t kSamples = 50, kBatch = 8, kBatches = 7;  // of training data

/// An Mlp that guesses a number from others, with noise of its own, and counts what it sees while it trains.
struct NoisyMlp : Module<float> {
  Mlp<float> layers;
  Buffer<float> running{Array<float>{0}};
  explicit NoisyMlp(Random& rng) : layers({3, 5, 1}, rng) {
    add("layers", layers);
    add("running", running);
  }
  Var<float> loss(const Array<float>& samples, Random& rng) const {
    if (training()) running.mutable_data()[0] += 1;
    const Var<float> all(samples), x = slice(all, {Range(), Range(0, 3)}), y = slice(all, {Range(), Range(3, 4)});
    const Var<float> guess = layers(x + 0.1f * rng.normal<float>(x.shape()));
    return mse(guess, y);
  }
};

inline Array<float> noisy_samples(std::uint64_t seed) {
  Random rng(seed);
  Array<float> all = rng.normal<float>({kSamples, 4});
  for (std::size_t i = 0; i < kSamples; ++i) all(i, 3) = all(i, 0) - std::abs(all(i, 1));
  return all;
}

template <class Optimizer>
struct TrainingSession {
  Random rng{1};
  NoisyMlp model{rng};
  Optimizer optimizer;
  DataLoader<float> loader{noisy_samples(2), {.batch_size = kBatch, .shuffle = true, .seed = 3}};
  DataLoader<float> held_out{noisy_samples(4), {.batch_size = kBatch}};
  Trainer<float> trainer;

  template <class Options>
  TrainingSession(const Options& of_optimizer, TrainerOptions options)
      : optimizer(model.parameters(), of_optimizer), trainer(model, optimizer, rng, std::move(options)) {
    trainer.validate(held_out, loss());
  }
  auto loss() const {
    return [this](const DataLoader<float>::Batch& batch, Random& r) { return model.loss(batch.images, r); };
  }
  TrainingResult fit() { return trainer.fit(loader, loss()); }

  std::vector<float> bits() const {  // of all that the model has, and the optimizer
    std::vector<float> all(model.running.value().begin(), model.running.value().end());
    for (const auto& p : model.parameters()) all.insert(all.end(), p.value().begin(), p.value().end());
    for (const auto& [name, arrays] : optimizer.state().slots) {
      for (const auto& array : arrays) all.insert(all.end(), array.begin(), array.end());
    }
    return all;
  }
};
using AdamSession = TrainingSession<Adam<float>>;

/// As little as can be trained.
struct OneWeight : Module<float> {
  Parameter<float> w{Array<float>{1, 1}};
  OneWeight() { add("w", w); }
  Var<float> loss() const { return sum(w * w); }
};

inline std::vector<double> losses_of(const std::vector<TrainingRecord>& records) {
  std::vector<double> all;
  for (const TrainingRecord& record : records) {
    all.push_back(record.loss);
    for (const auto& [name, value] : record.metrics) all.push_back(value);
  }
  return all;
}

}  // namespace xtape::nn::testing
