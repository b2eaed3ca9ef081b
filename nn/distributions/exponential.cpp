#include "nn/distributions/exponential.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct ExponentialLaw {
  static constexpr const char* name = "Exponential";
  static constexpr ParameterDomain parameters[] = {{"rate", Domain::kPositive}};
  struct LogProb : Operation<"Exponential::log_prob"> {
    auto operator()(const auto& x, const auto& rate) const {
      const auto outside = x < 0.0 || x == kInfinity;
      return where(outside, -kInfinity, log(rate) - rate * where(outside, 0.0, x));
    }
  };
  static auto mean(const auto& rate) { return 1.0 / rate; }
  static auto variance(const auto& rate) { return 1.0 / square(rate); }
  static auto entropy(const auto& rate) { return 1.0 - log(rate); }
  static auto cdf(const auto& x, const auto& rate) { return -expm1(-rate * where(x < 0.0, 0.0, x)); }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& rate) {
    return -log(open_uniform<T>(rng, shape)) / rate;
  }
};

namespace {

/// ln(r / r0) + r0 / r - 1.
struct ExponentialDivergence : Operation<"kl of Exponential"> {
  auto operator()(const auto& rate, const auto& other) const {
    // Near 1 by the excess of the quotient; else that would be rounded, and overflow.
    const auto near = abs(other - rate) < 0.5 * rate;
    const auto excess = where(near, other - rate, 0.0) / rate;
    return where(near, excess - log1p(excess), log(rate) - log(other) + other / rate - 1.0);
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Exponential<T>& p, const Exponential<T>& q) {
  return detail::divergence(detail::ExponentialDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                                \
  template class Factorized<Exponential<T>, detail::ExponentialLaw, std::array<Var<T>, 1>>; \
  template Var<T> kl(const Exponential<T>&, const Exponential<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
