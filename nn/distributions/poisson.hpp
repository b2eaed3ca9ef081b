#pragma once
// Poisson distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct PoissonLaw;
}

/// rate^x e^-rate / x! for x = 0, 1, 2, ..., from `Poisson{rate}`. Throws DataError unless rate >= 0.
template <class T>
class Poisson : public Factorized<Poisson<T>, detail::PoissonLaw, std::array<Var<T>, 1>> {
  using Base = Factorized<Poisson<T>, detail::PoissonLaw, std::array<Var<T>, 1>>;

 public:
  explicit Poisson(Var<T> rate) : Base({std::move(rate)}) {}
  using Base::cdf;

  const Var<T>& rate() const { return this->parameters()[0]; }
};
template <Operand A>
Poisson(const A&) -> Poisson<detail::number_of<A>>;

extern template class Factorized<Poisson<float>, detail::PoissonLaw, std::array<Var<float>, 1>>;
extern template class Factorized<Poisson<double>, detail::PoissonLaw, std::array<Var<double>, 1>>;

}  // namespace xtape::nn
