#include "nn/distributions/bernoulli.hpp"

namespace xtape::nn::detail {

template <class T>
Var<T> bernoulli_log_prob(const Var<T>& x, const Var<T>& logits) {
  return sum(map([](const auto& value, const auto& logit) { return value * logit - softplus(logit); }, x, logits), -1);
}

template Var<float> bernoulli_log_prob(const Var<float>&, const Var<float>&);
template Var<double> bernoulli_log_prob(const Var<double>&, const Var<double>&);

}  // namespace xtape::nn::detail
