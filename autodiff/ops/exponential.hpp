#pragma once
// Exponentials and logarithms.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/math.hpp"

namespace xtape {

namespace op {

/// y = eˣ; dx = g y.
struct Exp : Operation<"exp", kOutput> {
  static auto eval(const auto& x) { return kernels::exp(x.v); }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g * y}; }
};

/// y = eˣ - 1, exact near 0; dx = g eˣ, of which y + 1 would keep no digit far below 0.
struct Expm1 : Operation<"expm1", kInput> {
  static auto eval(const auto& x) { return kernels::expm1(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * exp(x)}; }
};

/// y = ln x; dx = g / x.
struct Log : Operation<"log", kInput> {
  static auto eval(const auto& x) { return kernels::log(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / x}; }
};

/// y = ln(1 + x), exact near 0; dx = g / (1 + x).
struct Log1p : Operation<"log1p", kInput> {
  static auto eval(const auto& x) { return kernels::log1p(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / (1.0 + x)}; }
};

}  // namespace op

/// eˣ.
auto exp(const Number auto& x) {
  return xtape::apply(op::Exp{}, x);
}
/// eˣ - 1, without cancellation near 0.
auto expm1(const Number auto& x) {
  return xtape::apply(op::Expm1{}, x);
}
/// The natural logarithm; -infinity at 0, NaN below.
auto log(const Number auto& x) {
  return xtape::apply(op::Log{}, x);
}
/// ln(1 + x), without cancellation near 0.
auto log1p(const Number auto& x) {
  return xtape::apply(op::Log1p{}, x);
}

}  // namespace xtape
