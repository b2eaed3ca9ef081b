#pragma once
// Losses, in forms that neither overflow nor cancel: means over all elements or samples, or their sums, or all of them.

#include "nn/distributions/bernoulli.hpp"
#include "nn/distributions/normal.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <vector>

namespace xtape::nn {

/// What becomes of the losses of elements or samples: their mean, their sum, or an array of them all.
enum class LossReduction { kMean, kSum, kNone };

/// How a loss of elements is taken.
struct LossOptions {
  LossReduction reduction = LossReduction::kMean;
  bool broadcast = false;  ///< whether prediction and target may have different shapes, and broadcast
};

/// How the Huber loss is taken.
struct HuberOptions {
  double delta = 1;  ///< δ > 0: the |error| from which on the loss grows linearly
  LossReduction reduction = LossReduction::kMean;
  bool broadcast = false;  ///< whether prediction and target may have different shapes, and broadcast
};

/// How a loss of classes is taken.
struct ClassLossOptions {
  LossReduction reduction = LossReduction::kMean;
  double label_smoothing = 0;              ///< ε in [0, 1]: the part of each target that is spread over all classes
  std::vector<double> class_weights = {};  ///< one for each class; none: all 1
  /// A label that does not count, as of what fills up a sequence; it need be none of the classes. Its losses are 0, and
  /// the mean is that over the others: NaN where there are none. Of targets that are labels alone.
  std::optional<std::ptrdiff_t> ignored = {};
};

namespace detail {

template <class Y>
consteval bool holds_integers() {
  if constexpr (Expression<Y>) return std::integral<typename Y::value_type>;
  if constexpr (Sequence<Y>) return std::integral<sequence_element<Y>>;
  return std::same_as<Y, Indices>;
}

template <class T>
Var<T> mse(const Var<T>&, const Var<T>&, const LossOptions&);
template <class T>
Var<T> l1(const Var<T>&, const Var<T>&, const LossOptions&);
template <class T>
Var<T> huber(const Var<T>&, const Var<T>&, const HuberOptions&);
template <class T>
Var<T> bce(const Var<T>&, const Var<T>&, const LossOptions&);
template <class T>
Var<T> bce_with_logits(const Var<T>&, const Var<T>&, const LossOptions&);
template <class T>
Var<T> kl_div(const Var<T>&, const Var<T>&, const LossOptions&);
template <class T>
Var<T> nll_loss(const Var<T>&, const Indices&, const ClassLossOptions&);
template <class T>
Var<T> cross_entropy(const Var<T>&, const Indices&, const ClassLossOptions&);
template <class T>
Var<T> cross_entropy(const Var<T>&, const Var<T>&, const ClassLossOptions&);
#define XTAPE_EXTERN(T)                                                                         \
  extern template Var<T> mse(const Var<T>&, const Var<T>&, const LossOptions&);                 \
  extern template Var<T> l1(const Var<T>&, const Var<T>&, const LossOptions&);                  \
  extern template Var<T> huber(const Var<T>&, const Var<T>&, const HuberOptions&);              \
  extern template Var<T> bce(const Var<T>&, const Var<T>&, const LossOptions&);                 \
  extern template Var<T> bce_with_logits(const Var<T>&, const Var<T>&, const LossOptions&);     \
  extern template Var<T> kl_div(const Var<T>&, const Var<T>&, const LossOptions&);              \
  extern template Var<T> nll_loss(const Var<T>&, const Indices&, const ClassLossOptions&);      \
  extern template Var<T> cross_entropy(const Var<T>&, const Indices&, const ClassLossOptions&); \
  extern template Var<T> cross_entropy(const Var<T>&, const Var<T>&, const ClassLossOptions&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace detail

/// (prediction - target)², its mean over all elements unless `options` say otherwise. Throws ShapeError unless the
/// target has the prediction's shape, or is a single number of rank 0, or broadcasting is asked for: (n) beside (n, 1)
/// would come to a mean over n² pairs.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto mse(const P& prediction, const Y& target, const LossOptions& options = {}) {
  using N = common_number<P, Y>;
  return detail::mse(as_number<N>(prediction), as_number<N>(target), options);
}

/// |prediction - target|, with the derivative 0 where they are equal; reduced, and throws, as mse.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto l1(const P& prediction, const Y& target, const LossOptions& options = {}) {
  using N = common_number<P, Y>;
  return detail::l1(as_number<N>(prediction), as_number<N>(target), options);
}

/// e²/2 for errors |e| <= δ and δ (|e| - δ/2) for larger ones; reduced, and throws, as mse, and Error unless δ > 0. P.
/// Huber, "Robust estimation of a location parameter", 1964.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto huber(const P& prediction, const Y& target, const HuberOptions& options = {}) {
  using N = common_number<P, Y>;
  return detail::huber(as_number<N>(prediction), as_number<N>(target), options);
}

/// softplus(l) - y l, the cross-entropy of targets y in [0, 1] under sigmoid(l); reduced, and throws, as mse, and
/// DataError where the target leaves [0, 1] or is NaN.
template <class L, class Y>
  requires ArrayOperands<L, Y>
auto bce_with_logits(const L& logits, const Y& target, const LossOptions& options = {}) {
  using N = common_number<L, Y>;
  return detail::bce_with_logits(as_number<N>(logits), as_number<N>(target), options);
}

/// -y ln p - (1 - y) ln(1 - p) for probabilities p and targets y in [0, 1], where a logarithm below -100 counts as -100
/// (PyTorch's bound) and has no slope: prefer bce_with_logits, which needs no bound. Reduced, and throws, as mse, and
/// DataError where either leaves [0, 1] or is NaN.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto bce(const P& probabilities, const Y& target, const LossOptions& options = {}) {
  using N = common_number<P, Y>;
  return detail::bce(as_number<N>(probabilities), as_number<N>(target), options);
}

/// KL(t ‖ p) = Σ t (ln t - ln p) over the last dimension, of distributions (..., classes) given by their logarithms: p
/// is the prediction, t the target, as log_softmax gives them. A class of ln t = -∞ adds nothing. The mean is that over
/// distributions: PyTorch's "batchmean" with log_target. Shapes as those of mse; throws ShapeError for rank 0.
template <class P, class Y>
  requires ArrayOperands<P, Y>
auto kl_div(const P& log_probs, const Y& log_target, const LossOptions& options = {}) {
  using N = common_number<P, Y>;
  return detail::kl_div(as_number<N>(log_probs), as_number<N>(log_target), options);
}

/// -w_y log_probs[..., y] for log-probabilities (..., classes), as log_softmax gives them, and integer labels y of
/// shape (...); w are the class weights, 0 of an ignored label. The mean is the weighted one, Σ w_y (...) / Σ w_y. With
/// label smoothing ε a loss is (1 - ε) of that, and ε / classes of the sum over all classes c of -w_c log_probs[...,
/// c]. Throws ShapeError where shapes differ or a label is none of the classes nor ignored, and Error for ε outside of
/// [0, 1], or weights that are not one a class, finite and not negative. Inside of vmap labels are ignored only where
/// all examples have the same ones.
template <class A>
  requires ArrayOperands<A>
auto nll_loss(const A& a, const Indices& labels, const ClassLossOptions& options = {}) {
  return detail::nll_loss(as_number<common_number<A>>(a), labels, options);
}

/// nll_loss of log_softmax(logits): logits (..., classes), labels (...). As PyTorch's, but that the classes are always
/// the last dimension.
template <class L>
  requires ArrayOperands<L>
auto cross_entropy(const L& logits, const Indices& labels, const ClassLossOptions& options = {}) {
  return detail::cross_entropy(as_number<common_number<L>>(logits), labels, options);
}

/// -Σ w_c t_c log_softmax(logits)_c over the last dimension, for targets t of the logits' shape (..., classes), which
/// are probabilities of the classes; smoothing makes (1 - ε) t + ε / classes of them. The mean is that over samples,
/// not a weighted one, as PyTorch's. Throws ShapeError for other shapes, DataError where a target leaves [0, 1] or is
/// NaN, and Error as nll_loss.
template <class L, class Y>
  requires(ArrayOperands<L, Y> && !detail::holds_integers<Y>())
auto cross_entropy(const L& logits, const Y& probabilities, const ClassLossOptions& options = {}) {
  using N = common_number<L, Y>;
  return detail::cross_entropy(as_number<N>(logits), as_number<N>(probabilities), options);
}

}  // namespace xtape::nn
