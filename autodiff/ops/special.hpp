#pragma once
// Special functions: the error function and the normal distribution, the gamma and beta functions and the incomplete
// ones, Bessel functions, zeta, Lambert's W. docs/functions.md says how accurate they are. All are differentiable to
// any order in every argument that they are smooth in, but for zeta, of which s has derivatives to the fourth.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/special.hpp"
#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/ops/comparison.hpp"
#include "autodiff/ops/exponential.hpp"

#include <cmath>
#include <numbers>

namespace xtape {

namespace detail {

// The kernels of a number's precision, and a parameter of an op as such a number.
template <class S>
using LanesOf = kernels::Lanes<typename S::value_type>;
template <class S>
typename S::Simd order_of(const S&, int n) {
  return typename S::Simd(typename S::value_type(n));
}
void check_order(const char* operation, int n, int least, int most);

inline constexpr double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi, kRootTwoOverPi = 0.79788456080286535588,
                        kRootTwoPi = 2.5066282746310005024, kHalfRootPi = 0.88622692545275801365;

}  // namespace detail

namespace op {

/// y = e^(-c x²) for c = 1 or ½; dx = -2 c g x y.
struct Gaussian : Operation<"gaussian", kInput | kOutput> {
  double c = 0.5;
  auto eval(const auto& x) const { return kernels::gaussian(x.v, c); }
  auto vjp(const auto& g, const auto& y, const auto& x) const { return std::array{-2.0 * c * (g * x * y)}; }
};

/// y = erf x; dx = 2 / √π g e^(-x²).
struct Erf : Operation<"erf", kInput> {
  static auto eval(const auto& x) { return kernels::erf(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    return std::array{detail::kTwoOverRootPi * g * apply(Gaussian{{}, 1.0}, x)};
  }
};

/// y = erfc x = 1 - erf x; dx = -2 / √π g e^(-x²).
struct Erfc : Operation<"erfc", kInput> {
  static auto eval(const auto& x) { return kernels::erfc(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    return std::array{-detail::kTwoOverRootPi * g * apply(Gaussian{{}, 1.0}, x)};
  }
};

/// y = e^(x²) iⁿerfc(x), of the n-th repeated integral of erfc; dx = -2 (n + 1) g e^(x²) iⁿ⁺¹erfc(x).
struct Erfcx : Operation<"erfcx", kInput> {
  int n = 0;
  template <class S>
  S eval(const S& x) const {
    return n == 0 ? kernels::erfcx(x.v) : detail::LanesOf<S>::repeated_erfcx(detail::order_of(x, n), x.v);
  }
  auto vjp(const auto& g, const auto&, const auto& x) const {
    return std::array{-2.0 * (n + 1) * g * apply(Erfcx{{}, n + 1}, x)};
  }
};

/// y = Φ(x), the normal distribution function; dx = g e^(-x²/2) / √(2π).
struct Ndtr : Operation<"ndtr", kInput> {
  static auto eval(const auto& x) { return kernels::ndtr(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    return std::array{g * apply(Gaussian{}, x) / detail::kRootTwoPi};
  }
};

/// y = ln Φ(x); dx = g √(2/π) / (e^(x²/2) erfc(-x/√2)), which above 0 is g e^(-x²/2) / (√(2π) Φ(x)).
struct LogNdtr : Operation<"log_ndtr", kInput> {
  static auto eval(const auto& x) { return kernels::log_ndtr(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    const auto above = x > 0.0;
    const auto e = apply(Erfcx{}, where(above, x, -x) * (0.5 * std::numbers::sqrt2));
    const auto falling = apply(Gaussian{}, x), left = detail::kRootTwoOverPi / e;
    const auto right = falling / (detail::kRootTwoPi * (1.0 - 0.5 * e * falling));
    return std::array{g * where(above, right, where(x < -1e10, -x, left))};  // at the end erfcx is denormal
  }
};

/// y = Φ⁻¹(p); dp = √(2π) g e^(y²/2).
struct Ndtri : Operation<"ndtri", kOutput> {
  template <class S>
  static S eval(const S& p) {
    return detail::LanesOf<S>::ndtri(p.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto&) {
    return std::array{detail::kRootTwoPi * g * exp(0.5 * square(y))};
  }
};

/// y = erf⁻¹(x); dx = √π / 2 g e^(y²).
struct Erfinv : Operation<"erfinv", kOutput> {
  template <class S>
  static S eval(const S& x) {
    return detail::LanesOf<S>::erfinv(x.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto&) {
    return std::array{detail::kHalfRootPi * g * exp(square(y))};
  }
};

/// y = ψ⁽ⁿ⁾(x), the n-th derivative of the digamma function; dx = g ψ⁽ⁿ⁺¹⁾(x).
struct Polygamma : Operation<"polygamma", kInput> {
  int n = 1;
  template <class S>
  S eval(const S& x) const {
    return detail::LanesOf<S>::polygamma(detail::order_of(x, n), x.v);
  }
  auto vjp(const auto& g, const auto&, const auto& x) const { return std::array{g * apply(Polygamma{{}, n + 1}, x)}; }
};

/// y = ψ(x) = Γ'(x) / Γ(x); dx = g ψ'(x).
struct Digamma : Operation<"digamma", kInput> {
  static auto eval(const auto& x) { return kernels::digamma(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * apply(Polygamma{}, x)}; }
};

/// y = ln |Γ(x)|; dx = g ψ(x).
struct Gammaln : Operation<"gammaln", kInput> {
  static auto eval(const auto& x) { return kernels::gammaln(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * apply(Digamma{}, x)}; }
};

/// y = ln |B(a, b)|; da = g (ψ(a) - ψ(a + b)), db = g (ψ(b) - ψ(a + b)).
struct Betaln : Operation<"betaln", kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return detail::LanesOf<S>::betaln(a.v, b.v);
  }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    const auto both = apply(Digamma{}, a + b);
    return std::array{g * (apply(Digamma{}, a) - both), g * (apply(Digamma{}, b) - both)};
  }
};

/// y = B(a, b) = Γ(a) Γ(b) / Γ(a + b); da = g y (ψ(a) - ψ(a + b)), db = g y (ψ(b) - ψ(a + b)).
struct Beta : Operation<"beta", kInput | kOutput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return detail::LanesOf<S>::beta(a.v, b.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) { return Betaln::vjp(g * y, y, a, b); }
};

/// y = ∂ⁿ/∂aⁿ of P(a, x), the regularized lower incomplete gamma function, or of its density x^(a - 1) e⁻ˣ / Γ(a): the
/// derivatives of one another. Those of P are integrals (kernels/incomplete.cpp).
struct Gammainc : Operation<"gammainc", kInput> {
  static constexpr std::size_t work = 50;
  int n = 0;
  bool density = false;
  template <class S>
  S eval(const S& a, const S& x) const {
    using Kernel = detail::LanesOf<S>;
    const auto order = detail::order_of(x, n);
    if (density) return Kernel::gamma_density(order, a.v, x.v);
    return n == 0 ? Kernel::gammainc(a.v, x.v) : Kernel::gammainc_slope(order, a.v, x.v);
  }
  template <class S>
  std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& x) const {
    const S along_a = apply(Gammainc{{}, n + 1, density}, a, x), itself = apply(Gammainc{{}, n, true}, a, x);
    if (!density) return {g * along_a, g * itself};
    const S slope = itself * ((a - 1.0) / x - 1.0);
    return {g * along_a, g * (n == 0 ? slope : S(slope + double(n) * apply(Gammainc{{}, n - 1, true}, a, x) / x))};
  }
};

/// y = Q(a, x) = 1 - P(a, x); da = -g ∂P/∂a, dx = -g x^(a - 1) e⁻ˣ / Γ(a).
struct Gammaincc : Operation<"gammaincc", kInput> {
  static constexpr std::size_t work = 50;
  template <class S>
  static S eval(const S& a, const S& x) {
    return detail::LanesOf<S>::gammaincc(a.v, x.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& x) { return Gammainc{}.vjp(-g, y, a, x); }
};

/// y = ∂ᵐ/∂aᵐ ∂ⁿ/∂bⁿ of I(a, b, x), the regularized incomplete beta function, or of its density x^(a - 1)
/// (1 - x)^(b - 1) / B(a, b): the derivatives of one another. Those of I are integrals (kernels/incomplete.cpp).
struct Betainc : Operation<"betainc", kInput> {
  static constexpr bool apart = true;
  static constexpr std::size_t work = 100;
  int m = 0, n = 0;
  bool density = false;
  template <class S>
  S eval(const S& a, const S& b, const S& x) const {
    using Kernel = detail::LanesOf<S>;
    const auto first = detail::order_of(x, m), second = detail::order_of(x, n);
    if (density) return Kernel::beta_density(first, second, a.v, b.v, x.v);
    return m + n == 0 ? Kernel::betainc(a.v, b.v, x.v) : Kernel::betainc_slope(first, second, a.v, b.v, x.v);
  }
  template <class S>
  std::array<S, 3> vjp(const S& g, const auto&, const S& a, const S& b, const S& x) const {
    const auto of = [&](int i, int j, bool along) { return S(apply(Betainc{{}, i, j, along}, a, b, x)); };
    S slope = of(m, n, true);
    if (density) {
      slope = slope * ((a - 1.0) / x - (b - 1.0) / (1.0 - x));
      if (m > 0) slope = slope + double(m) * of(m - 1, n, true) / x;
      if (n > 0) slope = slope - double(n) * of(m, n - 1, true) / (1.0 - x);
    }
    return {g * of(m + 1, n, density), g * of(m, n + 1, density), g * slope};
  }
};

/// y = ∂ⁿ/∂sⁿ of ζ(s, q) = Σ (q + k)⁻ˢ over k >= 0; ds = g times the next one, dq = -g (s ζ⁽ⁿ⁾(s + 1, q) +
/// n ζ⁽ⁿ⁻¹⁾(s + 1, q)).
struct Zeta : Operation<"zeta", kInput> {
  int n = 0;
  template <class S>
  S eval(const S& s, const S& q) const {
    return detail::LanesOf<S>::zeta(detail::order_of(s, n), s.v, q.v);
  }
  template <class S>
  std::array<S, 2> vjp(const S& g, const auto&, const S& s, const S& q) const {
    const S next = s * apply(Zeta{{}, n}, s + 1.0, q);
    const S slope = n == 0 ? next : S(next + double(n) * apply(Zeta{{}, n - 1}, s + 1.0, q));
    return {g * apply(Zeta{{}, n + 1}, s, q), -(g * slope)};
  }
};

/// y = Iₙ(x), the modified Bessel function; dx = g (Iₙ₋₁(x) + Iₙ₊₁(x)) / 2.
struct BesselI : Operation<"bessel_i", kInput> {
  int n = 0;
  template <class S>
  S eval(const S& x) const {
    return detail::LanesOf<S>::bessel_i(detail::order_of(x, n), x.v);
  }
  auto vjp(const auto& g, const auto&, const auto& x) const {
    const auto next = apply(BesselI{{}, n + 1}, x);
    if (n == 0) return std::array{g * next};
    return std::array{0.5 * (g * (apply(BesselI{{}, n - 1}, x) + next))};
  }
};

/// y = the k-th derivative of e^-|x| Iₙ(x), at 0 the mean of both sides'; dx = g times the next one.
struct BesselIe : Operation<"bessel_ie", kInput> {
  int n = 0, k = 0;
  template <class S>
  S eval(const S& x) const {
    return detail::LanesOf<S>::bessel_ie(detail::order_of(x, n), detail::order_of(x, k), x.v);
  }
  auto vjp(const auto& g, const auto&, const auto& x) const { return std::array{g * apply(BesselIe{{}, n, k + 1}, x)}; }
};

/// y = W(x), the principal solution of y eʸ = x; dx = g e⁻ʸ / (1 + y), infinite at -1/e.
struct Lambertw : Operation<"lambertw", kOutput> {
  template <class S>
  static S eval(const S& x) {
    return detail::LanesOf<S>::lambertw(x.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g * exp(-y) / (1.0 + y)}; }
};

}  // namespace op

// ---- The error function and the normal distribution ----

/// erf(x) = 2 / √π ∫₀ˣ e^(-t²) dt.
auto erf(const Number auto& x) {
  return xtape::apply(op::Erf{}, x);
}
/// erfc(x) = 1 - erf(x), accurate in its tail.
auto erfc(const Number auto& x) {
  return xtape::apply(op::Erfc{}, x);
}
/// e^(x²) erfc(x): about 1 / (√π x) for large x.
auto erfcx(const ArrayOperand auto& x) {
  return xtape::apply(op::Erfcx{}, x);
}
/// The y with erf(y) = x; infinite at ±1, NaN beyond.
auto erfinv(const ArrayOperand auto& x) {
  return xtape::apply(op::Erfinv{}, x);
}
/// Φ(x), the standard normal distribution function.
auto ndtr(const ArrayOperand auto& x) {
  return xtape::apply(op::Ndtr{}, x);
}
/// ln Φ(x), accurate in both tails; its slope is that of a probit likelihood.
auto log_ndtr(const ArrayOperand auto& x) {
  return xtape::apply(op::LogNdtr{}, x);
}
/// The y with Φ(y) = p, the quantile; infinite at 0 and 1, NaN beyond.
auto ndtri(const ArrayOperand auto& p) {
  return xtape::apply(op::Ndtri{}, p);
}
/// The y with erfc(y) = x; infinite at 0 and 2, NaN beyond.
auto erfcinv(const ArrayOperand auto& x) {
  return ndtri(0.5 * as_own_number(x)) * (-0.5 * std::numbers::sqrt2);
}

// ---- The gamma function ----

/// ln |Γ(x)|; infinite at 0, -1, -2, ...
auto gammaln(const ArrayOperand auto& x) {
  return xtape::apply(op::Gammaln{}, x);
}
/// ψ(x) = d ln Γ(x) / dx; -infinity at 0, +infinity at -0, NaN at -1, -2, ...
auto digamma(const ArrayOperand auto& x) {
  return xtape::apply(op::Digamma{}, x);
}
/// ψ⁽ⁿ⁾(x), the n-th derivative of digamma. Throws Error unless 0 <= n <= 100.
auto polygamma(int n, const ArrayOperand auto& x) {
  detail::check_order("polygamma", n, 0, 100);
  using N = common_number<std::remove_cvref_t<decltype(x)>>;
  return n == 0 ? N(xtape::apply(op::Digamma{}, x)) : N(xtape::apply(op::Polygamma{{}, n}, x));
}
/// ln Γ_d(a) = d (d - 1) / 4 ln π + Σ ln Γ(a - j / 2) over j < d, the multivariate gamma function, for a > (d - 1) / 2;
/// NaN elsewhere. Throws Error unless 1 <= d <= 10,000.
auto multigammaln(const ArrayOperand auto& a, int d) {
  detail::check_order("multigammaln", d, 1, 10000);
  using N = common_number<std::remove_cvref_t<decltype(a)>>;
  const auto inside = [d](const N& x) {
    return N(where(x > 0.5 * (d - 1), x, std::numeric_limits<double>::quiet_NaN()));
  };
  const N x = inside(as_number<N>(a));
  N sum = gammaln(x);
  for (int j = 1; j < d; ++j) sum = sum + gammaln(x - 0.5 * j);
  return N(sum + 0.25 * d * (d - 1) * std::log(std::numbers::pi));
}
/// ln |B(a, b)|.
template <class A, class B>
  requires ArrayOperands<A, B>
auto betaln(const A& a, const B& b) {
  return xtape::apply(op::Betaln{}, a, b);
}
/// B(a, b) = Γ(a) Γ(b) / Γ(a + b).
template <class A, class B>
  requires ArrayOperands<A, B>
auto beta(const A& a, const B& b) {
  return xtape::apply(op::Beta{}, a, b);
}
/// P(a, x) = 1 / Γ(a) ∫₀ˣ t^(a - 1) e⁻ᵗ dt, the distribution function of Gamma(a, 1), for a, x >= 0; NaN elsewhere.
/// Differentiable in both: of a draw x of that distribution dx/da = -(∂P/∂a) / (∂P/∂x).
template <class A, class X>
  requires ArrayOperands<A, X>
auto gammainc(const A& a, const X& x) {
  return xtape::apply(op::Gammainc{}, a, x);
}
/// Q(a, x) = 1 - P(a, x), accurate in its tail.
template <class A, class X>
  requires ArrayOperands<A, X>
auto gammaincc(const A& a, const X& x) {
  return xtape::apply(op::Gammaincc{}, a, x);
}
/// I(a, b, x) = 1 / B(a, b) ∫₀ˣ t^(a - 1) (1 - t)^(b - 1) dt, the distribution function of Beta(a, b), for a, b >= 0
/// and 0 <= x <= 1; NaN elsewhere. Differentiable in all three.
template <class A, class B, class X>
  requires ArrayOperands<A, B, X>
auto betainc(const A& a, const B& b, const X& x) {
  return xtape::apply(op::Betainc{}, a, b, x);
}

// ---- Others ----

/// ζ(s, q) = Σ (q + k)⁻ˢ over k >= 0, Hurwitz's, for s > 1 and q > 0, or any q where s is whole; infinite at s = 1 and
/// at q = 0, -1, ..., else NaN. In s differentiable four times, NaN beyond.
template <class S, class Q>
  requires ArrayOperands<S, Q>
auto zeta(const S& s, const Q& q) {
  return xtape::apply(op::Zeta{}, s, q);
}
/// ζ(s) = ζ(s, 1), Riemann's, for s > 1.
auto zeta(const ArrayOperand auto& s) {
  return xtape::apply(op::Zeta{}, s, 1.0);
}
/// I₀(x), the modified Bessel function of the first kind.
auto i0(const ArrayOperand auto& x) {
  return xtape::apply(op::BesselI{{}, 0}, x);
}
/// I₁(x).
auto i1(const ArrayOperand auto& x) {
  return xtape::apply(op::BesselI{{}, 1}, x);
}
/// e^-|x| I₀(x); its kink at 0 has the derivative 0.
auto i0e(const ArrayOperand auto& x) {
  return xtape::apply(op::BesselIe{{}, 0, 0}, x);
}
/// e^-|x| I₁(x).
auto i1e(const ArrayOperand auto& x) {
  return xtape::apply(op::BesselIe{{}, 1, 0}, x);
}
/// W(x), the principal branch of Lambert's function: W e^W = x, for x >= -1/e; NaN below.
auto lambertw(const ArrayOperand auto& x) {
  return xtape::apply(op::Lambertw{}, x);
}

}  // namespace xtape
