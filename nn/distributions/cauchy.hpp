#pragma once
// Cauchy distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct CauchyLaw;
}

/// 1 / (π scale (1 + z²)) with z = (x - mu) / scale, from `Cauchy{mu, scale}`: without mean and variance, which are
/// NaN. Throws DataError unless scale > 0.
template <class T>
class Cauchy : public Factorized<Cauchy<T>, detail::CauchyLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Cauchy<T>, detail::CauchyLaw, std::array<Var<T>, 2>>;

 public:
  Cauchy(Var<T> mu, Var<T> scale) : Base({std::move(mu), std::move(scale)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& mu() const { return this->parameters()[0]; }
  const Var<T>& scale() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Cauchy(const A&, const B&) -> Cauchy<detail::number_of<A, B>>;

extern template class Factorized<Cauchy<float>, detail::CauchyLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Cauchy<double>, detail::CauchyLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
