#pragma once
// Densities and divergences of large concentrations, rates and counts, whose usual forms are differences of ln Γ that
// cancel. For .cpp files.
//
// With Stirling's formula ln Γ(a) = ½ ln(2π / a) + a ln a - a + δ(a) the large parts of a density become deviances
// D(m, y) = m ln(m / y) + y - m >= 0, which are computed of the difference y - m, and small rests δ.
// C. Loader, "Fast and accurate computation of binomial probabilities", 2000.

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/math.hpp"

#include <array>
#include <cmath>
#include <numbers>

namespace xtape::nn::detail {

inline const double kHalfLogTwoPi = 0.5 * std::log(2 * std::numbers::pi);

/// From where on Stirling's series are used.
inline constexpr double kLarge = 16;

/// a b as a sum of two numbers: the product as it is rounded, and what that loses, 0 where it leaves the range. Without
/// an instruction for it by T. Dekker's halves, 1971.
template <class T>
std::array<xsimd::batch<T>, 2> two_product(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  using Simd = xsimd::batch<T>;
  const Simd p = a * b;
#if defined(__FMA__)
  const Simd rest = kernels::detail::fma(a, b, Simd(-p));
#else
  const auto halves = [](const Simd& x) {
    const Simd c = x * Simd(T(sizeof(T) == 4 ? 4097 : 134217729)), high = c - (c - x);
    return std::array{high, Simd(x - high)};
  };
  const auto [a1, a2] = halves(a);
  const auto [b1, b2] = halves(b);
  const Simd rest = ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2;
#endif
  return {p, xsimd::select(rest == rest, rest, Simd(T(0)))};
}

/// y = a b - c, of which the product is not rounded.
struct ProductDifference : Operation<"product_difference", operand(1), operand(0), kNothing> {
  template <class S>
  static S eval(const S& a, const S& b, const S& c) {
    const auto [p, rest] = two_product(a.v, b.v);
    return S(typename S::Simd((p - c.v) + rest));
  }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b, const auto&) {
    return std::array{g * b, g * a, -g};
  }
};
inline constexpr auto product_difference = [](const auto& a, const auto& b, const auto& c) {
  return xtape::apply(ProductDifference{}, a, b, c);
};

/// y = b x - a (1 - x), of which neither the products nor 1 - x are rounded.
struct BetaDifference : Operation<"beta_difference", operand(1) | operand(2), operand(0), operand(0)> {
  template <class S>
  static S eval(const S& x, const S& a, const S& b) {
    using Simd = typename S::Simd;
    const auto [p, p_rest] = two_product(a.v, x.v);
    const auto [q, q_rest] = two_product(b.v, x.v);
    const Simd s = a.v - p, back = s - a.v, s_rest = (a.v - (s - back)) - (p + back);
    return S(Simd((q - s) + (q_rest - s_rest + p_rest)));
  }
  static auto vjp(const auto& g, const auto&, const auto& x, const auto& a, const auto& b) {
    return std::array{g * (a + b), g * (x - 1.0), g * x};
  }
};

/// δ(a), what Stirling's formula leaves of ln Γ(a): 1 / (12 a) - 1 / (360 a³) + ...
auto stirling_rest(const auto& a) {
  const auto large = a >= kLarge;
  const auto r = 1.0 / where(large, a, kLarge), s = r * r, b = where(large, kLarge, a);
  const auto later = -1.0 / 1680 + s * (1.0 / 1188 + s * (-691.0 / 360360));
  const auto series = r * (1.0 / 12 + s * (-1.0 / 360 + s * (1.0 / 1260 + s * later)));
  return where(large, series, gammaln(b) - (b - 0.5) * log(b) + b - kHalfLogTwoPi);
}

/// δ'(a) = ψ(a) - ln a + 1 / (2a).
auto stirling_slope(const auto& a) {
  const auto large = a >= kLarge;
  const auto r = 1.0 / where(large, a, kLarge), s = r * r, b = where(large, kLarge, a);
  const auto later = 1.0 / 240 + s * (-1.0 / 132 + s * (691.0 / 32760));
  const auto series = -s * (1.0 / 12 + s * (-1.0 / 120 + s * (1.0 / 252 - s * later)));
  return where(large, series, digamma(b) - log(b) + 0.5 / b);
}

/// D(m, y) for y = m + d, by the series of artanh(d / (m + y)); where they are not near each other it is `far`, which
/// the caller has as d - m ln(y / m).
auto deviance(const auto& m, const auto& y, const auto& d, const auto& far) {
  const auto total = m + y, near = abs(d) < 0.1 * total;
  const auto e = where(near, d, 0.0), w = e / where(near, total, 1.0), s = w * w;
  const auto later = 1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13 + s * (1.0 / 15 + s * (1.0 / 17))));
  const auto series = 1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * later));
  return where(near, e * w - 2.0 * where(near, m, 0.0) * w * s * series, far);
}
auto deviance(const auto& m, const auto& y, const auto& d) {
  return deviance(m, y, d, d - m * log(y / m));
}

/// y - ln(1 + y) with y = (b - a) / a, for a and b above 0.
auto relative_deviance(const auto& a, const auto& b) {
  return deviance(a, b, b - a) / a;
}

/// a ln y - y - ln Γ(a) for a >= kLarge and d = y - a.
auto log_gamma_kernel(const auto& a, const auto& y, const auto& d) {
  return 0.5 * log(a) - kHalfLogTwoPi - stirling_rest(a) - deviance(a, y, d);
}

/// The rests of ln [ Γ(n) / (Γ(a) Γ(b)) ] for n = a + b.
auto log_choices(const auto& a, const auto& b, const auto& n) {
  return stirling_rest(n) - stirling_rest(a) - stirling_rest(b) - kHalfLogTwoPi;
}

/// ln Γ(a + ½) - ln Γ(a) - ½ ln a for a > 100.
auto half_step_rest(const auto& a) {
  const auto r = 1.0 / a, s = r * r;
  return r * (-1.0 / 8 + s * (1.0 / 192 + s * (-1.0 / 640 + s * (17.0 / 14336))));
}

/// What ln Γ(b) - ln Γ(a) - ψ(a) (b - a) has beside the deviance D(b, a): of gamma, beta and Dirichlet distributions
/// the divergence in their concentrations.
auto divergence_rest(const auto& b, const auto& a) {
  return 0.5 * relative_deviance(a, b) + stirling_rest(b) - stirling_rest(a) - (b - a) * stirling_slope(a);
}

/// ln Γ(a) - (a - k) ψ(a) + a = (k - ½) ln a + ..., the part of a concentration in entropies.
auto entropy_part(const auto& a, const auto& k) {
  return (k - 0.5) * log(a) + kHalfLogTwoPi + 0.5 - 0.5 * k / a + stirling_rest(a) - (a - k) * stirling_slope(a);
}

}  // namespace xtape::nn::detail
