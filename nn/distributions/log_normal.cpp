#include "nn/distributions/log_normal.hpp"

#include <cmath>
#include <numbers>
#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct LogNormalLaw {
  static constexpr const char* name = "LogNormal";
  static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"log_sigma", Domain::kReal}};
  struct LogProb : Operation<"LogNormal::log_prob"> {
    auto operator()(const auto& x, const auto& mu, const auto& log_sigma) const {
      const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
      const auto outside = x <= 0.0 || x == kInfinity;
      const auto log_x = log(where(outside, 1.0, x));
      return where(outside, -kInfinity,
                   -0.5 * square((log_x - mu) * exp(-log_sigma)) - log_sigma - half_log_two_pi - log_x);
    }
  };
  static auto mean(const auto& mu, const auto& log_sigma) { return exp(mu + 0.5 * exp(2.0 * log_sigma)); }
  static auto variance(const auto& mu, const auto& log_sigma) {
    const auto variance_of_log = exp(2.0 * log_sigma);
    return expm1(variance_of_log) * exp(2.0 * mu + variance_of_log);
  }
  static auto entropy(const auto& mu, const auto& log_sigma) {
    return mu + log_sigma + 0.5 * std::log(2 * std::numbers::pi * std::numbers::e);
  }
  static auto cdf(const auto& x, const auto& mu, const auto& log_sigma) {
    const auto outside = x <= 0.0;
    return where(outside, 0.0, ndtr((log(where(outside, 1.0, x)) - mu) * inverse_scale(log_sigma)));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& log_sigma) {
    return exp(mu + exp(log_sigma) * rng.normal<T>(shape));
  }
};

}  // namespace detail

template <class T>
Var<T> kl(const LogNormal<T>& p, const LogNormal<T>& q) {
  const auto of_logarithm = [](const LogNormal<T>& x) {
    return Normal<T>(x.mu(), x.log_sigma()).with_event_dims(x.event_dims());
  };
  return kl(of_logarithm(p), of_logarithm(q));
}

#define XTAPE_INSTANTIATE(T)                                                            \
  template class Factorized<LogNormal<T>, detail::LogNormalLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const LogNormal<T>&, const LogNormal<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
