#pragma once
// Bernoulli distributions, given by logits.

#include "nn/distributions/factorized.hpp"

namespace xtape::nn {

namespace detail {

template <class T>
Var<T> bernoulli_log_prob(const Var<T>& x, const Var<T>& logits);
extern template Var<float> bernoulli_log_prob(const Var<float>&, const Var<float>&);
extern template Var<double> bernoulli_log_prob(const Var<double>&, const Var<double>&);

}  // namespace detail

/// ln p(x) = Σ [ x l - softplus(l) ] over the last dimension, for logits l and x in {0, 1}; operands that broadcast to
/// (..., d) give (...). Never infinite for finite logits. For grey levels between 0 and 1 it is minus the
/// cross-entropy, not a log-likelihood. x has the last dimension d of the logits, or either is a single number (logits
/// also of shape (1)); leading dimensions broadcast, so that logits (samples, batch, d) stand beside x (batch, d).
/// Throws ShapeError for other shapes, and for numbers alone; DataError where x leaves [0, 1] or is NaN.
template <class X, class L>
  requires ArrayOperands<X, L>
auto bernoulli_log_prob(const X& x, const L& logits) {
  using N = common_number<X, L>;
  return detail::bernoulli_log_prob(as_number<N>(x), as_number<N>(logits));
}

namespace detail {
struct BernoulliLaw;
}

/// Numbers that are 1 with probability sigmoid(logits), else 0: `Bernoulli{logits}`. log_prob is bernoulli_log_prob,
/// which throws DataError for x outside of [0, 1]. A draw is a constant.
template <class T>
class Bernoulli : public Factorized<Bernoulli<T>, detail::BernoulliLaw, std::array<Var<T>, 1>> {
  using Base = Factorized<Bernoulli<T>, detail::BernoulliLaw, std::array<Var<T>, 1>>;

 public:
  explicit Bernoulli(Var<T> logits) : Base({std::move(logits)}) {}
  using Base::cdf, Base::entropy;

  const Var<T>& logits() const { return this->parameters()[0]; }
};
template <Operand L>
Bernoulli(const L&) -> Bernoulli<detail::number_of<L>>;

extern template class Factorized<Bernoulli<float>, detail::BernoulliLaw, std::array<Var<float>, 1>>;
extern template class Factorized<Bernoulli<double>, detail::BernoulliLaw, std::array<Var<double>, 1>>;

}  // namespace xtape::nn
