#include "nn/distributions/binomial.hpp"

#include "nn/distributions/bernoulli_density.hpp"
#include "nn/distributions/families.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct BinomialLaw {
  static constexpr const char* name = "Binomial";
  static constexpr ParameterDomain parameters[] = {{"count", Domain::kCount}, {"logits", Domain::kReal}};
  struct LogProb : Operation<"Binomial::log_prob"> {
    auto operator()(const auto& x, const auto& n, const auto& logit) const {
      const auto outside = is_no_count(x) || x > n;
      const auto k = where(outside, 0.0, x);
      const auto p = sigmoid(logit), q = sigmoid(-logit), above = logit > 0.0;
      const auto large = n >= 2 * kLarge && k > 0.0 && k < n && n * p > 0.0 && n * q > 0.0;
      // k l - n softplus(l) in terms of one sign, as for one Bernoulli number.
      const auto i = where(large, 0.0, k), m = where(large, 0.0, n);
      const auto plain = weighted(where(above, i - m, i), logit) - m * softplus(where(above, -logit, logit)) -
                         log(m + 1.0) - betaln(i + 1.0, m - i + 1.0);
      // By deviances of both outcomes; their differences are opposite.
      const auto a = where(large, k, kLarge), b = where(large, n - k, kLarge), c = where(large, n, 2 * kLarge);
      const auto u = where(large, p, 0.5), v = where(large, q, 0.5);
      const auto d = where(above, -product_difference(c, v, b), product_difference(c, u, a));
      const auto of_large =
          log_choices(a, b, c) + 0.5 * log(c / a / b) - deviance(a, c * u, d) - deviance(b, c * v, -d);
      return where(outside, -kInfinity, where(large, of_large, plain));
    }
  };
  static auto mean(const auto& n, const auto& logits) { return n * sigmoid(logits); }
  static auto variance(const auto& n, const auto& logits) { return n * sigmoid(logits) * sigmoid(-logits); }
  static auto cdf(const auto& x, const auto& n, const auto& logits) {
    const auto k = clip(floor(x), 0.0, maximum(n - 1.0, 0.0));
    return where(x < 0.0, 0.0, where(x >= n, 1.0, betainc(maximum(n, 1.0) - k, k + 1.0, sigmoid(-logits))));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& n, const Var<T>& logits) {
    return rng.binomial(broadcast_to(n, shape).value(), broadcast_to(sigmoid(logits), shape).value());
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) template class Factorized<Binomial<T>, detail::BinomialLaw, std::array<Var<T>, 2>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
