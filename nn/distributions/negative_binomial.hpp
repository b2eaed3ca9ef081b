#pragma once
// Negative binomial distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct NegativeBinomialLaw;
}

/// How often something happens with probability p = sigmoid(logits) before it has not happened `count` times:
/// `NegativeBinomial{count, logits}`, for any count r > 0; mean r p / (1 - p). Throws DataError for others.
template <class T>
class NegativeBinomial : public Factorized<NegativeBinomial<T>, detail::NegativeBinomialLaw, std::array<Var<T>, 2>> {
  using Base = Factorized<NegativeBinomial<T>, detail::NegativeBinomialLaw, std::array<Var<T>, 2>>;

 public:
  NegativeBinomial(Var<T> count, Var<T> logits) : Base({std::move(count), std::move(logits)}) {}
  using Base::cdf;

  const Var<T>& count() const { return this->parameters()[0]; }
  const Var<T>& logits() const { return this->parameters()[1]; }
};
template <Operand A, Operand B>
NegativeBinomial(const A&, const B&) -> NegativeBinomial<detail::number_of<A, B>>;

extern template class Factorized<NegativeBinomial<float>, detail::NegativeBinomialLaw, std::array<Var<float>, 2>>;
extern template class Factorized<NegativeBinomial<double>, detail::NegativeBinomialLaw, std::array<Var<double>, 2>>;

}  // namespace xtape::nn
