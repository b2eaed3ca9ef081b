#pragma once
// Distributions of what a bijection makes of draws of another.

#include "nn/distributions/event_dims.hpp"
#include "nn/distributions/flows.hpp"

#include <string>
#include <utility>

namespace xtape::nn {

/// x = f(z) with z from `base`, a distribution of vectors that are one event, and f a Bijection, which has to outlive
/// this: `Transformed{base, flow}`.
template <class P>
class Transformed : public EventDims<Transformed<P>> {
  using T = typename P::value_type;

 public:
  using value_type = T;

  /// Throws ShapeError for a base whose events are no vectors.
  Transformed(P base, const Bijection<T>& flow)
      : EventDims<Transformed<P>>("Transformed", 1, 1), base_(std::move(base)), flow_(&flow) {
    if (base_.event_dims() != 1) {
      throw ShapeError("[Transformed] a base with events of 1 dimension expected, got " +
                       std::to_string(base_.event_dims()) + " of shape " + to_string(base_.shape()));
    }
  }
  Transformed(P base, const Bijection<T>&& flow) = delete;  ///< one that is gone afterwards

  /// ln p_base(f⁻¹(x)) + ln |det df⁻¹/dx|.
  Var<T> log_prob(const Var<T>& x) const {
    this->check_further("Transformed::log_prob", x.shape());
    const auto [z, log_det] = flow_->inverse(x);
    return this->summed(Var<T>(base_.log_prob(z) + log_det));
  }
  /// f of a draw of the base, of shape `leading` + shape(); reparameterized where that is.
  Var<T> sample(Random& rng, const Shape& leading = {}) const {
    return flow_->forward(base_.sample(rng, leading)).first;
  }
  /// A draw x and ln p(x), by forward alone: {x, log_prob}.
  std::pair<Var<T>, Var<T>> sample_with_log_prob(Random& rng, const Shape& leading = {}) const {
    const Var<T> z = base_.sample(rng, leading);
    auto [x, log_det] = flow_->forward(z);
    return {std::move(x), this->summed(Var<T>(base_.log_prob(z) - log_det))};
  }

  /// The shape of a draw.
  const Shape& shape() const { return base_.shape(); }
  const P& base() const { return base_; }

 private:
  P base_;
  const Bijection<T>* flow_;
};
template <class P, class F>
Transformed(const P&, const F&) -> Transformed<P>;

}  // namespace xtape::nn
