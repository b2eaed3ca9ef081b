#pragma once
// How much of its latent space a variational autoencoder uses.

#include "autodiff/array.hpp"
#include "nn/classical/moments.hpp"

#include <cstddef>

namespace xtape::nn {

/// What each latent unit carries, on average over the samples.
struct LatentUse {
  Array<double> kl;        ///< (latent): the mean of ½ (μ² + σ² - 2 ln σ - 1), in nats
  Array<double> variance;  ///< (latent): of μ over the samples, with 1/n
  /// Units whose mean depends on the sample: variance above `threshold` (Burda, Grosse, Salakhutdinov 2015, section 5).
  std::size_t active(double threshold = 0.01) const;
};

/// Of the codes N(μ, diag(σ²)) of n samples: (n, latent) each. Throws ShapeError for others.
template <class T>
LatentUse latent_use(const Array<T>& mu, const Array<T>& log_sigma);

/// KL(N(m, S) ‖ N(0, I)) = ½ [tr S + mᵀm - d - ln det S] in nats: how far codes with these moments, all images
/// together, are from the prior, as far as moments say. Infinite where S is singular.
double normal_kl(const Moments& codes);

extern template LatentUse latent_use(const Array<float>&, const Array<float>&);
extern template LatentUse latent_use(const Array<double>&, const Array<double>&);

}  // namespace xtape::nn
