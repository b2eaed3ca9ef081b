#include "examples/programs/models/autoencoder.hpp"

#include <cmath>

#include "nn/losses.hpp"

namespace programs {
namespace {

using xtape::Var;

std::vector<std::size_t> sizes(std::size_t in, std::size_t hidden, std::size_t out) {
  return hidden == 0 ? std::vector{in, out} : std::vector{in, hidden, out};
}

}  // namespace

std::string AutoencoderShape::to_text() const {
  return std::to_string(pixels) + "-" + (hidden == 0 ? "" : std::to_string(hidden) + "-") + std::to_string(latent);
}

ExpectedTensors AutoencoderShape::tensors() const {
  ExpectedTensors all;
  expect_mlp(all, "encoder", sizes(pixels, hidden, latent));
  expect_mlp(all, "decoder", sizes(latent, hidden, pixels));
  return all;
}

Autoencoder::Autoencoder(const AutoencoderShape& shape, xtape::Random& rng)
    : shape_(shape),
      encoder_(sizes(shape.pixels, shape.hidden, shape.latent), rng),
      decoder_(sizes(shape.latent, shape.hidden, shape.pixels), rng) {
  add("encoder", encoder_);
  add("decoder", decoder_);
  if (!shape.linear) return;
  // Encoder and decoder of one size: the minimum of their product is much harder to find between a small and a large
  // factor.
  const xtape::nn::Parameter<float>& weight = decoder_.layer(0).weight();
  const float shrink = std::sqrt(static_cast<float>(shape.latent) / static_cast<float>(shape.pixels));
  weight.set(Var<float>(weight.value() * shrink).value());
}

Var<float> Autoencoder::encode(const Var<float>& x) const {
  const bool one_layer = shape_.hidden == 0 && !shape_.linear;
  return one_layer ? sigmoid(encoder_(x)) : encoder_(x);
}

Var<float> Autoencoder::squared_error(const Var<float>& x, const Var<float>& seen) const {
  return sum(square(reconstruct(seen) - x), -1);
}

Var<float> Autoencoder::cross_entropy(const Var<float>& x, const Var<float>& seen) const {
  return -xtape::nn::bernoulli_log_prob(x, output(encode(seen)));  // of the logits: no logarithm is taken of a 0
}

}  // namespace programs
