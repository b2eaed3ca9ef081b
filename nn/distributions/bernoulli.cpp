#include "nn/distributions/bernoulli.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn::detail {

namespace {

// Named, for errors.
struct BernoulliLogProb : Operation<"bernoulli_log_prob"> {
  auto operator()(const auto& x, const auto& logit) const { return bernoulli_density(x, logit); }
};

/// KL between the logits l and m: sigmoid(l) (l - m) + softplus(m) - softplus(l), which is the same of -l and -m: so l
/// is at most 0. Near each other, with t = m - l: ln(1 + s (e^t - 1)) - s t for s = sigmoid(l), whose parts are small.
struct BernoulliDivergence : Operation<"kl"> {
  auto operator()(const auto& logit, const auto& other) const {
    const auto positive = logit > 0.0;
    const auto l = where(positive, -logit, logit), m = where(positive, -other, other), t = m - l, s = sigmoid(l);
    const auto near = abs(t) < 1.0;
    const auto small = where(near, t, 0.0);
    return where(near, log1p(s * expm1(small)) - s * small, softplus(m) - softplus(l) - s * t);
  }
};

}  // namespace

struct BernoulliLaw {
  static constexpr const char* name = "Bernoulli";
  static constexpr ParameterDomain parameters[] = {{"logits", Domain::kReal}};
  using LogProb = BernoulliLogProb;
  static void check_data(const auto& x) { check_probabilities(LogProb::name, "x", x); }
  static auto mean(const auto& logits) { return sigmoid(logits); }
  static auto variance(const auto& logits) { return sigmoid(logits) * sigmoid(-logits); }
  static auto entropy(const auto& logits) { return softplus(-abs(logits)) + abs(logits) * sigmoid(-abs(logits)); }
  static auto cdf(const auto& x, const auto& logits) {
    return where(x < 0.0, 0.0, where(x < 1.0, sigmoid(-logits), 1.0));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& logits) {
    return rng.bernoulli(broadcast_to(sigmoid(logits), shape).value());
  }
};

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

namespace xtape::nn {

template <class T>
Var<T> kl(const Bernoulli<T>& p, const Bernoulli<T>& q) {
  return detail::divergence(detail::BernoulliDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                            \
  template class Factorized<Bernoulli<T>, detail::BernoulliLaw, std::array<Var<T>, 1>>; \
  template Var<T> kl(const Bernoulli<T>&, const Bernoulli<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
