#include "nn/distributions/relaxed.hpp"

#include "nn/distributions/families.hpp"

#include <cmath>
#include <limits>

namespace xtape::nn {

namespace {

struct RelaxedBernoulliLogProb : Operation<"RelaxedBernoulli::log_prob"> {
  auto operator()(const auto& x, const auto& temperature, const auto& logit) const {
    const auto outside = x <= 0.0 || x >= 1.0;
    const auto y = where(outside, 0.5, x);
    const auto d = logit - temperature * (log(y) - log1p(-y));  // logistic
    return where(outside, -detail::kInfinity, log(temperature) - abs(d) - 2.0 * softplus(-abs(d)) - log(y) - log1p(-y));
  }
};

/// Draws that round to 0 or 1 have no density: they become the nearest numbers that have one.
template <class T>
constexpr double kLeast = std::numeric_limits<T>::min();
template <class T>
constexpr double kMost = 1 - double(std::numeric_limits<T>::epsilon()) / 2;

template <class T>
void check_temperature(const char* family, const Var<T>& temperature) {
  if (temperature.dimension() != 0) {
    throw ShapeError(std::string("[") + family + "] a temperature of one number expected, got shape " +
                     to_string(temperature.shape()));
  }
  detail::check_domain(family, {"temperature", detail::Domain::kPositive}, temperature);
}

template <class T>
void check_fits(const char* operation, std::size_t event_dims, const Var<T>& x, const Shape& logits) {
  const detail::DensityOperand operands[] = {{"x", x.shape(), detail::Role::kData},
                                             {"logits", logits, detail::Role::kLocation}};
  detail::check_event_shapes(operation, event_dims, operands);
}

}  // namespace

template <class T>
RelaxedOneHotCategorical<T>::RelaxedOneHotCategorical(const Var<T>& temperature, const Var<T>& logits)
    : EventDims<RelaxedOneHotCategorical<T>>("RelaxedOneHotCategorical", 1, 1), temperature_(temperature) {
  check_temperature("RelaxedOneHotCategorical", temperature);
  if (logits.dimension() == 0 || logits.shape(-1) == 0) {
    throw ShapeError("[RelaxedOneHotCategorical] logits (..., classes) of one class or more expected, got shape " +
                     to_string(logits.shape()));
  }
  log_probabilities_ = log_softmax(logits);
}

template <class T>
Var<T> RelaxedOneHotCategorical<T>::log_prob(const Var<T>& x) const {
  check_fits("RelaxedOneHotCategorical::log_prob", 1, x, shape());
  this->check_further("RelaxedOneHotCategorical::log_prob", x.shape());
  const double classes = double(log_probabilities_.shape(-1));
  constexpr double kOne = 1 + 8 * double(std::numeric_limits<T>::epsilon());  // but for a few roundings
  const Var<T> outside = where(x <= 0.0, 1.0, where(x > kOne, 1.0, 0.0));
  const Var<T> any_outside = x.dimension() == 0 ? outside : Var<T>(sum(outside, -1));
  const Var<T> log_x = log(where(outside > 0.0, 1.0, x)), score = log_probabilities_ - temperature_ * log_x;
  const Var<T> inside = std::lgamma(classes) + (classes - 1) * log(temperature_) + sum(score - log_x, -1) -
                        classes * logsumexp(score, -1);
  return this->summed(Var<T>(where(any_outside > 0.0, -detail::kInfinity, inside)));
}

template <class T>
Var<T> RelaxedOneHotCategorical<T>::sample(Random& rng, const Shape& leading) const {
  return maximum(softmax((log_probabilities_ + rng.gumbel<T>(detail::joined(leading, shape()))) / temperature_),
                 kLeast<T>);
}

template <class T>
RelaxedBernoulli<T>::RelaxedBernoulli(const Var<T>& temperature, const Var<T>& logits)
    : EventDims<RelaxedBernoulli<T>>("RelaxedBernoulli", 0, logits.dimension() == 0 ? 0 : 1),
      temperature_(temperature),
      logits_(logits) {
  check_temperature("RelaxedBernoulli", temperature);
}

template <class T>
Var<T> RelaxedBernoulli<T>::log_prob(const Var<T>& x) const {
  check_fits(RelaxedBernoulliLogProb::name, this->event_dims(), x, shape());
  return detail::summed_over_event(RelaxedBernoulliLogProb{}, this->event_dims(),
                                   std::array<Var<T>, 3>{x, temperature_, logits_});
}

template <class T>
Var<T> RelaxedBernoulli<T>::sample(Random& rng, const Shape& leading) const {
  const Var<T> u = detail::open_uniform<T>(rng, detail::joined(leading, shape()));
  return clip(sigmoid((logits_ + log(u) - log1p(-u)) / temperature_), kLeast<T>, kMost<T>);
}

#define XTAPE_INSTANTIATE(T)                  \
  template class RelaxedOneHotCategorical<T>; \
  template class RelaxedBernoulli<T>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
