#pragma once
// Laplace distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct LaplaceLaw;
}

/// e^(-|x - mu| / scale) / (2 scale), from `Laplace{mu, scale}`. Throws DataError unless scale > 0.
template <class T>
class Laplace : public Factorized<Laplace<T>, detail::LaplaceLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Laplace<T>, detail::LaplaceLaw, std::array<Var<T>, 2>>;

 public:
  Laplace(Var<T> mu, Var<T> scale) : Base({std::move(mu), std::move(scale)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& mu() const { return this->parameters()[0]; }
  const Var<T>& scale() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Laplace(const A&, const B&) -> Laplace<detail::number_of<A, B>>;

extern template class Factorized<Laplace<float>, detail::LaplaceLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Laplace<double>, detail::LaplaceLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
