#include "nn/distributions/student_t.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/gamma_draws.hpp"

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
      return -betaln(0.5 * n, 0.5) - 0.5 * log(n) - log(scale) - 0.5 * (n + 1.0) * where(far, far_log, near_log);
    }
  };
  static auto mean(const auto& n, const auto& mu, const auto&) { return where(n > 1.0, mu, kNaN); }
  static auto variance(const auto& n, const auto&, const auto& scale) {
    return where(n > 2.0, square(scale) * n / (n - 2.0), where(n > 1.0, kInfinity, kNaN));
  }
  static auto entropy(const auto& n, const auto&, const auto& scale) {
    // ψ(a + 1/2) - ψ(a), of large a by its asymptotic series.
    const auto a = 0.5 * n, large = a > 100.0, r = 1.0 / where(large, a, 1.0), s = r * r;
    const auto series = 0.5 * r + s * (1.0 / 8 + s * (-1.0 / 64 + s / 128.0));
    const auto difference = where(large, series, digamma(a + 0.5) - digamma(a));
    return (a + 0.5) * difference + 0.5 * log(n) + betaln(a, 0.5) + log(scale);
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
