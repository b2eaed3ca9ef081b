#pragma once
// The variational autoencoder: D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "examples/programs/models/expected_tensors.hpp"
#include "nn/distributions/likelihood.hpp"
#include "nn/layers/mlp.hpp"

namespace programs {

/// q(z|x) = N(mu, diag(sigma²)): (batch, latent) each.
struct Posterior {
  xtape::Var<float> mu, log_sigma;

  /// The reparameterization trick: where epsilon is from N(0, I), this is from q, and gradients pass through it to mu
  /// and sigma. epsilon: (samples, batch, latent), as the result.
  xtape::Var<float> at(const xtape::Array<float>& epsilon) const { return mu + exp(log_sigma) * epsilon; }
};

/// What training makes small: -ELBO = reconstruction + KL, of each image: (batch) each.
struct NegativeBound {
  xtape::Var<float> reconstruction;  ///< -E_q[ln p(x|z)], a mean over the samples of epsilon
  xtape::Var<float> kl;              ///< KL(q(z|x) || N(0, I))
};

/// The bound of images x: (batch, pixels), of which the decoder says `output`: (samples, batch, pixels).
NegativeBound negative_bound(const xtape::nn::Likelihood<float>& likelihood, const xtape::Var<float>& x,
                             const xtape::Var<float>& output, const Posterior& q);

/// ln [p(x|z) p(z) / q(z|x)] for z: (samples, batch, latent) -> (samples, batch): what ImportanceSampler takes.
xtape::Var<float> log_weights(const xtape::nn::Likelihood<float>& likelihood, const xtape::Var<float>& x,
                              const xtape::Var<float>& output, const xtape::Var<float>& z, const Posterior& q);

struct VaeShape {
  std::size_t pixels, hidden, latent;
  bool sigmoid_mean = false;  ///< mu is kept in (0, 1), which it should not be

  std::string to_text() const;      ///< "784-400-20"
  ExpectedTensors tensors() const;  ///< the parameters of encoder, heads and decoder
  std::vector<std::size_t> decoder_sizes() const { return {latent, hidden, pixels}; }
};

/// An encoder with two affine heads g and h that give mu and log sigma, and a decoder that gives the parameters of
/// p(x|z); one hidden layer of ReLU each.
class Vae : public xtape::nn::Module<float> {
 public:
  Vae(const VaeShape& shape, std::unique_ptr<xtape::nn::Likelihood<float>> likelihood, xtape::Random& rng);

  /// (batch, pixels) -> (batch, latent).
  Posterior posterior(const xtape::Var<float>& x) const;
  /// What the decoder says of codes: (..., latent) -> (..., pixels).
  xtape::Var<float> decode(const xtape::Var<float>& z) const { return decoder_(z); }

  /// x: (batch, pixels), epsilon: (samples, batch, latent) from N(0, I).
  NegativeBound negative_bound(const xtape::Var<float>& x, const xtape::Array<float>& epsilon) const;
  /// The same arguments -> (samples, batch).
  xtape::Var<float> log_weights(const xtape::Var<float>& x, const xtape::Array<float>& epsilon) const;

  /// The mean of p(x|z), a picture of grey levels: (n, latent) -> (n, pixels).
  xtape::Var<float> mean_image(const xtape::Var<float>& z) const { return likelihood_->mean(decode(z)); }
  const xtape::nn::Likelihood<float>& likelihood() const { return *likelihood_; }
  const xtape::nn::Mlp<float>& decoder() const { return decoder_; }

 private:
  xtape::nn::Mlp<float> encoder_;  // up to the hidden layer
  xtape::nn::Linear<float> mean_head_, log_sigma_head_;
  xtape::nn::Mlp<float> decoder_;
  std::unique_ptr<xtape::nn::Likelihood<float>> likelihood_;
  bool sigmoid_mean_;
};

}  // namespace programs
