#pragma once
// Normal distributions of vectors whose numbers depend on one another. With a diagonal covariance it is Normal.

#include "autodiff/autodiff.hpp"
#include "nn/distributions/factorized.hpp"

#include <cstddef>

namespace xtape::nn {

/// N(mu, L Lᵀ) of vectors of d numbers, each of which is one event: `MultivariateNormal{mu, scale_tril}` for mu (...,
/// d) and a lower triangular L (..., d, d) with a diagonal above 0; above the diagonal nothing is read. Of a covariance
/// L is cholesky(covariance).
template <class T>
class MultivariateNormal : public EventDims<MultivariateNormal<T>> {
 public:
  using value_type = T;

  /// Throws ShapeError for other shapes, DataError for a diagonal that is not above 0.
  MultivariateNormal(const Var<T>& mu, const Var<T>& scale_tril);

  /// ln p(x) for x (..., d), by one triangular solution: (...). Throws ShapeError for others.
  Var<T> log_prob(const Var<T>& x) const;
  /// mu + L e of shape `leading` + shape(), reparameterized.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;
  /// mu, of shape shape(), and the diagonal of the covariance.
  Var<T> mean() const { return broadcast_to(mu_, shape_); }
  Var<T> variance() const;
  /// L Lᵀ: (..., d, d).
  Var<T> covariance() const { return matmul(scale_tril_, swapaxes(scale_tril_, -1, -2)); }
  /// ln det L + d / 2 (1 + ln 2π).
  Var<T> entropy() const;

  /// The shape of a draw.
  const Shape& shape() const { return shape_; }
  const Var<T>& mu() const { return mu_; }
  const Var<T>& scale_tril() const { return scale_tril_; }
  /// ln det L: (...).
  Var<T> log_det() const;
  /// Σ (L⁻¹ v)² for vectors v (..., d).
  Var<T> squared_distance(const Var<T>& v) const;

 private:
  Var<T> mu_, scale_tril_;
  Shape shape_;
};
template <Operand M, Operand S>
MultivariateNormal(const M&, const S&) -> MultivariateNormal<detail::number_of<M, S>>;

/// N(mu, W Wᵀ + diag(σ²)), σ = e^log_sigma, for W (d, k) with few columns: `LowRankNormal{mu, factor, log_sigma}`, mu
/// and log_sigma (..., d). Densities and draws cost d k² rather than d³: by Woodbury's identity.
template <class T>
class LowRankNormal : public EventDims<LowRankNormal<T>> {
 public:
  using value_type = T;

  /// Throws ShapeError for other shapes.
  LowRankNormal(const Var<T>& mu, const Var<T>& factor, const Var<T>& log_sigma);

  /// ln p(x) for x (..., d): (...). Throws ShapeError for others.
  Var<T> log_prob(const Var<T>& x) const;
  /// mu + W e + σ e' of shape `leading` + shape(), reparameterized.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;
  /// mu, of shape shape(), and the diagonal of the covariance.
  Var<T> mean() const { return broadcast_to(mu_, shape_); }
  Var<T> variance() const;
  /// As of any normal distribution.
  Var<T> entropy() const;

  /// The shape of a draw.
  const Shape& shape() const { return shape_; }
  const Var<T>& mu() const { return mu_; }
  const Var<T>& factor() const { return factor_; }
  const Var<T>& log_sigma() const { return log_sigma_; }

 private:
  Var<T> scaled_factor() const;              // V = σ⁻¹ W
  Var<T> inner(const Var<T>& scaled) const;  // cholesky(I + Vᵀ V)

  Var<T> mu_, factor_, log_sigma_;
  Shape shape_;
};
template <Operand M, Operand F, Operand S>
LowRankNormal(const M&, const F&, const S&) -> LowRankNormal<detail::number_of<M, F, S>>;

extern template class MultivariateNormal<float>;
extern template class MultivariateNormal<double>;
extern template class LowRankNormal<float>;
extern template class LowRankNormal<double>;

}  // namespace xtape::nn
