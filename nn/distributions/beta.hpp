#pragma once
// Beta distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct BetaLaw;
}

/// x^(a - 1) (1 - x)^(b - 1) / B(a, b) for 0 <= x <= 1, from `Beta{a, b}`. Throws DataError unless both are above 0.
template <class T>
class Beta : public Factorized<Beta<T>, detail::BetaLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Beta<T>, detail::BetaLaw, std::array<Var<T>, 2>>;

 public:
  Beta(Var<T> a, Var<T> b) : Base({std::move(a), std::move(b)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& a() const { return this->parameters()[0]; }
  const Var<T>& b() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Beta(const A&, const B&) -> Beta<detail::number_of<A, B>>;

extern template class Factorized<Beta<float>, detail::BetaLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Beta<double>, detail::BetaLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
