#pragma once
// The model of examples/vae.cpp, but for its noise, which the caller gives, so that all contestants have the same, and
// one training step of it. That it is the same model, word by word, is tested (tests/docs/excerpts_test.cpp): the
// example is a program, and cannot be included.

#include <nn/nn.hpp>

namespace xtape::benchmarks {

struct Vae : nn::Module<float> {
  nn::Linear<float> encoder, mean_head, log_sigma_head, hidden, decoder;

  Vae(std::size_t pixels, std::size_t width, std::size_t latent, Random& rng)
      : encoder(pixels, width, rng),
        mean_head(width, latent, rng),
        log_sigma_head(width, latent, rng),
        hidden(latent, width, rng),
        decoder(width, pixels, rng) {
    add("encoder", encoder);
    add("mean_head", mean_head);
    add("log_sigma_head", log_sigma_head);
    add("hidden", hidden);
    add("decoder", decoder);
  }

  std::size_t latent() const { return mean_head.bias().size(); }

  /// Logits of the pixels: (batch, latent) -> (batch, pixels).
  Var<float> decode(const Var<float>& z) const { return decoder(relu(hidden(z))); }

  /// The evidence lower bound of each image: (batch, pixels) -> (batch).
  Var<float> elbo(const Var<float>& x, const Var<float>& epsilon) const {
    const Var<float> h = relu(encoder(x));
    const Var<float> mu = mean_head(h), log_sigma = log_sigma_head(h);
    const Var<float> z = mu + exp(log_sigma) * epsilon;  // the reparameterization trick
    return nn::bernoulli_log_prob(x, decode(z)) - nn::kl_standard_normal(mu, log_sigma);
  }
};

/// Records the loss of a batch of images (batch, pixels), sweeps back, lets Adam step. Returns the loss.
template <class Model>
float training_step(Model& model, nn::Adam<float>& optimizer, const Var<float>& images, const Var<float>& epsilon) {
  Tape<float> tape;
  const Var<float> loss = -mean(model.elbo(images, epsilon));
  optimizer.step(tape.gradient(loss, model.parameters()));
  return loss.item();
}

/// The same with noise drawn anew.
template <class Model>
float training_step(Model& model, nn::Adam<float>& optimizer, const Var<float>& images, Random& rng) {
  return training_step(model, optimizer, images, rng.normal<float>({images.shape()[0], model.latent()}));
}

}  // namespace xtape::benchmarks
