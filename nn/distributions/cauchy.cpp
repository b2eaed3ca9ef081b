#include "nn/distributions/cauchy.hpp"

#include <cmath>
#include <numbers>
#include "nn/distributions/families.hpp"

namespace xtape::nn {

namespace detail {

struct CauchyLaw {
  static constexpr const char* name = "Cauchy";
  static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"scale", Domain::kPositive}};
  struct LogProb : Operation<"Cauchy::log_prob"> {
    auto operator()(const auto& x, const auto& mu, const auto& scale) const {
      const auto d = x - mu, end = abs(d) == kInfinity;
      const auto distance = where(end, kInfinity, log(hypot(where(end, 1.0, d), scale)));
      return log(scale) - std::log(std::numbers::pi) - 2.0 * distance;
    }
  };
  static auto mean(const auto& mu, const auto&) { return mu * kNaN; }
  static auto variance(const auto&, const auto& scale) { return scale * kNaN; }
  static auto entropy(const auto&, const auto& scale) { return log(4 * std::numbers::pi * scale); }
  static auto cdf(const auto& x, const auto& mu, const auto& scale) {
    return arctan2(1.0, (mu - x) / scale) / std::numbers::pi;
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& scale) {
    const Var<T> u = open_uniform<T>(rng, shape);
    return mu + scale * tan(std::numbers::pi * (u - 0.5));
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) template class Factorized<Cauchy<T>, detail::CauchyLaw, std::array<Var<T>, 2>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
