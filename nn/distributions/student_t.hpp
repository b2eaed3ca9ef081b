#pragma once
// Student's t distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct StudentTLaw;
}

/// Γ((n + 1) / 2) / (Γ(n / 2) √(nπ) scale) (1 + z² / n)^(-(n + 1) / 2) with z = (x - mu) / scale, from
/// `StudentT{df, mu, scale}`, n = df degrees of freedom. The mean is NaN for n <= 1; the variance infinite for n <= 2,
/// NaN for n <= 1. Throws DataError unless df and scale are above 0.
template <class T>
class StudentT : public Factorized<StudentT<T>, detail::StudentTLaw, std::array<Var<T>, 3>> {
  using Base = Factorized<StudentT<T>, detail::StudentTLaw, std::array<Var<T>, 3>>;

 public:
  StudentT(Var<T> df, Var<T> mu, Var<T> scale) : Base({std::move(df), std::move(mu), std::move(scale)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& df() const { return this->parameters()[0]; }
  const Var<T>& mu() const { return this->parameters()[1]; }
  const Var<T>& scale() const { return this->parameters()[2]; }
};
template <Operand A, Operand B, Operand C>
StudentT(const A&, const B&, const C&) -> StudentT<detail::number_of<A, B, C>>;

extern template class Factorized<StudentT<float>, detail::StudentTLaw, std::array<Var<float>, 3>>;
extern template class Factorized<StudentT<double>, detail::StudentTLaw, std::array<Var<double>, 3>>;

}  // namespace xtape::nn
