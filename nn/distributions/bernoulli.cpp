#include "nn/distributions/bernoulli.hpp"

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct LogProb {
  static constexpr const char* name = "bernoulli_log_prob";
  auto operator()(const auto& x, const auto& logit) const { return x * logit - softplus(logit); }
};

}  // namespace

template <class T>
Var<T> bernoulli_log_prob(const Var<T>& x, const Var<T>& logits) {
  return map_sum(LogProb{}, x, logits);
}

template Var<float> bernoulli_log_prob(const Var<float>&, const Var<float>&);
template Var<double> bernoulli_log_prob(const Var<double>&, const Var<double>&);

}  // namespace xtape::nn::detail
