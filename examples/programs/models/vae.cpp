#include "examples/programs/models/vae.hpp"

#include <utility>

#include "nn/distributions/normal.hpp"

namespace programs {

using xtape::Array;
using xtape::Var;
namespace nn = xtape::nn;

NegativeBound negative_bound(const nn::Likelihood<float>& likelihood, const Var<float>& x, const Var<float>& output,
                             const Posterior& q) {
  return {-mean(likelihood.log_prob(x, output), 0), nn::kl_standard_normal(q.mu, q.log_sigma)};
}

Var<float> log_weights(const nn::Likelihood<float>& likelihood, const Var<float>& x, const Var<float>& output,
                       const Var<float>& z, const Posterior& q) {
  return likelihood.log_prob(x, output) + nn::normal_log_prob(z, 0.0f, 0.0f) -
         nn::normal_log_prob(z, q.mu, q.log_sigma);
}

std::string VaeShape::to_text() const {
  return std::to_string(pixels) + "-" + std::to_string(hidden) + "-" + std::to_string(latent);
}

ExpectedTensors VaeShape::tensors() const {
  ExpectedTensors all;
  expect_mlp(all, "encoder", {pixels, hidden});
  expect_linear(all, "mean_head", hidden, latent);
  expect_linear(all, "log_sigma_head", hidden, latent);
  expect_mlp(all, "decoder", decoder_sizes());
  return all;
}

Vae::Vae(const VaeShape& shape, std::unique_ptr<nn::Likelihood<float>> likelihood, xtape::Random& rng)
    : encoder_({shape.pixels, shape.hidden}, rng),
      mean_head_(shape.hidden, shape.latent, rng),
      log_sigma_head_(shape.hidden, shape.latent, rng),
      decoder_(shape.decoder_sizes(), rng),
      likelihood_(std::move(likelihood)),
      sigmoid_mean_(shape.sigmoid_mean) {
  add("encoder", encoder_);
  add("mean_head", mean_head_);
  add("log_sigma_head", log_sigma_head_);
  add("decoder", decoder_);
  add("likelihood", *likelihood_);
}

Posterior Vae::posterior(const Var<float>& x) const {
  const Var<float> h = relu(encoder_(x)), mu = mean_head_(h);
  return {sigmoid_mean_ ? sigmoid(mu) : mu, log_sigma_head_(h)};
}

NegativeBound Vae::negative_bound(const Var<float>& x, const Array<float>& epsilon) const {
  const Posterior q = posterior(x);
  return programs::negative_bound(*likelihood_, x, decode(q.at(epsilon)), q);
}

Var<float> Vae::log_weights(const Var<float>& x, const Array<float>& epsilon) const {
  const Posterior q = posterior(x);
  const Var<float> z = q.at(epsilon);
  return programs::log_weights(*likelihood_, x, decode(z), z, q);
}

}  // namespace programs
