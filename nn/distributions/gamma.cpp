#include "nn/distributions/gamma.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct GammaLaw {
  static constexpr const char* name = "Gamma";
  static constexpr ParameterDomain parameters[] = {{"concentration", Domain::kPositive}, {"rate", Domain::kPositive}};
  struct LogProb : Operation<"Gamma::log_prob"> {
    auto operator()(const auto& x, const auto& a, const auto& rate) const {
      const auto outside = x < 0.0 || x == kInfinity;
      const auto z = where(outside, 1.0, x), scaled = rate * z;
      const auto large = a >= kLarge && scaled > 0.0 && scaled < kInfinity;
      const auto b = where(large, 1.0, a);
      const auto plain = xlogy(b - 1.0, z) + b * log(rate) - scaled - gammaln(b);
      const auto c = where(large, a, kLarge), r = where(large, rate, kLarge), v = where(large, z, 1.0);
      const auto of_large = log_gamma_kernel(c, r * v, product_difference(r, v, c)) - log(v);
      return where(outside, -kInfinity, where(large, of_large, plain));
    }
  };
  static auto mean(const auto& a, const auto& rate) { return a / rate; }
  static auto variance(const auto& a, const auto& rate) { return a / square(rate); }
  static auto entropy(const auto& a, const auto& rate) { return entropy_part(a, 1.0) - log(rate); }
  static auto cdf(const auto& x, const auto& a, const auto& rate) {
    // At 0 the slope in x may be infinite, that in the rate is 0.
    const auto outside = x < 0.0;
    return where(outside, 0.0, gammainc(a, where(x == 0.0, stop_gradient(rate), rate) * where(outside, 1.0, x)));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& a, const Var<T>& rate) {
    return exp(log_gamma_draw(rng, shape, a)) / rate;
  }
};

namespace {

/// (a - a0) ψ(a) - ln Γ(a) + ln Γ(a0) + a0 ln(r / r0) + a (r0 - r) / r: the deviance of a0 from a r0 / r, and a rest.
/// The quotient of the rates may leave the range where its logarithm does not.
struct GammaDivergence : Operation<"kl of Gamma"> {
  auto operator()(const auto& a, const auto& rate, const auto& a0, const auto& rate0) const {
    const auto quotient = rate0 / rate, d = product_difference(a, quotient, a0);
    const auto in_range = quotient > 0.0 && quotient < kInfinity;
    const auto log_quotient = where(in_range, log(where(in_range, quotient, 1.0)), log(rate0) - log(rate));
    return deviance(a0, a * quotient, d, d - a0 * (log_quotient + log(a / a0))) + divergence_rest(a0, a);
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Gamma<T>& p, const Gamma<T>& q) {
  return detail::divergence(detail::GammaDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                    \
  template class Factorized<Gamma<T>, detail::GammaLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const Gamma<T>&, const Gamma<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
