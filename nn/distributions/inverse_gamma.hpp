#pragma once
// Inverse gamma distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct InverseGammaLaw;
}

/// scale^a x^(-a - 1) e^(-scale / x) / Γ(a) for x > 0, a the concentration, from `InverseGamma{concentration, scale}`:
/// scale over a number from Gamma(a, 1). The mean is infinite for a <= 1, the variance for a <= 2. Throws DataError
/// unless both are above 0.
template <class T>
class InverseGamma : public Factorized<InverseGamma<T>, detail::InverseGammaLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<InverseGamma<T>, detail::InverseGammaLaw, std::array<Var<T>, 2>>;

 public:
  InverseGamma(Var<T> concentration, Var<T> scale) : Base({std::move(concentration), std::move(scale)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& concentration() const { return this->parameters()[0]; }
  const Var<T>& scale() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
InverseGamma(const A&, const B&) -> InverseGamma<detail::number_of<A, B>>;

extern template class Factorized<InverseGamma<float>, detail::InverseGammaLaw, std::array<Var<float>, 2>>;
extern template class Factorized<InverseGamma<double>, detail::InverseGammaLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
