#pragma once
// One of several classes: as a label, and as a row of zeros and a one.

#include "autodiff/autodiff.hpp"
#include "nn/distributions/event_dims.hpp"
#include "nn/distributions/factorized.hpp"

#include <cstddef>

namespace xtape::nn {

/// A label in 0..K-1 with the probabilities softmax(logits), for logits (..., K): `Categorical{logits}`. Labels are
/// Indices of shape (...), each of which is an event by itself unless `with_event_dims` says otherwise.
template <class T>
class Categorical : public EventDims<Categorical<T>> {
 public:
  using value_type = T;

  /// Throws ShapeError for logits of rank 0, or of no classes.
  explicit Categorical(const Var<T>& logits);

  /// ln p(label): a number for each label, summed over those of an event; leading dimensions broadcast. Throws
  /// ShapeError for one that is no class.
  Var<T> log_prob(const Indices& labels) const;
  /// Labels of shape `leading` + shape(), by the largest of logits with Gumbel noise.
  Indices sample(Random& rng, const Shape& leading = {}) const;
  /// -Σ p ln p, summed over the labels of an event.
  Var<T> entropy() const;
  /// softmax(logits), and its logarithm: (..., K).
  Var<T> probabilities() const { return exp(log_probabilities_); }
  const Var<T>& log_probabilities() const { return log_probabilities_; }

  /// The shape of a draw: that of the logits without the classes.
  const Shape& shape() const { return shape_; }
  std::size_t classes() const { return log_probabilities_.shape(-1); }

 private:
  Var<T> log_probabilities_;
  Shape shape_;
};
template <Operand L>
Categorical(const L&) -> Categorical<detail::number_of<L>>;

/// The same as a row of K numbers, 1 at the label and else 0, which is one event: `OneHotCategorical{logits}`.
template <class T>
class OneHotCategorical : public EventDims<OneHotCategorical<T>> {
 public:
  using value_type = T;

  /// Throws ShapeError for logits of rank 0, or of no classes.
  explicit OneHotCategorical(const Var<T>& logits)
      : EventDims<OneHotCategorical<T>>("OneHotCategorical", 1, 1), labels_(logits) {}

  /// Σ x ln p over the last dimension; -infinity for an x that is no such row.
  Var<T> log_prob(const Var<T>& x) const;
  /// Rows of shape `leading` + shape(): constants.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;
  /// The probabilities p, and p (1 - p).
  Var<T> mean() const { return labels_.probabilities(); }
  Var<T> variance() const { return mean() * (1.0 - mean()); }
  /// As that of the labels.
  Var<T> entropy() const { return this->summed(labels_.entropy()); }

  /// The shape of a draw: that of the logits.
  const Shape& shape() const { return labels_.log_probabilities().shape(); }
  /// The same classes as labels.
  const Categorical<T>& labels() const { return labels_; }

 private:
  Categorical<T> labels_;
};
template <Operand L>
OneHotCategorical(const L&) -> OneHotCategorical<detail::number_of<L>>;

extern template class Categorical<float>;
extern template class Categorical<double>;
extern template class OneHotCategorical<float>;
extern template class OneHotCategorical<double>;

}  // namespace xtape::nn
