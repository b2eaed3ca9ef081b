#include "nn/distributions/student_t.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"
#include "nn/distributions/stirling.hpp"

namespace xtape::nn {

namespace detail {

struct StudentTLaw {
  static constexpr const char* name = "StudentT";
  static constexpr ParameterDomain parameters[] = {
      {"df", Domain::kPositive}, {"mu", Domain::kReal}, {"scale", Domain::kPositive}};
  struct LogProb : Operation<"StudentT::log_prob"> {
    auto operator()(const auto& x, const auto& n, const auto& mu, const auto& scale) const {
      // By ln B(n / 2, 1 / 2): the two ln Γ cancel where n is large. Far out the 1 beside the square vanishes, and the
      // square would overflow.
      const auto d = x - mu, unit = scale * sqrt(n);
      const auto far = abs(d) > 1e8 * unit;
      const auto near_log = log1p(square(where(far, 0.0, d) / unit));
      const auto far_log = 2.0 * (log(abs(where(far, d, 1.0))) - log(scale) - 0.5 * log(n));
      // For large n the series of ln Γ(a + ½) - ln Γ(a) - ½ ln a, a = n / 2; and of n ln(1 + z² / n) what differs from
      // z² by itself.
      const auto many = n > 200.0, close = many && abs(d) < unit;
      const auto rest = half_step_rest(0.5 * where(many, n, 200.0)), m = where(many, 1.0, n);
      const auto constant = where(many, rest - kHalfLogTwoPi, -betaln(0.5 * m, 0.5) - 0.5 * log(m));
      const auto z2 = square(where(close, d, 0.0) / scale), q = z2 / n;
      const auto log_power = where(far, far_log, near_log);
      const auto weighted_log = where(close, z2 - n * deviance(1.0 + 0.0 * q, 1.0 + q, q) + log_power,
                                      (n + 1.0) * where(close, 0.0, log_power));
      return constant - log(scale) - 0.5 * weighted_log;
    }
  };
  static auto mean(const auto& n, const auto& mu, const auto&) { return where(n > 1.0, mu, kNaN); }
  static auto variance(const auto& n, const auto&, const auto& scale) {
    return where(n > 2.0, square(scale) * n / (n - 2.0), where(n > 1.0, kInfinity, kNaN));
  }
  static auto entropy(const auto& n, const auto&, const auto& scale) {
    // (a + ½) (ψ(a + ½) - ψ(a)) + ½ ln n + ln B(a, ½), of large a by asymptotic series.
    const auto a = 0.5 * n, large = a > 100.0, c = where(large, a, 100.0), r = 1.0 / c;
    const auto b = where(large, 1.0, a);
    const auto later = -1.0 / 64 + r * (-1.0 / 128 + r * (1.0 / 128 + r / 256.0));
    const auto of_large = 0.5 + r * (3.0 / 8 + r * (1.0 / 16 + r * later)) + kHalfLogTwoPi - half_step_rest(c);
    const auto of_small = (b + 0.5) * (digamma(b + 0.5) - digamma(b)) + 0.5 * log(2.0 * b) + betaln(b, 0.5);
    return where(large, of_large, of_small) + log(scale);
  }
  static auto cdf(const auto& x, const auto& n, const auto& mu, const auto& scale) {
    // One of both is far from 1, where digits are lost. At the centre the root of q has no slope: there by the density.
    // Far out the tail is a power.
    const auto d = x - mu;
    const auto far = abs(d) > 1e8 * scale * sqrt(n);
    const auto log_power =
        n * (log(scale) + 0.5 * log(n) - log(where(far, abs(d), 1.0))) - log(n) - betaln(0.5 * n, 0.5);
    const auto power = exp(where(far, log_power, 0.0));
    const auto z = where(far, 0.0, d) / scale, q = square(z) / n;
    const auto at_centre = maximum(q, square(z)) < 1e-18;
    const auto tail = 0.5 * betainc(0.5 * n, 0.5, 1.0 / (1.0 + where(q < 1.0, 1.0, q)));
    const auto inner = minimum(where(at_centre, 1.0, q), 1.0);
    const auto middle = 0.5 * betainc(0.5, 0.5 * n, inner / (1.0 + inner));
    const auto straight = z * exp(-betaln(0.5 * n, 0.5) - 0.5 * log(n));
    const auto near =
        where(q < 1.0, 0.5 + where(at_centre, straight, sign(z) * middle), where(z < 0.0, tail, 1.0 - tail));
    return where(far, where(d < 0.0, power, 1.0 - power), near);
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& n, const Var<T>& mu, const Var<T>& scale) {
    const Var<T> half = log_gamma_draw(rng, shape, Var<T>(0.5 * n));  // ln of χ² / 2
    return mu + scale * rng.normal<T>(shape) * exp(0.5 * (log(0.5 * n) - half));
  }
};

}  // namespace detail

#define XTAPE_INSTANTIATE(T) template class Factorized<StudentT<T>, detail::StudentTLaw, std::array<Var<T>, 3>>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
