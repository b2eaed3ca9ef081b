#pragma once
// Von Mises distributions: of angles.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct VonMisesLaw;
}

/// e^(k cos(x - mu)) / (2π I₀(k)), k the concentration, from `VonMises{mu, concentration}`: for an angle x of any size;
/// draws are in [-π, π], and constants. mean() is mu, variance() the circular one, 1 - I₁(k) / I₀(k). Throws DataError
/// unless k > 0.
template <class T>
class VonMises : public Factorized<VonMises<T>, detail::VonMisesLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<VonMises<T>, detail::VonMisesLaw, std::array<Var<T>, 2>>;

 public:
  VonMises(Var<T> mu, Var<T> concentration) : Base({std::move(mu), std::move(concentration)}) {}
  using Base::entropy;

  const Var<T>& mu() const { return this->parameters()[0]; }
  const Var<T>& concentration() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
VonMises(const A&, const B&) -> VonMises<detail::number_of<A, B>>;

extern template class Factorized<VonMises<float>, detail::VonMisesLaw, std::array<Var<float>, 2>>;
extern template class Factorized<VonMises<double>, detail::VonMisesLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
