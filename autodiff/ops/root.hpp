#pragma once
// Roots, reciprocals and lengths.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/elementary.hpp"

namespace xtape {

namespace op {

/// y = ∛x; dx = g / (3 y²), infinite at 0.
struct Cbrt : Operation<"cbrt", kOutput> {
  static auto eval(const auto& x) { return kernels::cbrt(x.v); }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g / (3.0 * (y * y))}; }
};

/// y = 1 / √x; dx = -½ g y³.
struct Rsqrt : Operation<"rsqrt", kOutput> {
  template <class S>
  static S eval(const S& x) {
    return typename S::Simd(typename S::value_type(1)) / xsimd::sqrt(x.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g * (-0.5 * y * (y * y))}; }
};

/// y = a / √(a² + b²), 0 at the origin, without the rounding of a length that is denormal; with v = b / √(a² + b²)
/// da = g v² / √(a² + b²), db = -g y v / √(a² + b²).
struct HypotSlope : Operation<"hypot_slope", kInput | kOutput> {
  static auto eval(const auto& a, const auto& b) { return kernels::hypot_slope(a.v, b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) {
    const auto length = hypot(a, b);
    const auto v = apply(HypotSlope{}, b, a), slope = g * v / where(length == 0.0, 1.0, length);
    return std::array{slope * v, -(slope * y)};
  }
};

/// y = √(a² + b²); da = g a / y, db = g b / y, both 0 at the origin.
struct Hypot : Operation<"hypot", kInput> {
  static auto eval(const auto& a, const auto& b) { return kernels::hypot(a.v, b.v); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g * apply(HypotSlope{}, a, b), g * apply(HypotSlope{}, b, a)};
  }
};

}  // namespace op

/// The cube root, of negative x too; the derivative at 0 is infinite.
auto cbrt(const Number auto& x) {
  return xtape::apply(op::Cbrt{}, x);
}
/// 1 / √x; infinite at 0, NaN below.
auto rsqrt(const ArrayOperand auto& x) {
  return xtape::apply(op::Rsqrt{}, x);
}
/// 1 / x.
auto reciprocal(const ArrayOperand auto& x) {
  return divide(1.0, x);
}
/// √(a² + b²), without overflow or underflow; infinite where a or b is, even beside NaN, as C's hypot. The derivatives
/// at the origin are 0.
template <class A, class B>
  requires Operands<A, B>
auto hypot(A&& a, B&& b) {
  return xtape::apply(op::Hypot{}, a, b);
}

}  // namespace xtape
