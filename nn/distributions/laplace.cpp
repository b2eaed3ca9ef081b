#include "nn/distributions/laplace.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

namespace xtape::nn {

namespace detail {

struct LaplaceLaw {
  static constexpr const char* name = "Laplace";
  static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"scale", Domain::kPositive}};
  struct LogProb : Operation<"Laplace::log_prob"> {
    auto operator()(const auto& x, const auto& mu, const auto& scale) const {
      return -abs(x - mu) / scale - log(2.0 * scale);
    }
  };
  static auto mean(const auto& mu, const auto&) { return mu; }
  static auto variance(const auto&, const auto& scale) { return 2.0 * square(scale); }
  static auto entropy(const auto&, const auto& scale) { return 1.0 + log(2.0 * scale); }
  static auto cdf(const auto& x, const auto& mu, const auto& scale) {
    const auto tail = 0.5 * exp(-abs(x - mu) / scale);
    return where(x < mu, tail, 1.0 - tail);
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& scale) {
    const Var<T> u = open_uniform<T>(rng, shape);
    return mu + scale * where(u < 0.5, log(2.0 * u), -log(2.0 - 2.0 * u));
  }
};

namespace {

/// ln s0 - ln s + (|m - m0| + s e^(-|m - m0| / s)) / s0 - 1.
struct LaplaceDivergence : Operation<"kl of Laplace"> {
  auto operator()(const auto& mu, const auto& scale, const auto& other_mu, const auto& other_scale) const {
    const auto distance = abs(mu - other_mu);
    return log(other_scale / scale) + (distance + scale * exp(-distance / scale)) / other_scale - 1.0;
  }
};

}  // namespace

}  // namespace detail

template <class T>
Var<T> kl(const Laplace<T>& p, const Laplace<T>& q) {
  return detail::divergence(detail::LaplaceDivergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                        \
  template class Factorized<Laplace<T>, detail::LaplaceLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const Laplace<T>&, const Laplace<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
