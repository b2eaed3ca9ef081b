#include "nn/distributions/negative_binomial.hpp"

#include "nn/distributions/bernoulli_density.hpp"
#include "nn/distributions/families.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct NegativeBinomialLaw {
  static constexpr const char* name = "NegativeBinomial";
  static constexpr ParameterDomain parameters[] = {{"count", Domain::kPositive}, {"logits", Domain::kReal}};
  struct LogProb : Operation<"NegativeBinomial::log_prob"> {
    auto operator()(const auto& x, const auto& r, const auto& logit) const {
      const auto outside = is_no_count(x);
      const auto k = where(outside, 0.0, x);
      const auto p = sigmoid(logit), q = sigmoid(-logit), total = k + r;
      const auto large = total >= 2 * kLarge && k > 0.0 && total * p > 0.0 && total * q > 0.0;
      const auto i = where(large, 0.0, k), s = where(large, 1.0, r);
      const auto plain = -log(i + s) - betaln(s, i + 1.0) - s * softplus(logit) - weighted(i, softplus(-logit));
      // As of a binomial number, k of k + r, the last of which is none of the k.
      const auto a = where(large, k, kLarge), b = where(large, r, kLarge), u = where(large, p, 0.5);
      const auto v = where(large, q, 0.5), c = a + b, d = product_difference(b, u, a * v);
      const auto of_large =
          log_choices(a, b, c) + 0.5 * log(b / a / c) - deviance(a, c * u, d) - deviance(b, c * v, -d);
      return where(outside, -kInfinity, where(large, of_large, plain));
    }
  };
  static auto mean(const auto& r, const auto& logits) { return r * exp(logits); }
  static auto variance(const auto& r, const auto& logits) { return r * exp(logits) * (1.0 + exp(logits)); }
  static auto cdf(const auto& x, const auto& r, const auto& logits) {
    const auto k = floor(x);
    return where(k >= 0.0, betainc(r, maximum(k, 0.0) + 1.0, sigmoid(-logits)), 0.0);
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& r, const Var<T>& logits) {
    return rng.poisson(Var<T>(rng.gamma(broadcast_to(r, shape).value()) * exp(logits)).value());
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) \
  template class Factorized<NegativeBinomial<T>, detail::NegativeBinomialLaw, std::array<Var<T>, 2>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
