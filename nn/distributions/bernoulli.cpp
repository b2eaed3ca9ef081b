#include "nn/distributions/bernoulli.hpp"

#include "nn/distributions/operands.hpp"

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct BernoulliLogProb : Operation<"bernoulli_log_prob"> {
  auto operator()(const auto& x, const auto& logit) const { return bernoulli_density(x, logit); }
};

}  // namespace

template <class T>
Var<T> bernoulli_log_prob(const Var<T>& x, const Var<T>& logits) {
  check_density_shapes(BernoulliLogProb::name,
                       {{"x", x.shape(), Role::kData}, {"logits", logits.shape(), Role::kLocation}});
  check_probabilities(BernoulliLogProb::name, "x", x);
  return map_sum(BernoulliLogProb{}, x, logits);
}

template Var<float> bernoulli_log_prob(const Var<float>&, const Var<float>&);
template Var<double> bernoulli_log_prob(const Var<double>&, const Var<double>&);

}  // namespace xtape::nn::detail
