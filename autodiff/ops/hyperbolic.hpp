#pragma once
// Hyperbolic functions and their inverses; tanh is in activation.hpp.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/elementary.hpp"

namespace xtape {

namespace op {

/// y = sinh x; dx = g cosh x.
struct Sinh : Operation<"sinh", kInput> {
  static auto eval(const auto& x) { return kernels::sinh(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * cosh(x)}; }
};

/// y = cosh x; dx = g sinh x.
struct Cosh : Operation<"cosh", kInput> {
  static auto eval(const auto& x) { return kernels::cosh(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * sinh(x)}; }
};

/// y = arcsinh x; dx = g / √(1 + x²).
struct Arcsinh : Operation<"arcsinh", kInput> {
  static auto eval(const auto& x) { return kernels::arcsinh(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / hypot(1.0, x)}; }
};

/// y = arccosh x; dx = g / (√(x - 1) √(x + 1)), infinite at 1.
struct Arccosh : Operation<"arccosh", kInput> {
  static auto eval(const auto& x) { return kernels::arccosh(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / (sqrt(x - 1.0) * sqrt(x + 1.0))}; }
};

/// y = arctanh x; dx = g / ((1 - x) (1 + x)), infinite at -1 and 1.
struct Arctanh : Operation<"arctanh", kInput> {
  static auto eval(const auto& x) { return kernels::arctanh(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / (1.0 - x) / (1.0 + x)}; }
};

}  // namespace op

/// ½ (eˣ - e⁻ˣ), without cancellation near 0.
auto sinh(const Number auto& x) {
  return xtape::apply(op::Sinh{}, x);
}
/// ½ (eˣ + e⁻ˣ).
auto cosh(const Number auto& x) {
  return xtape::apply(op::Cosh{}, x);
}
/// The number whose sinh is x: ln(x + √(x² + 1)), without cancellation or overflow.
auto arcsinh(const ArrayOperand auto& x) {
  return xtape::apply(op::Arcsinh{}, x);
}
/// The number whose cosh is x: ln(x + √(x² - 1)), NaN below 1; the derivative at 1 is infinite.
auto arccosh(const ArrayOperand auto& x) {
  return xtape::apply(op::Arccosh{}, x);
}
/// The number whose tanh is x: ½ ln((1 + x) / (1 - x)), infinite at -1 and 1, and so is its derivative; NaN outside.
auto arctanh(const ArrayOperand auto& x) {
  return xtape::apply(op::Arctanh{}, x);
}

}  // namespace xtape
