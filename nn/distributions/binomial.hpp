#pragma once
// Binomial distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct BinomialLaw;
}

/// How often of `count` times something happens with probability sigmoid(logits): `Binomial{count, logits}`. Throws
/// DataError for a count that is not whole or below 0.
template <class T>
class Binomial : public Factorized<Binomial<T>, detail::BinomialLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<Binomial<T>, detail::BinomialLaw, std::array<Var<T>, 2>>;

 public:
  Binomial(Var<T> count, Var<T> logits) : Base({std::move(count), std::move(logits)}) {}
  using Base::cdf;

  const Var<T>& count() const { return this->parameters()[0]; }
  const Var<T>& logits() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
Binomial(const A&, const B&) -> Binomial<detail::number_of<A, B>>;

extern template class Factorized<Binomial<float>, detail::BinomialLaw, std::array<Var<float>, 2>>;
extern template class Factorized<Binomial<double>, detail::BinomialLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
