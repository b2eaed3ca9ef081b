#pragma once
// Sine and cosine, of radians.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/trigonometric.hpp"

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

}  // namespace op

/// The sine of x in radians.
auto sin(const Number auto& x) {
  return xtape::apply(op::Sin{}, x);
}
/// The cosine of x in radians.
auto cos(const Number auto& x) {
  return xtape::apply(op::Cos{}, x);
}

}  // namespace xtape
