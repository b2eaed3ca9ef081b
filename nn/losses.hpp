#pragma once
// Losses: means over all elements (or over all labels), in forms that neither overflow nor cancel.

#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/normal.hpp"

namespace xtape::nn {

namespace detail {

template <class T>
Var<T> mse(const Var<T>& prediction, const Var<T>& target);
template <class T>
Var<T> bce_with_logits(const Var<T>& logits, const Var<T>& target);
template <class T>
Var<T> nll_loss(const Var<T>& log_probs, const Array<T>& hot);
extern template Var<float> mse(const Var<float>&, const Var<float>&);
extern template Var<double> mse(const Var<double>&, const Var<double>&);
extern template Var<float> bce_with_logits(const Var<float>&, const Var<float>&);
extern template Var<double> bce_with_logits(const Var<double>&, const Var<double>&);
extern template Var<float> nll_loss(const Var<float>&, const Array<float>&);
extern template Var<double> nll_loss(const Var<double>&, const Array<double>&);

}  // namespace detail

/// The mean of (prediction - target)² over all elements. Throws ShapeError unless the target has the prediction's
/// shape, or is a single number of rank 0.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto mse(const P& prediction, const Y& target) {
  using N = common_number<P, Y>;
  return detail::mse(as_number<N>(prediction), as_number<N>(target));
}

/// The mean of softplus(l) - y l over all elements, the cross-entropy of targets y in [0, 1] under sigmoid(l). Throws
/// ShapeError unless the target has the logits' shape, or is a single number of rank 0; DataError where it leaves [0,
/// 1] or is NaN.
template <class L, class Y>
  requires ArrayOperands<L, Y>
auto bce_with_logits(const L& logits, const Y& target) {
  using N = common_number<L, Y>;
  return detail::bce_with_logits(as_number<N>(logits), as_number<N>(target));
}

/// The mean of -log_probs[i, label_i] for log-probabilities (..., classes), as log_softmax gives them, and integer
/// labels of shape (...). Throws ShapeError where the shapes differ or a label is none of the classes.
template <class A>
  requires ArrayOperands<A>
auto nll_loss(const A& a, const Indices& labels) {
  using V = common_number<A>;
  const V& log_probs = as_number<V>(a);
  if (log_probs.dimension() == 0) throw ShapeError("[nll_loss] log_probs (..., classes) expected, got a number");
  const auto hot = xtape::detail::one_hot<typename V::value_type>("nll_loss", labels, log_probs.shape().back());
  return detail::nll_loss(log_probs, hot);
}

}  // namespace xtape::nn
