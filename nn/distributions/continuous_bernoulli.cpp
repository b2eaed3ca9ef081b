#include "nn/distributions/continuous_bernoulli.hpp"

#include <cmath>
#include "nn/distributions/bernoulli_density.hpp"
#include "nn/distributions/families.hpp"

namespace xtape::nn {

namespace detail {

struct ContinuousBernoulliLaw {
  static constexpr const char* name = "ContinuousBernoulli";
  static constexpr ParameterDomain parameters[] = {{"logits", Domain::kReal}};
  struct LogProb : Operation<"ContinuousBernoulli::log_prob"> {
    auto operator()(const auto& x, const auto& logit) const {
      const auto outside = x < 0.0 || x > 1.0;
      const auto y = where(outside, 0.5, x);
      // With an infinite logit all of it is at one end.
      const auto single = abs(logit) == kInfinity, at_end = y == where(logit > 0.0, 1.0, 0.0);
      const auto normalizer = where(single, where(at_end, kInfinity, 0.0), log_normalizer(where(single, 0.0, logit)));
      return where(outside, -kInfinity, bernoulli_density(y, logit) + normalizer);
    }
  };
  /// ln(l / tanh(l / 2)), near 0 by Taylor's series.
  static auto log_normalizer(const auto& l) {
    const auto near = abs(l) < 0.25;
    const auto h = 0.5 * where(near, l, 0.0), s = h * h, far = where(near, 1.0, abs(0.5 * l));
    const auto series = s * (1.0 / 3 + s * (-1.0 / 45 + s * (2.0 / 945 + s * (-1.0 / 4725 + s * (2.0 / 93555)))));
    return std::log(2.0) + where(near, log1p(series), log(far) - log(tanh(far)));
  }
  /// 1 / (1 - e^-l) - 1 / l, the slope of ln ∫ e^(l x) dx, and the slope of that.
  static auto mean(const auto& l) {
    const auto near = abs(l) < 0.3;
    const auto t = where(near, l, 0.0), s = t * t, far = where(near, 1.0, abs(l));
    const auto lower = exp(-far) / expm1(-far) + 1.0 / far;  // of -|l|
    const auto series = t * (1.0 / 12 + s * (-1.0 / 720 + s * (1.0 / 30240 + s * (-1.0 / 1209600 + s / 47900160))));
    return where(near, 0.5 + series, where(l > 0.0, 1.0 - lower, lower));
  }
  static auto variance(const auto& l) {
    const auto near = abs(l) < 0.3;
    const auto s = square(where(near, l, 0.0)), far = where(near, 1.0, abs(l));
    const auto series = 1.0 / 12 + s * (-1.0 / 240 + s * (1.0 / 6048 + s * (-1.0 / 172800 + s / 5322240)));
    return where(near, series, square(1.0 / far) - exp(-far) / square(expm1(-far)));
  }
  /// It is that of -l too, of which no terms cancel.
  static auto entropy(const auto& l) {
    const auto near = abs(l) < 0.3;
    const auto n = where(near, l, -abs(l)), small = where(near, l, 0.0);
    const auto f = minimum(where(near, 1.0, abs(l)), 800.0);  // beyond it e^-f is 0
    const auto weighted_mean = where(near, small * mean(small), -f * exp(-f) / expm1(-f) - 1.0);
    return softplus(n) - weighted_mean - log_normalizer(n);
  }
  // Of a negative logit; that of a positive one from the other end. Near 0 their first two terms.
  static auto cdf(const auto& x, const auto& l) {
    const auto y = clip(x, 0.0, 1.0), near = abs(l) < 1e-6, n = where(near, -1.0, -minimum(abs(l), 1e30));
    const auto far = expm1(n * y) / expm1(n) * where(l > 0.0, exp(n * (1.0 - y)), 1.0);
    return where(near, y - 0.5 * where(near, l, 0.0) * y * (1.0 - y), far);
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& l) {
    const Var<T> u = open_uniform<T>(rng, shape), near = abs(l) < 1e-6, n = where(near, -1.0, -abs(l));
    const Var<T> above = l > 0.0, x = log1p(where(above, 1.0 - u, u) * expm1(n)) / n;
    return where(near, u + 0.5 * l * u * (1.0 - u), where(above, 1.0 - x, x));
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) \
  template class Factorized<ContinuousBernoulli<T>, detail::ContinuousBernoulliLaw, std::array<Var<T>, 1>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
