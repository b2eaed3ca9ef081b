#include "nn/distributions/inverse_gamma.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct InverseGammaLaw {
  static constexpr const char* name = "InverseGamma";
  static constexpr ParameterDomain parameters[] = {{"concentration", Domain::kPositive}, {"scale", Domain::kPositive}};
  struct LogProb : Operation<"InverseGamma::log_prob"> {
    auto operator()(const auto& x, const auto& a, const auto& scale) const {
      const auto outside = x <= 0.0 || x == kInfinity;
      const auto z = where(outside, 1.0, x), scaled = scale / z;
      const auto large = a >= kLarge && scaled > 0.0 && scaled < kInfinity;
      const auto b = where(large, 1.0, a);
      const auto plain = b * log(scale) - gammaln(b) - (b + 1.0) * log(z) - scaled;
      const auto c = where(large, a, kLarge), s = where(large, scale, kLarge), v = where(large, z, 1.0);
      const auto of_large = log_gamma_kernel(c, s / v, -product_difference(c, v, s) / v) - log(v);
      return where(outside, -kInfinity, where(large, of_large, plain));
    }
  };
  static auto mean(const auto& a, const auto& scale) { return where(a > 1.0, scale / (a - 1.0), kInfinity); }
  static auto variance(const auto& a, const auto& scale) {
    return where(a > 2.0, square(scale / (a - 1.0)) / (a - 2.0), kInfinity);
  }
  static auto entropy(const auto& a, const auto& scale) { return entropy_part(a, -1.0) + log(scale); }
  static auto cdf(const auto& x, const auto& a, const auto& scale) {
    const auto outside = x <= 0.0;
    return where(outside, 0.0, gammaincc(a, scale / where(outside, 1.0, x)));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& a, const Var<T>& scale) {
    return scale * exp(-log_gamma_draw(rng, shape, a));
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) template class Factorized<InverseGamma<T>, detail::InverseGammaLaw, std::array<Var<T>, 2>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
