#pragma once
// What a linear denoising autoencoder comes to, its noise integrated exactly.

#include "nn/classical/moments.hpp"
#include "nn/layers/linear.hpp"

#include <cstddef>

namespace xtape::nn {

/// Samples x with mean m and covariance S, corrupted to x̃ with mean m̃, covariance A and cov(x, x̃) = C. A linear
/// autoencoder g(f(x̃)) of affine f and g has the expected squared error
///
///     E|x - g(f(x̃))|² = tr S - 2 tr(M Cᵀ) + tr(M A Mᵀ) + |m - M m̃ - c|²,    M = W_g W_f,  c = W_g b_f + b_g,
///
/// which is a function of these moments alone. With codes of q numbers it is at least tr S - Σ_{i≤q} eig_i(C A⁻¹ Cᵀ)
/// (reduced-rank regression; G. Reinsel and R. Velu, "Multivariate reduced-rank regression", 1998).
class LinearDenoising {
 public:
  /// Each number 0 with probability `rate`: C = (1-p) S, A = (1-p)² S + p (1-p) diag(S + m mᵀ). Throws Error for a rate
  /// outside [0, 1].
  static LinearDenoising masking(const Moments& clean, double rate);
  /// x̃ = x + σ ε with ε from N(0, I): C = S, A = S + σ² I. Throws Error unless σ >= 0 is finite.
  static LinearDenoising gaussian(const Moments& clean, double sigma);

  /// The least error with codes of q numbers. Throws Error for q > d.
  double optimum(std::size_t q) const;

  /// The error of these two layers, differentiable in their weights and biases. Throws ShapeError where they do not
  /// fit the samples or each other.
  template <class T>
  Var<T> error(const Linear<T>& encoder, const Linear<T>& decoder) const;

 private:
  Moments clean_, corrupted_;
  Array<double> cross_;  // C
};

extern template Var<float> LinearDenoising::error(const Linear<float>&, const Linear<float>&) const;
extern template Var<double> LinearDenoising::error(const Linear<double>&, const Linear<double>&) const;

}  // namespace xtape::nn
