#pragma once
// The model of examples/conv_vae.cpp, but for its noise, as that of vae_model.hpp.

#include <nn/nn.hpp>

namespace xtape::benchmarks {

struct ConvVae : nn::Module<float> {
  Shape image;
  nn::Sequential<float> encoder, decoder;

  /// Of images (channels, height, width), height and width multiples of 4. In braces layers are made, and draw their
  /// weights, from left to right.
  ConvVae(const Shape& shape, std::size_t width, std::size_t latent, Random& rng)
      : image(shape),
        encoder{nn::Conv2d<float>(shape[0], width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::Conv2d<float>(width, 2 * width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::Flatten<float>(),
                nn::Linear<float>(2 * width * (shape[1] / 4) * (shape[2] / 4), 2 * latent, rng)},
        decoder{nn::Linear<float>(latent, 2 * width * (shape[1] / 4) * (shape[2] / 4), rng),
                nn::Relu(),
                [=](const Var<float>& h) {
                  return reshape(h, Shape{h.shape(0), 2 * width, shape[1] / 4, shape[2] / 4});
                },
                nn::ConvTranspose2d<float>(2 * width, width, 4, rng, {.stride = 2, .padding = 1}),
                nn::Relu(),
                nn::ConvTranspose2d<float>(width, shape[0], 4, rng, {.stride = 2, .padding = 1})} {
    if (shape[1] % 4 != 0 || shape[2] % 4 != 0)
      throw ShapeError("[ConvVae] height and width in multiples of 4 expected, got " + to_string(shape));
    add("encoder", encoder);
    add("decoder", decoder);
  }

  std::size_t latent() const { return decoder.layer<nn::Linear<float>>(0).weight().shape(-1); }

  /// q(z|x) of images, with the pixels in one row or as they lie: two numbers for each of the latent ones.
  nn::Normal<float> posterior(const Var<float>& x) const {
    const auto heads = split(encoder(reshape(x, Shape{x.shape(0), image[0], image[1], image[2]})), 2, 1);
    return {heads[0], heads[1]};
  }

  /// Probabilities of the pixels: (batch, latent) -> (batch, channels, height, width).
  nn::Bernoulli<float> likelihood(const Var<float>& z) const {
    return nn::Bernoulli<float>(decoder(z)).with_event_dims(3);
  }

  /// The evidence lower bound of each image: (batch, ...) -> (batch).
  Var<float> elbo(const Var<float>& x, const Var<float>& epsilon) const {
    const nn::Normal<float> q = posterior(x);
    const nn::Bernoulli<float> p = likelihood(q.mu() + exp(q.log_sigma()) * epsilon);
    return p.log_prob(reshape(x, p.shape())) - nn::kl(q, nn::Normal<float>(0, 0));
  }
};

}  // namespace xtape::benchmarks
