#include "nn/distributions/beta.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct BetaLaw {
  static constexpr const char* name = "Beta";
  static constexpr ParameterDomain parameters[] = {{"a", Domain::kPositive}, {"b", Domain::kPositive}};
  struct LogProb : Operation<"Beta::log_prob"> {
    auto operator()(const auto& x, const auto& a, const auto& b) const {
      const auto outside = x < 0.0 || x > 1.0;
      const auto y = where(outside, 0.5, x);
      const auto large = a + b >= 2 * kLarge && y > 0.0 && y < 1.0;
      const auto f = where(large, 1.0, a), g = where(large, 1.0, b);
      const auto plain = xlogy(f - 1.0, y) + xlog1py(g - 1.0, -y) - betaln(f, g);
      // By deviances of both concentrations; their differences are opposite.
      const auto m = where(large, a, kLarge), k = where(large, b, kLarge), u = where(large, y, 0.5), v = 1.0 - u;
      const auto n = m + k, d = xtape::apply(BetaDifference{}, u, m, k);
      const auto of_large = log_choices(m, k, n) + 0.5 * log(m / n * k) - deviance(m, n * u, d) -
                            deviance(k, n * v, -d) - log(u) - log1p(-u);
      return where(outside, -kInfinity, where(large, of_large, plain));
    }
  };
  static auto mean(const auto& a, const auto& b) { return a / (a + b); }
  static auto variance(const auto& a, const auto& b) { return a * b / (square(a + b) * (a + b + 1.0)); }
  static auto entropy(const auto& a, const auto& b) {
    return entropy_part(a, 1.0) + entropy_part(b, 1.0) - entropy_part(a + b, 2.0);
  }
  static auto cdf(const auto& x, const auto& a, const auto& b) { return betainc(a, b, clip(x, 0.0, 1.0)); }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& a, const Var<T>& b) {
    // Of logarithms: numbers of small concentrations underflow.
    const Var<T> x = log_gamma_draw(rng, shape, a), y = log_gamma_draw(rng, shape, b);
    return sigmoid(x - y);
  }
};

namespace {

/// ln B(a0, b0) - ln B(a, b) + (a - a0) ψ(a) + (b - b0) ψ(b) + (a0 - a + b0 - b) ψ(a + b), by deviances of a0 and b0
/// from what their sum is in the proportion of a and b.
struct BetaDivergence : Operation<"kl of Beta"> {
  auto operator()(const auto& a, const auto& b, const auto& a0, const auto& b0) const {
    const auto n = a + b, n0 = a0 + b0, d = (b0 * a - a0 * b) / n;
    return deviance(a0, n0 * (a / n), d) + deviance(b0, n0 * (b / n), -d) + divergence_rest(a0, a) +
           divergence_rest(b0, b) - divergence_rest(n0, n);
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Beta<T>& p, const Beta<T>& q) {
  return detail::divergence(detail::BetaDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                  \
  template class Factorized<Beta<T>, detail::BetaLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const Beta<T>&, const Beta<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
