#pragma once
// Rounding, remainders, and what NaN and infinity are.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/elementary.hpp"
#include "autodiff/kernels/rounding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xtape {

namespace op {

struct Floor : Step<"floor"> {
  static auto eval(const auto& x) { return kernels::floor(x.v); }
};

struct Ceil : Step<"ceil"> {
  static auto eval(const auto& x) { return kernels::ceil(x.v); }
};

struct Trunc : Step<"trunc"> {
  static auto eval(const auto& x) { return kernels::trunc(x.v); }
};

struct Round : Step<"round"> {
  static auto eval(const auto& x) { return kernels::round(x.v); }
};

struct IsNan : Step<"isnan"> {
  static constexpr bool tests = true;
  static auto eval(const auto& x) { return as_numbers(xsimd::isnan(x.v)); }
};

struct IsInf : Step<"isinf"> {
  static constexpr bool tests = true;
  template <class S>
  static S eval(const S& x) {
    using T = typename S::value_type;
    return as_numbers(xsimd::abs(x.v) == typename S::Simd(std::numeric_limits<T>::infinity()));
  }
};

struct IsFinite : Step<"isfinite"> {
  static constexpr bool tests = true;
  template <class S>
  static S eval(const S& x) {
    using T = typename S::value_type;
    return as_numbers(xsimd::abs(x.v) < typename S::Simd(std::numeric_limits<T>::infinity()));
  }
};

/// y = |a| with the sign of b; da = g where a has that sign, else -g, 0 at 0. The sign has no derivative.
struct Copysign : Operation<"copysign", kInput, kNothing> {
  static auto eval(const auto& a, const auto& b) { return kernels::copysign(a.v, b.v); }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    return {g * (sign(a) * copysign(1.0, b)), S(typename S::value_type(0))};
  }
};

/// y = a - n b with n = ⌊a / b⌋; da = g, db = -n g.
struct Mod : Operation<"mod", kNothing, kInput | kOutput> {
  static constexpr bool passes_gradient[] = {true, false};
  static auto eval(const auto& a, const auto& b) { return kernels::floored(kernels::fmod(a.v, b.v), b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) {
    return std::array{g, -(g * round(a / b - y / b))};
  }
};

/// y = a - n b with n = a / b cut off; da = g, db = -n g.
struct Fmod : Operation<"fmod", kNothing, kInput | kOutput> {
  static constexpr bool passes_gradient[] = {true, false};
  static auto eval(const auto& a, const auto& b) { return kernels::fmod(a.v, b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) { return Mod::vjp(g, y, a, b); }
};

/// y = the larger of a and b, or the one that is not NaN; the gradient goes to it, half to each where they are equal.
struct Fmax : Operation<"fmax", kInput> {
  static constexpr bool selects = true;
  static auto eval(const auto& a, const auto& b) {
    const auto y = kernels::maximum(a.v, b.v);
    return xsimd::select(xsimd::isnan(a.v), b.v, xsimd::select(xsimd::isnan(b.v), a.v, y));
  }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    const auto tie = where(a == b, 0.5 * g, 0.0);
    return std::array{where(where(b == b, a > b, a == a), g, tie), where(where(a == a, b > a, b == b), g, tie)};
  }
};

/// y = the smaller of a and b, or the one that is not NaN; the gradient as for fmax.
struct Fmin : Operation<"fmin", kInput> {
  static constexpr bool selects = true;
  static auto eval(const auto& a, const auto& b) {
    return kernels::negated(Fmax::eval(decltype(a)(kernels::negated(a.v)), decltype(b)(kernels::negated(b.v))));
  }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) { return Fmax::vjp(g, y, -a, -b); }
};

/// y = x, or what stands for NaN, infinity and -infinity; dx = g where x is finite, else 0.
struct NanToNum : Operation<"nan_to_num", kInput> {
  static constexpr bool selects = true;
  double nan, posinf, neginf;
  template <class S>
  S eval(const S& x) const {
    using T = typename S::value_type;
    constexpr double kMost = std::numeric_limits<T>::max();
    const auto number = [&](double value) {
      return typename S::Simd(std::isfinite(value) ? T(std::clamp(value, -kMost, kMost)) : T(value));
    };
    const typename S::Simd infinity(std::numeric_limits<T>::infinity());
    const auto positive = xsimd::select(x.v == infinity, number(posinf), x.v);
    return xsimd::select(xsimd::isnan(x.v), number(nan),
                         xsimd::select(x.v == kernels::negated(infinity), number(neginf), positive));
  }
  auto vjp(const auto& g, const auto&, const auto& x) const { return std::array{where(isfinite(x), g, 0.0)}; }
};

}  // namespace op

// These have the derivative 0 wherever they have one, as comparisons.

/// The largest integer that is not above x.
auto floor(const Number auto& x) {
  return xtape::apply(op::Floor{}, x);
}
/// The smallest integer that is not below x.
auto ceil(const Number auto& x) {
  return xtape::apply(op::Ceil{}, x);
}
/// The integer between 0 and x that is next to x.
auto trunc(const Number auto& x) {
  return xtape::apply(op::Trunc{}, x);
}
/// x rounded to so many decimals, which may be negative; of two that are equally near the even one, as NumPy's.
template <Number X>
auto round(const X& x, int decimals = 0) {
  using N = common_number<X>;
  if (decimals == 0) return N(xtape::apply(op::Round{}, x));
  const double scale = std::pow(10.0, std::abs(decimals));
  return decimals > 0 ? N(xtape::apply(op::Round{}, x * scale) / scale)
                      : N(xtape::apply(op::Round{}, x / scale) * scale);
}
/// 1 where x is NaN, else 0.
auto isnan(const Number auto& x) {
  return xtape::apply(op::IsNan{}, x);
}
/// 1 where x is infinite, else 0.
auto isinf(const Number auto& x) {
  return xtape::apply(op::IsInf{}, x);
}
/// 1 where x is neither infinite nor NaN, else 0.
auto isfinite(const Number auto& x) {
  return xtape::apply(op::IsFinite{}, x);
}
/// 0 where x < 0, 1 where x > 0, `at_zero` at 0; NaN for NaN. The derivative with respect to `at_zero` is 1 there.
template <class X, class H>
  requires ArrayOperands<X, H>
auto heaviside(const X& x, const H& at_zero) {
  using N = common_number<X, H>;
  const N step = as_number<N>(x), value = as_number<N>(at_zero);
  detail::check_broadcast("heaviside", step, value);
  return where(step == 0.0, value, 0.5 * (sign(step) + 1.0));
}

/// |a| with the sign of b, of zeros too; the derivative with respect to a is 0 at 0, that with respect to b is 0.
template <class A, class B>
  requires ArrayOperands<A, B>
auto copysign(const A& a, const B& b) {
  return xtape::apply(op::Copysign{}, a, b);
}
/// a - ⌊a / b⌋ b, exact: the remainder with the sign of b, as Python's % and NumPy's mod; NaN for b = 0. The derivative
/// with respect to b is -⌊a / b⌋; where the remainder jumps, derivatives are those of the piece that it belongs to.
template <class A, class B>
  requires ArrayOperands<A, B>
auto mod(const A& a, const B& b) {
  return xtape::apply(op::Mod{}, a, b);
}
/// a - n b, exact, for the integer n that a / b is cut off to: the remainder with the sign of a, as C's fmod. The
/// derivative with respect to b is -n.
template <class A, class B>
  requires Operands<A, B>
auto fmod(A&& a, B&& b) {
  return xtape::apply(op::Fmod{}, a, b);
}
/// The element-wise larger (smaller) one; where one is NaN the other one, which then gets the gradient. Equal ones get
/// half of it each.
template <class A, class B>
  requires Operands<A, B>
auto fmax(A&& a, B&& b) {
  return xtape::apply(op::Fmax{}, a, b);
}
template <class A, class B>
  requires Operands<A, B>
auto fmin(A&& a, B&& b) {
  return xtape::apply(op::Fmin{}, a, b);
}
/// x with `nan` for NaN, and for infinities `posinf` and `neginf`, unless said the largest and the smallest finite
/// number of x's precision. The derivative is 1 where x is finite, else 0.
auto nan_to_num(const Number auto& x, double nan = 0, double posinf = std::numeric_limits<double>::max(),
                double neginf = std::numeric_limits<double>::lowest()) {
  return xtape::apply(op::NanToNum{{}, nan, posinf, neginf}, x);
}

}  // namespace xtape
