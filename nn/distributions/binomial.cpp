#include "nn/distributions/binomial.hpp"

#include "nn/distributions/families.hpp"

namespace xtape::nn {

namespace detail {

struct BinomialLaw {
  static constexpr const char* name = "Binomial";
  static constexpr ParameterDomain parameters[] = {{"count", Domain::kCount}, {"logits", Domain::kReal}};
  struct LogProb : Operation<"Binomial::log_prob"> {
    auto operator()(const auto& x, const auto& n, const auto& logit) const {
      const auto outside = is_no_count(x) || x > n;
      const auto k = where(outside, 0.0, x);
      // k l - n softplus(l) in terms of one sign, as for one Bernoulli number.
      const auto above = logit > 0.0;
      return where(outside, -kInfinity,
                   where(above, k - n, k) * logit - n * softplus(where(above, -logit, logit)) - log(n + 1.0) -
                       betaln(k + 1.0, n - k + 1.0));
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
