#include "nn/distributions/categorical.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace {

struct WeightedDifference : Operation<"kl of Categorical"> {
  auto operator()(const auto& log_p, const auto& log_q) const {  // 0 where p is 0, whatever q is
    const auto some = log_p > -detail::kInfinity;
    return where(some, exp(log_p) * (where(some, log_p, 0.0) - where(some, log_q, 0.0)), 0.0);
  }
};
struct Surprise : Operation<"entropy of Categorical"> {
  auto operator()(const auto& log_p) const {
    return where(log_p > -detail::kInfinity, -exp(log_p) * where(log_p > -detail::kInfinity, log_p, 0.0), 0.0);
  }
};
struct OneHotLogProb : Operation<"OneHotCategorical::log_prob"> {
  auto operator()(const auto& x, const auto& log_p) const { return where(x == 1.0, log_p, 0.0); }
};

}  // namespace

template <class T>
Categorical<T>::Categorical(const Var<T>& logits) : EventDims<Categorical<T>>("Categorical", 0, 0) {
  if (logits.dimension() == 0 || logits.shape(-1) == 0) {
    throw ShapeError("[Categorical] logits (..., classes) of one class or more expected, got shape " +
                     to_string(logits.shape()));
  }
  log_probabilities_ = log_softmax(logits);
  shape_ = Shape(logits.shape().begin(), logits.shape().end() - 1);
}

template <class T>
Var<T> Categorical<T>::log_prob(const Indices& labels) const {
  this->check_further("Categorical::log_prob", labels.shape());
  // where, not a product: 0 times a log-probability of -infinity would be NaN
  return this->summed(Var<T>(sum(where(one_hot<T>(labels, classes()), log_probabilities_, 0.0), -1)));
}

template <class T>
Indices Categorical<T>::sample(Random& rng, const Shape& leading) const {
  const Shape whole = detail::joined(leading, log_probabilities_.shape());
  return argmax(stop_gradient(log_probabilities_) + rng.gumbel<T>(whole), -1);
}

template <class T>
Var<T> Categorical<T>::entropy() const {
  return this->summed(Var<T>(map_sum(Surprise{}, log_probabilities_)));
}

template <class T>
Var<T> OneHotCategorical<T>::log_prob(const Var<T>& x) const {
  const detail::DensityOperand operands[] = {{"x", x.shape(), detail::Role::kData},
                                             {"logits", shape(), detail::Role::kLocation}};
  detail::check_event_shapes(OneHotLogProb::name, 1, operands);
  this->check_further(OneHotLogProb::name, x.shape());
  const Var<T> row = stop_gradient(x);
  const Var<T> is_row =
      sum(row, -1) == 1.0 && sum(row == 1.0, -1) == 1.0 && sum(row == 0.0, -1) == double(labels_.classes() - 1);
  return this->summed(
      Var<T>(where(is_row, map_sum(OneHotLogProb{}, x, labels_.log_probabilities()), -detail::kInfinity)));
}

template <class T>
Var<T> OneHotCategorical<T>::sample(Random& rng, const Shape& leading) const {
  return one_hot<T>(labels_.sample(rng, leading), labels_.classes());
}

template <class T>
Var<T> kl(const Categorical<T>& p, const Categorical<T>& q) {
  const detail::DensityOperand operands[] = {
      {"logits", p.log_probabilities().shape(), detail::Role::kData},
      {"the other's logits", q.log_probabilities().shape(), detail::Role::kData}};
  detail::check_density_shapes(WeightedDifference::name, operands);
  const std::size_t event_dims =
      detail::same_event_dims(WeightedDifference::name, p.shape(), p.event_dims(), q.shape(), q.event_dims());
  return detail::sum_last(Var<T>(map_sum(WeightedDifference{}, p.log_probabilities(), q.log_probabilities())),
                          event_dims);
}

template <class T>
Var<T> kl(const OneHotCategorical<T>& p, const OneHotCategorical<T>& q) {
  const std::size_t event_dims =
      detail::same_event_dims(WeightedDifference::name, p.shape(), p.event_dims(), q.shape(), q.event_dims());
  return detail::sum_last(kl(p.labels(), q.labels()), event_dims - 1);
}

#define XTAPE_INSTANTIATE(T)                                        \
  template class Categorical<T>;                                    \
  template class OneHotCategorical<T>;                              \
  template Var<T> kl(const Categorical<T>&, const Categorical<T>&); \
  template Var<T> kl(const OneHotCategorical<T>&, const OneHotCategorical<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
