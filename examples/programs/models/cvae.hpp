#pragma once
// The conditional variational autoencoder: K. Sohn, H. Lee and X. Yan, "Learning structured output representation using
// deep conditional generative models", 2015.

#include <cstddef>
#include <string>

#include "examples/programs/models/vae.hpp"

namespace programs {

struct CvaeShape {
  std::size_t pixels, hidden, latent, classes;

  std::string to_text() const;      ///< "784+10-400-20"
  ExpectedTensors tensors() const;  ///< the parameters of the model
};

/// A variational autoencoder that is told the label y of each image, joined as a one-hot vector to what goes into the
/// encoder and to the code: q(z|x, y) and p(x|z, y), with p(z) = N(0, I) for every label. Its bound is one of
/// ln p(x|y), not of ln p(x). Pixels have Bernoulli distributions. Labels are y: (batch, classes), one-hot.
class Cvae : public xtape::nn::Module<float> {
 public:
  Cvae(const CvaeShape& shape, xtape::Random& rng);

  /// (batch, pixels) -> (batch, latent).
  Posterior posterior(const xtape::Var<float>& x, const xtape::Array<float>& y) const;
  /// Codes and their labels: (..., n, latent) and (n, classes) -> (..., n, pixels), logits.
  xtape::Var<float> decode(const xtape::Var<float>& z, const xtape::Array<float>& y) const;

  /// x: (batch, pixels), epsilon: (samples, batch, latent) from N(0, I).
  NegativeBound negative_bound(const xtape::Var<float>& x, const xtape::Array<float>& y,
                               const xtape::Array<float>& epsilon) const;
  /// The same arguments -> (samples, batch): the weights of p(x|y).
  xtape::Var<float> log_weights(const xtape::Var<float>& x, const xtape::Array<float>& y,
                                const xtape::Array<float>& epsilon) const;

  /// The mean of p(x|z, y): (n, latent) -> (n, pixels).
  xtape::Var<float> mean_image(const xtape::Var<float>& z, const xtape::Array<float>& y) const {
    return likelihood_.mean(decode(z, y));
  }
  const xtape::nn::Mlp<float>& decoder() const { return decoder_; }

 private:
  xtape::nn::Mlp<float> encoder_;  // up to the hidden layer
  xtape::nn::Linear<float> mean_head_, log_sigma_head_;
  xtape::nn::Mlp<float> decoder_;
  xtape::nn::BernoulliLikelihood<float> likelihood_;
};

}  // namespace programs
