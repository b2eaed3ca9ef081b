#pragma once
// Normal distributions with a diagonal covariance, given by mu and log sigma.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {

template <class T>
Var<T> normal_log_prob(const Var<T>& x, const Var<T>& mu, const Var<T>& log_sigma);
template <class T>
Var<T> normal_kl(const Var<T>& mu, const Var<T>& log_sigma, const Var<T>& prior_mu, const Var<T>& prior_log_sigma);
template <class T>
Var<T> kl_standard_normal(const Var<T>& mu, const Var<T>& log_sigma);
extern template Var<float> normal_log_prob(const Var<float>&, const Var<float>&, const Var<float>&);
extern template Var<double> normal_log_prob(const Var<double>&, const Var<double>&, const Var<double>&);
extern template Var<float> normal_kl(const Var<float>&, const Var<float>&, const Var<float>&, const Var<float>&);
extern template Var<double> normal_kl(const Var<double>&, const Var<double>&, const Var<double>&, const Var<double>&);
extern template Var<float> kl_standard_normal(const Var<float>&, const Var<float>&);
extern template Var<double> kl_standard_normal(const Var<double>&, const Var<double>&);

}  // namespace detail

// Leading dimensions broadcast, so that a prior of shape (d) or () stands beside parameters (batch, d). The last one,
// of extent d, is that of x and of mu, unless they are a number (mu also of shape (1)); a log sigma may have extent 1
// there, one σ for all d numbers, where the result is not larger for it. Values and derivatives hold to the ends of the
// range: where σ² underflows, and where x is mu itself.

/// ln N(x; mu, diag(σ²)) = -Σ [ ½ ((x - mu) / σ)² + ln σ + ½ ln 2π ] over the last dimension; operands that
/// broadcast to (..., d) give (...). Throws ShapeError for others, and for numbers alone.
template <class X, class M, class S>
  requires ArrayOperands<X, M, S>
auto normal_log_prob(const X& x, const M& mu, const S& log_sigma) {
  using N = common_number<X, M, S>;
  return detail::normal_log_prob(as_number<N>(x), as_number<N>(mu), as_number<N>(log_sigma));
}

/// KL(N(μ, σ²) ‖ N(μ₀, σ₀²)) = Σ [ ln σ₀ - ln σ + ½ (σ² + (μ - μ₀)²) / σ₀² - ½ ] over the last dimension; operands
/// that broadcast to (..., d) give (...). Without cancellation, and so never negative. Throws ShapeError for others,
/// and for numbers alone.
template <class M, class S, class P, class Q>
  requires ArrayOperands<M, S, P, Q>
auto normal_kl(const M& mu, const S& log_sigma, const P& prior_mu, const Q& prior_log_sigma) {
  using N = common_number<M, S, P, Q>;
  return detail::normal_kl(as_number<N>(mu), as_number<N>(log_sigma), as_number<N>(prior_mu),
                           as_number<N>(prior_log_sigma));
}

/// KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² - 2 ln σ - 1) over the last dimension; operands that broadcast to
/// (..., d) give (...). Without cancellation, and so never negative. Throws ShapeError for others, and for numbers
/// alone.
template <class M, class S>
  requires ArrayOperands<M, S>
auto kl_standard_normal(const M& mu, const S& log_sigma) {
  using N = common_number<M, S>;
  return detail::kl_standard_normal(as_number<N>(mu), as_number<N>(log_sigma));
}

namespace detail {
struct NormalLaw;
}

/// Normal numbers: N(mu, σ²) with σ = e^log_sigma, from `Normal{mu, log_sigma}`. A negative σ cannot be said. Operands
/// and accuracy are those of normal_log_prob.
template <class T>
class Normal : public Factorized<Normal<T>, detail::NormalLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Normal<T>, detail::NormalLaw, std::array<Var<T>, 2>>;

 public:
  Normal(Var<T> mu, Var<T> log_sigma) : Base({std::move(mu), std::move(log_sigma)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& mu() const { return this->parameters()[0]; }
  const Var<T>& log_sigma() const { return this->parameters()[1]; }
};
template <Operand M, Operand S>
Normal(const M&, const S&) -> Normal<detail::number_of<M, S>>;

extern template class Factorized<Normal<float>, detail::NormalLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Normal<double>, detail::NormalLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
