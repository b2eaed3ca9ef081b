#pragma once
// Bernoulli distributions, given by logits.

#include "autodiff/autodiff.hpp"

namespace xtape::nn {

namespace detail {

template <class T>
Var<T> bernoulli_log_prob(const Var<T>& x, const Var<T>& logits);
extern template Var<float> bernoulli_log_prob(const Var<float>&, const Var<float>&);
extern template Var<double> bernoulli_log_prob(const Var<double>&, const Var<double>&);

}  // namespace detail

/// ln p(x) = Σ [ x l - softplus(l) ] over the last dimension, for logits l and x in {0, 1}; operands that broadcast to
/// (..., d) give (...). Never infinite for finite logits. For grey levels between 0 and 1 it is minus the
/// cross-entropy, not a log-likelihood. Throws ShapeError for shapes that do not broadcast, and for numbers alone.
template <class X, class L>
  requires ArrayOperands<X, L>
auto bernoulli_log_prob(const X& x, const L& logits) {
  using N = common_number<X, L>;
  return detail::bernoulli_log_prob(as_number<N>(x), as_number<N>(logits));
}

}  // namespace xtape::nn
