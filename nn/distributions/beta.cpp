#include "nn/distributions/beta.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct BetaLaw {
  static constexpr const char* name = "Beta";
  static constexpr ParameterDomain parameters[] = {{"a", Domain::kPositive}, {"b", Domain::kPositive}};
  struct LogProb : Operation<"Beta::log_prob"> {
    auto operator()(const auto& x, const auto& a, const auto& b) const {
      const auto outside = x < 0.0 || x > 1.0;
      const auto y = where(outside, 0.5, x);
      return where(outside, -kInfinity, xlogy(a - 1.0, y) + xlog1py(b - 1.0, -y) - betaln(a, b));
    }
  };
  static auto mean(const auto& a, const auto& b) { return a / (a + b); }
  static auto variance(const auto& a, const auto& b) { return a * b / (square(a + b) * (a + b + 1.0)); }
  static auto entropy(const auto& a, const auto& b) {
    return betaln(a, b) - (a - 1.0) * digamma(a) - (b - 1.0) * digamma(b) + (a + b - 2.0) * digamma(a + b);
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

/// ln B(a0, b0) - ln B(a, b) + (a - a0) ψ(a) + (b - b0) ψ(b) + (a0 - a + b0 - b) ψ(a + b).
struct BetaDivergence : Operation<"kl of Beta"> {
  auto operator()(const auto& a, const auto& b, const auto& a0, const auto& b0) const {
    return betaln(a0, b0) - betaln(a, b) + (a - a0) * digamma(a) + (b - b0) * digamma(b) +
           (a0 - a + b0 - b) * digamma(a + b);
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
