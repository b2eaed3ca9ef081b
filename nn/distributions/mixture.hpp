#pragma once
// Mixtures of distributions of one family.

#include "nn/distributions/categorical.hpp"

#include <cstddef>
#include <string>

namespace xtape::nn {

/// Σ w_k p_k(x) with w = softmax(logits): `Mixture{logits, components}` for logits (..., K) and one distribution
/// `components` whose shape has the K components right before the dimensions of an event: (..., K) of numbers, each for
/// itself, as `Normal{mu, log_sigma}.with_event_dims(0)`; (..., K, d) of vectors, as `Normal{mu, log_sigma}`.
template <class P>
class Mixture : public EventDims<Mixture<P>> {
  using T = typename P::value_type;

 public:
  using value_type = T;

  /// Throws ShapeError for other shapes.
  Mixture(const Var<T>& logits, P components)
      : EventDims<Mixture<P>>("Mixture", components.event_dims(), components.event_dims()),
        weights_(logits),
        components_(std::move(components)) {
    const Shape& all = components_.shape();
    const std::size_t events = components_.event_dims();
    if (all.size() <= events || all[all.size() - 1 - events] != weights_.classes()) {
      throw ShapeError("[Mixture] " + std::to_string(weights_.classes()) + " components before the " +
                       std::to_string(events) + " dimensions of an event expected, got logits " +
                       to_string(logits.shape()) + " and components of shape " + to_string(all) +
                       "; with_event_dims(0) makes components of numbers");
    }
    shape_ = all;
    shape_.erase(shape_.end() - 1 - std::ptrdiff_t(events));
  }

  /// ln Σ w_k p_k(x), for x as of a component, summed over what an event has beyond a component's.
  Var<T> log_prob(const Var<T>& x) const {
    this->check_further("Mixture::log_prob", x.shape());
    return this->summed(
        Var<T>(logsumexp(weights_.log_probabilities() + components_.log_prob(expand_dims(x, axis())), -1)));
  }
  /// A draw of shape `leading` + shape(), a constant: which component it is from has no gradient. Draws all of them.
  Var<T> sample(Random& rng, const Shape& leading = {}) const {
    Shape whole = leading;  // the weights may lack dimensions of the components
    whole.insert(whole.end(), shape_.begin(), shape_.end() - std::ptrdiff_t(own_dims()));
    whole.push_back(weights_.classes());
    const Var<T> logits = broadcast_to(stop_gradient(weights_.log_probabilities()), whole);
    const Var<T> chosen = of_event(Var<T>(one_hot<T>(Categorical<T>(logits).sample(rng), weights_.classes())));
    return sum(where(chosen, stop_gradient(components_.sample(rng, leading)), 0.0), axis());
  }
  /// Σ w_k m_k, and Σ w_k (v_k + m_k²) - (Σ w_k m_k)², of the components' means m and variances v.
  Var<T> mean() const { return sum(of_event(weights_.probabilities()) * components_.mean(), axis()); }
  Var<T> variance() const {
    const Var<T> distance = components_.mean() - expand_dims(mean(), axis());
    return sum(of_event(weights_.probabilities()) * (components_.variance() + square(distance)), axis());
  }

  /// The shape of a draw.
  const Shape& shape() const { return shape_; }
  const Categorical<T>& weights() const { return weights_; }
  const P& components() const { return components_; }

 private:
  std::size_t own_dims() const { return components_.event_dims(); }
  std::ptrdiff_t axis() const { return -1 - std::ptrdiff_t(own_dims()); }
  // (..., K) with a dimension of extent 1 for each of an event.
  Var<T> of_event(const Var<T>& x) const {
    Shape shape = x.shape();
    for (std::size_t k = 0; k < own_dims(); ++k) shape.push_back(1);
    return reshape(x, shape);
  }

  Categorical<T> weights_;
  P components_;
  Shape shape_;
};
template <Operand L, class P>
Mixture(const L&, const P&) -> Mixture<P>;

}  // namespace xtape::nn
