#pragma once
// Exponential distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct ExponentialLaw;
}

/// rate e^(-rate x) for x >= 0, from `Exponential{rate}`. Throws DataError unless rate > 0.
template <class T>
class Exponential : public Factorized<Exponential<T>, detail::ExponentialLaw, std::array<Var<T>, 1>> {
  using Base = Factorized<Exponential<T>, detail::ExponentialLaw, std::array<Var<T>, 1>>;

 public:
  explicit Exponential(Var<T> rate) : Base({std::move(rate)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& rate() const { return this->parameters()[0]; }
};
template <Operand A>
Exponential(const A&) -> Exponential<detail::number_of<A>>;

extern template class Factorized<Exponential<float>, detail::ExponentialLaw, std::array<Var<float>, 1>>;
extern template class Factorized<Exponential<double>, detail::ExponentialLaw, std::array<Var<double>, 1>>;

}  // namespace xtape::nn
