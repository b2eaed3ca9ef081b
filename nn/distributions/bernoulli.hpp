#pragma once
// Bernoulli distributions, given by logits.

#include "autodiff/autodiff.hpp"

namespace xtape::nn {

namespace detail {

/// x l - softplus(l) for numbers x in [0, 1], in terms of one sign: (x - 1) l - softplus(-l) where l > 0. The parts of
/// the usual form cancel there. Both branches are the function itself, so that derivatives go through either.
inline constexpr auto bernoulli_density = [](const auto& x, const auto& logit) {
  const auto above = logit > 0.0;
  return where(above, x - 1.0, x) * logit - softplus(where(above, -logit, logit));
};

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

}  // namespace xtape::nn
