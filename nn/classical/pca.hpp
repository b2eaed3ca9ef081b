#pragma once
// Principal component analysis.

#include "nn/classical/moments.hpp"

#include <cstddef>

namespace xtape::nn {

/// The directions along which samples vary most.
struct PrincipalComponents {
  Array<double> mean;       ///< (d)
  Array<double> variances;  ///< λ: (d), the largest first, of the covariance with 1/n; none below zero
  Array<double> axes;       ///< (d, d): row i is the unit vector u_i that belongs to λ_i

  /// The least mean squared error of a reconstruction from q numbers a sample, Σ_{i>q} λ_i, summed over the d numbers:
  /// what a linear autoencoder comes to (P. Baldi and K. Hornik, "Neural networks and principal component analysis",
  /// 1989). Throws Error for q > d.
  double residual(std::size_t q) const;
};

/// By the eigenvectors of the covariance.
PrincipalComponents principal_components(const Moments& of_samples);

}  // namespace xtape::nn
