#pragma once
// Trigonometric functions, of radians, and their inverses.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/elementary.hpp"
#include "autodiff/kernels/trigonometric.hpp"

#include <numbers>

namespace xtape {

namespace op {

/// y = sin x; dx = g cos x.
struct Sin : Operation<"sin", kInput> {
  static auto eval(const auto& x) { return kernels::sin(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * cos(x)}; }
};

/// y = cos x; dx = -g sin x.
struct Cos : Operation<"cos", kInput> {
  static auto eval(const auto& x) { return kernels::cos(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{-(g * sin(x))}; }
};

/// y = tan x; dx = g (1 + y²).
struct Tan : Operation<"tan", kOutput> {
  static auto eval(const auto& x) { return kernels::tan(x.v); }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g * (1.0 + y * y)}; }
};

/// y = arcsin x; dx = g / √(1 - x²), infinite at -1 and 1.
struct Arcsin : Operation<"arcsin", kInput> {
  static auto eval(const auto& x) { return kernels::arcsin(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / sqrt((1.0 - x) * (1.0 + x))}; }
};

/// y = arccos x; dx = -g / √(1 - x²), infinite at -1 and 1.
struct Arccos : Operation<"arccos", kInput> {
  static auto eval(const auto& x) { return kernels::arccos(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{-(g / sqrt((1.0 - x) * (1.0 + x)))}; }
};

/// y = arctan x; dx = g / (1 + x²), by way of the root of the sum, which does not overflow.
struct Arctan : Operation<"arctan", kInput> {
  static auto eval(const auto& x) { return kernels::arctan(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    const auto length = hypot(1.0, x);
    return std::array{g / length / length};
  }
};

/// y = a / (a² + b²), NaN at the origin; with v = b / (a² + b²) da = g (v² - y²), db = -2 g y v.
struct Arctan2Slope : Operation<"arctan2_slope", kInput | kOutput> {
  static auto eval(const auto& a, const auto& b) { return kernels::arctan2_slope(a.v, b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) {
    const auto v = apply(Arctan2Slope{}, b, a);
    return std::array{g * ((v - y) * (v + y)), -2.0 * (g * y * v)};
  }
};

/// y = the angle of the point (b, a); da = g b / (a² + b²), db = -g a / (a² + b²), NaN at the origin.
struct Arctan2 : Operation<"arctan2", kInput> {
  static auto eval(const auto& a, const auto& b) { return kernels::arctan2(a.v, b.v); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g * apply(Arctan2Slope{}, b, a), -(g * apply(Arctan2Slope{}, a, b))};
  }
};

/// y = sinc'(x) = (cos π x - sinc x) / x, 0 at 0; dx = -g (π² sinc x + 2 y / x), which near 0 is a series.
struct SincSlope : Operation<"sinc_slope", kInput | kOutput> {
  static auto eval(const auto& x) { return kernels::sinc_slope(x.v); }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const S& x) {
    constexpr double kPi2 = std::numbers::pi * std::numbers::pi;
    const S square = kPi2 * (x * x), near = abs(x) < 0.2;
    // π² Σ (-1)ⁿ (π x)²ⁿ⁻² / ((2 n + 1) (2 n - 2)!)
    const S series =
        -1.0 / 3 +
        square * (1.0 / 10 +
                  square * (-1.0 / 168 +
                            square * (1.0 / 6480 + square * (-1.0 / 443520 +
                                                             square * (1.0 / 47174400 +
                                                                       square * (-1.0 / 7185024000 +
                                                                                 square * (1.0 / 1482030950400.0)))))));
    const S far = -(kPi2 * sinc(x) + 2.0 * (y / where(near, 1.0, x)));
    return {g * where(near, kPi2 * series, far)};
  }
};

/// y = sin(π x) / (π x), 1 at 0; dx = g sinc'(x).
struct Sinc : Operation<"sinc", kInput> {
  static auto eval(const auto& x) { return kernels::sinc(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * apply(SincSlope{}, x)}; }
};

}  // namespace op

/// The sine of x in radians.
auto sin(const Number auto& x) {
  return xtape::apply(op::Sin{}, x);
}
/// The cosine of x in radians.
auto cos(const Number auto& x) {
  return xtape::apply(op::Cos{}, x);
}
/// The tangent of x in radians.
auto tan(const Number auto& x) {
  return xtape::apply(op::Tan{}, x);
}
/// The angle in [-½ π, ½ π] whose sine is x, NaN outside of [-1, 1]; the derivative is infinite at both ends.
auto arcsin(const ArrayOperand auto& x) {
  return xtape::apply(op::Arcsin{}, x);
}
/// The angle in [0, π] whose cosine is x, NaN outside of [-1, 1]; the derivative is infinite at both ends.
auto arccos(const ArrayOperand auto& x) {
  return xtape::apply(op::Arccos{}, x);
}
/// The angle in [-½ π, ½ π] whose tangent is x.
auto arctan(const ArrayOperand auto& x) {
  return xtape::apply(op::Arctan{}, x);
}
/// The angle in [-π, π] of the point (x, y), by the signs of both, of zeros too, as C's atan2. The derivatives at the
/// origin are NaN.
template <class Y, class X>
  requires ArrayOperands<Y, X>
auto arctan2(const Y& y, const X& x) {
  return xtape::apply(op::Arctan2{}, y, x);
}
/// sin(π x) / (π x), 1 at 0: NumPy's sinc, exactly 0 at all other integers.
auto sinc(const ArrayOperand auto& x) {
  return xtape::apply(op::Sinc{}, x);
}
/// x degrees in radians: x π / 180.
auto deg2rad(const Number auto& x) {
  return x * (std::numbers::pi / 180);
}
/// x radians in degrees: x 180 / π.
auto rad2deg(const Number auto& x) {
  return x * (180 / std::numbers::pi);
}

}  // namespace xtape
