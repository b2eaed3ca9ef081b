#pragma once
// Continuous relaxations of classes and of zeros and ones, with a path to the logits.
//
// C. Maddison, A. Mnih, Y. W. Teh, "The concrete distribution", ICLR 2017; E. Jang, S. Gu, B. Poole, "Categorical
// reparameterization with Gumbel-softmax", ICLR 2017.

#include "autodiff/autodiff.hpp"
#include "nn/distributions/factorized.hpp"

#include <cstddef>

namespace xtape::nn {

/// Rows softmax((logits + Gumbel noise) / temperature), which tend to those of OneHotCategorical as the temperature
/// goes to 0: `RelaxedOneHotCategorical{temperature, logits}` for logits (..., K). A row is one event.
template <class T>
class RelaxedOneHotCategorical : public EventDims<RelaxedOneHotCategorical<T>> {
 public:
  using value_type = T;

  /// The temperature is one number. Throws ShapeError for logits of rank 0, DataError for a temperature not above 0.
  RelaxedOneHotCategorical(const Var<T>& temperature, const Var<T>& logits);

  /// ln [ Γ(K) t^(K - 1) Π p_k x_k^(-t - 1) / (Σ p_k x_k^-t)^K ] for rows x > 0 whose sum is 1, the caller's word.
  Var<T> log_prob(const Var<T>& x) const;
  /// A draw of shape `leading` + shape(), reparameterized.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;

  /// The shape of a draw.
  const Shape& shape() const { return log_probabilities_.shape(); }
  const Var<T>& temperature() const { return temperature_; }
  /// Normalized logits.
  const Var<T>& log_probabilities() const { return log_probabilities_; }

 private:
  Var<T> temperature_, log_probabilities_;
};
template <Operand S, Operand L>
RelaxedOneHotCategorical(const S&, const L&) -> RelaxedOneHotCategorical<detail::number_of<L, S>>;

/// Numbers sigmoid((logits + logistic noise) / temperature): `RelaxedBernoulli{temperature, logits}`. The last
/// dimension of the logits is one event; of a number there is none, as of Normal.
template <class T>
class RelaxedBernoulli : public EventDims<RelaxedBernoulli<T>> {
 public:
  using value_type = T;

  /// The temperature is one number. Throws DataError unless it is above 0.
  RelaxedBernoulli(const Var<T>& temperature, const Var<T>& logits);

  /// ln p(x) for 0 < x < 1, summed over the dimensions of an event.
  Var<T> log_prob(const Var<T>& x) const;
  /// A draw of shape `leading` + shape(), reparameterized.
  Var<T> sample(Random& rng, const Shape& leading = {}) const;

  /// The shape of a draw.
  const Shape& shape() const { return logits_.shape(); }
  const Var<T>& temperature() const { return temperature_; }
  const Var<T>& logits() const { return logits_; }

 private:
  Var<T> temperature_, logits_;
};
template <Operand S, Operand L>
RelaxedBernoulli(const S&, const L&) -> RelaxedBernoulli<detail::number_of<L, S>>;

extern template class RelaxedOneHotCategorical<float>;
extern template class RelaxedOneHotCategorical<double>;
extern template class RelaxedBernoulli<float>;
extern template class RelaxedBernoulli<double>;

}  // namespace xtape::nn
