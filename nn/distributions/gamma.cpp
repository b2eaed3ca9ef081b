#include "nn/distributions/gamma.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct GammaLaw {
  static constexpr const char* name = "Gamma";
  static constexpr ParameterDomain parameters[] = {{"concentration", Domain::kPositive}, {"rate", Domain::kPositive}};
  struct LogProb : Operation<"Gamma::log_prob"> {
    auto operator()(const auto& x, const auto& a, const auto& rate) const {
      const auto outside = x < 0.0;
      const auto y = where(outside, 1.0, x);
      return where(outside, -kInfinity, xlogy(a - 1.0, y) + a * log(rate) - rate * y - gammaln(a));
    }
  };
  static auto mean(const auto& a, const auto& rate) { return a / rate; }
  static auto variance(const auto& a, const auto& rate) { return a / square(rate); }
  static auto entropy(const auto& a, const auto& rate) { return a - log(rate) + gammaln(a) + (1.0 - a) * digamma(a); }
  static auto cdf(const auto& x, const auto& a, const auto& rate) {
    const auto outside = x < 0.0;
    return where(outside, 0.0, gammainc(a, rate * where(outside, 1.0, x)));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& a, const Var<T>& rate) {
    return exp(log_gamma_draw(rng, shape, a)) / rate;
  }
};

namespace {

/// (a - a0) ψ(a) - ln Γ(a) + ln Γ(a0) + a0 ln(r / r0) + a (r0 - r) / r.
struct GammaDivergence : Operation<"kl of Gamma"> {
  auto operator()(const auto& a, const auto& rate, const auto& a0, const auto& rate0) const {
    return (a - a0) * digamma(a) - gammaln(a) + gammaln(a0) + a0 * log(rate / rate0) + a * (rate0 - rate) / rate;
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
