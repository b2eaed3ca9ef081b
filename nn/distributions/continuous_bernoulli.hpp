#pragma once
// Continuous Bernoulli distributions.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {
struct ContinuousBernoulliLaw;
}

/// C(l) e^(x l) / (1 + e^l) for 0 <= x <= 1 with C(l) = l / tanh(l / 2), from `ContinuousBernoulli{logits}`: the
/// density for grey levels that Bernoulli has none for (Loaiza-Ganem and Cunningham, 2019).
template <class T>
class ContinuousBernoulli
    : public Factorized<ContinuousBernoulli<T>, detail::ContinuousBernoulliLaw, std::array<Var<T>, 1>> {
  using Base = Factorized<ContinuousBernoulli<T>, detail::ContinuousBernoulliLaw, std::array<Var<T>, 1>>;

 public:
  explicit ContinuousBernoulli(Var<T> logits) : Base({std::move(logits)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& logits() const { return this->parameters()[0]; }
};
template <Operand A>
ContinuousBernoulli(const A&) -> ContinuousBernoulli<detail::number_of<A>>;

extern template class Factorized<ContinuousBernoulli<float>, detail::ContinuousBernoulliLaw, std::array<Var<float>, 1>>;
extern template class Factorized<ContinuousBernoulli<double>, detail::ContinuousBernoulliLaw,
                                 std::array<Var<double>, 1>>;

}  // namespace xtape::nn
