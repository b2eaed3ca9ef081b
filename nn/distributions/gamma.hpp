#pragma once
// Gamma distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct GammaLaw;
}

/// rate^a x^(a - 1) e^(-rate x) / Γ(a) for x >= 0, a the concentration, from `Gamma{concentration, rate}`: mean a /
/// rate. Throws DataError unless both are above 0. Draws have implicit gradients (Figurnov, Mohamed and Mnih, 2018).
template <class T>
class Gamma : public Factorized<Gamma<T>, detail::GammaLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Gamma<T>, detail::GammaLaw, std::array<Var<T>, 2>>;

 public:
  Gamma(Var<T> concentration, Var<T> rate) : Base({std::move(concentration), std::move(rate)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& concentration() const { return this->parameters()[0]; }
  const Var<T>& rate() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Gamma(const A&, const B&) -> Gamma<detail::number_of<A, B>>;

extern template class Factorized<Gamma<float>, detail::GammaLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Gamma<double>, detail::GammaLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
