#include "nn/distributions/bernoulli.hpp"

#include "nn/distributions/bernoulli_density.hpp"
#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn::detail {

namespace {

/// The sigmoid of -kCertain is 0 in both precisions.
constexpr double kCertain = 800;

// Named, for errors.
struct BernoulliLogProb : Operation<"bernoulli_log_prob"> {
  auto operator()(const auto& x, const auto& logit) const { return bernoulli_density(x, logit); }
};

/// KL between the logits l and m: sigmoid(l) (l - m) + softplus(m) - softplus(l), which is the same of -l and -m: so l
/// is at most 0. Near each other, with t = m - l: ln(1 + s (e^t - 1)) - s t for s = sigmoid(l), whose parts are small.
/// Certain ones have infinite logits, which count as finite ones whose sigmoid is 0: of two that agree it is 0.
struct BernoulliDivergence : Operation<"kl"> {
  auto operator()(const auto& logit, const auto& other) const {
    const auto positive = logit > 0.0;
    const auto l = maximum(where(positive, -logit, logit), -kCertain), m = where(positive, -other, other), t = m - l;
    const auto s = sigmoid(l), near = abs(t)<1.0, above = m> 0.0;
    const auto small = where(near, t, 0.0), positive_m = where(above, m, 0.0);
    // softplus(m) - s t, whose parts cancel where m is large.
    const auto apart = where(above, softplus(-positive_m) + weighted(1.0 - s, positive_m) + s * l,
                             softplus(m) - weighted(s, where(above, 0.0, t)));
    return where(near, log1p(s * expm1(small)) - s * small, apart - softplus(l));
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
  static auto entropy(const auto& logits) {
    const auto l = minimum(abs(logits), kCertain);
    return softplus(-l) + l * sigmoid(-l);
  }
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
