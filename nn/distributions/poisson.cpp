#include "nn/distributions/poisson.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct PoissonLaw {
  static constexpr const char* name = "Poisson";
  static constexpr ParameterDomain parameters[] = {{"rate", Domain::kNonNegative}};
  struct LogProb : Operation<"Poisson::log_prob"> {
    auto operator()(const auto& x, const auto& rate) const {
      const auto outside = is_no_count(x);
      const auto k = where(outside, 0.0, x);
      const auto large = k >= kLarge && rate > 0.0;
      const auto few = where(large, 0.0, k), many = where(large, k, kLarge), r = where(large, rate, kLarge);
      const auto of_many = log_gamma_kernel(many, r, r - many) - log(many);
      return where(outside, -kInfinity, where(large, of_many, xlogy(few, rate) - rate - gammaln(few + 1.0)));
    }
  };
  static auto mean(const auto& rate) { return rate; }
  static auto variance(const auto& rate) { return rate; }
  static auto cdf(const auto& x, const auto& rate) {
    const auto k = floor(x);
    return where(k >= 0.0, gammaincc(maximum(k, 0.0) + 1.0, rate), 0.0);
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& rate) {
    return rng.poisson(broadcast_to(rate, shape).value());
  }
};

namespace {

/// r ln(r / r0) - r + r0.
struct PoissonDivergence : Operation<"kl of Poisson"> {
  auto operator()(const auto& rate, const auto& other) const {
    // Near each other by the excess of the quotient: the terms cancel there.
    const auto near = abs(other - rate) < 0.5 * rate;
    const auto excess = where(near, other - rate, 0.0) / where(near, rate, 1.0);
    return where(near, rate * (excess - log1p(excess)), xlogy(rate, rate) - xlogy(rate, other) + other - rate);
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Poisson<T>& p, const Poisson<T>& q) {
  return detail::divergence(detail::PoissonDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                        \
  template class Factorized<Poisson<T>, detail::PoissonLaw, std::array<Var<T>, 1>>; \
  template Var<T> kl(const Poisson<T>&, const Poisson<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
