#pragma once
// Uniform distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct UniformLaw;
}

/// 1 / (high - low) for low <= x <= high, from `Uniform{low, high}`. Throws DataError unless low < high.
template <class T>
class Uniform : public Factorized<Uniform<T>, detail::UniformLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Uniform<T>, detail::UniformLaw, std::array<Var<T>, 2>>;

 public:
  Uniform(Var<T> low, Var<T> high) : Base({std::move(low), std::move(high)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& low() const { return this->parameters()[0]; }
  const Var<T>& high() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Uniform(const A&, const B&) -> Uniform<detail::number_of<A, B>>;

extern template class Factorized<Uniform<float>, detail::UniformLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Uniform<double>, detail::UniformLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
