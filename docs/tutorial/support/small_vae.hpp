#pragma once
// Training of the small VAEs of a chapter: Adam, a sample an image, a rate that falls.

#include "examples/programs/models/vae.hpp"
#include "nn/nn.hpp"

#include <cmath>
#include <vector>

namespace tutorial {

using xtape::Array, xtape::Random, xtape::Tape, xtape::Var, programs::Vae;
namespace nn = xtape::nn;

/// ε for L codes of each image x: (L, batch, latent).
inline Array<float> noise(std::size_t samples, const Array<float>& x, std::size_t latent, Random& rng) {
  return rng.normal<float>({samples, x.shape(0), latent});
}
/// Minus the bound, a mean over the images x.
inline Var<float> loss(const Vae& vae, const Array<float>& x, std::size_t latent, Random& rng) {
  const auto [reconstruction, kl] = vae.negative_bound(x, noise(1, x, latent, rng));
  return mean(reconstruction + kl);
}
/// Levels 0 to 255, each spread evenly over its 256th of [0, 1).
inline Array<float> dequantized(const Array<float>& x, Random& rng) {
  return (x * 255.0f + rng.uniform<float>(shape_of(x))) / 256.0f;
}

struct Course {
  std::vector<double> epoch, loss, least_s;  // the smallest ln (σ - floor)
};
/// Adam at a rate that falls to a fiftieth, but for what the likelihood learns at a constant one.
inline Course train(const Vae& vae, const Array<float>& images, std::size_t latent, int epochs, bool dequantize) {
  nn::DataLoader<float> loader(images, {.batch_size = 50, .shuffle = true, .seed = 1});
  Random rng(2);
  std::vector<nn::Parameter<float>> weights = vae.parameters(), sigma = vae.likelihood().parameters();
  weights.erase(weights.end() - std::ptrdiff_t(sigma.size()), weights.end());
  nn::Adam<float> adam(weights);
  if (!sigma.empty()) adam.add_group(sigma, {.learning_rate = 1e-2});
  Course course;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    adam.set_learning_rate(2e-3 * std::pow(0.02, double(epoch) / epochs), 0);
    double total = 0;
    for (const auto& batch : loader) {
      Tape<float> tape;
      const Var<float> value = loss(vae, dequantize ? dequantized(batch.images, rng) : batch.images, latent, rng);
      adam.step(tape.gradient(value, adam.parameters()));
      total += value.item();
    }
    course.epoch.push_back(epoch + 1), course.loss.push_back(total / double(loader.batches()));
    course.least_s.push_back(sigma.empty() ? 0 : xtape::min(sigma[0].var()).item());
  }
  return course;
}

}  // namespace tutorial
