#include "nn/distributions/negative_binomial.hpp"

#include "nn/distributions/families.hpp"

namespace xtape::nn {

namespace detail {

struct NegativeBinomialLaw {
  static constexpr const char* name = "NegativeBinomial";
  static constexpr ParameterDomain parameters[] = {{"count", Domain::kPositive}, {"logits", Domain::kReal}};
  struct LogProb : Operation<"NegativeBinomial::log_prob"> {
    auto operator()(const auto& x, const auto& r, const auto& logit) const {
      const auto outside = is_no_count(x);
      const auto k = where(outside, 0.0, x);
      return where(outside, -kInfinity, -log(k + r) - betaln(r, k + 1.0) - r * softplus(logit) - k * softplus(-logit));
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
