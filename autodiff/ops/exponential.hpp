#pragma once
// Exponentials and logarithms.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/elementary.hpp"
#include "autodiff/kernels/math.hpp"

#include <numbers>

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

/// y = 2ˣ; dx = g y ln 2, above 1 as 2 ln 2 · 2ˣ⁻¹, which is finite where the slope is
/// though y is not.
struct Exp2 : Operation<"exp2", kInput> {
  static auto eval(const auto& x) { return kernels::exp2(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    const auto large = x > 1.0;  // where x - 1 is exact
    return std::array{std::numbers::ln2 * g * (1.0 + large) * exp2(x - large)};
  }
};

/// y = log₂ x; dx = g log₂(e) / x.
struct Log2 : Operation<"log2", kInput> {
  static auto eval(const auto& x) { return kernels::log2(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{std::numbers::log2e * g / x}; }
};

/// y = log₁₀ x; dx = g log₁₀(e) / x.
struct Log10 : Operation<"log10", kInput> {
  static auto eval(const auto& x) { return kernels::log10(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{std::numbers::log10e * g / x}; }
};

/// y = ln(eᵃ + eᵇ); da = g sigmoid(a - b), db = g sigmoid(b - a), half each where a = b though they be infinite.
struct LogAddExp : Operation<"logaddexp", kInput> {
  static auto eval(const auto& a, const auto& b) { return kernels::logaddexp(a.v, b.v); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) { return slopes(g, a, b, 1); }
  /// Those of ln(eˢᵃ + eˢᵇ) / s.
  static auto slopes(const auto& g, const auto& a, const auto& b, double s) {
    const auto distance = where(a == b, 0.0, s * (a - b));
    return std::array{g * sigmoid(distance), g * sigmoid(-distance)};
  }
};

/// y = log₂(2ᵃ + 2ᵇ); da = g sigmoid((a - b) ln 2), db = g sigmoid((b - a) ln 2).
struct LogAddExp2 : Operation<"logaddexp2", kInput> {
  static auto eval(const auto& a, const auto& b) { return kernels::logaddexp2(a.v, b.v); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return LogAddExp::slopes(g, a, b, std::numbers::ln2);
  }
};

/// y = a ln b, 0 for a = 0 unless b is NaN; da = g ln b, db = g a / b (0 for a = 0).
struct XLogY : Operation<"xlogy", operand(1), kInput> {
  template <class S>
  static S eval(const S& a, const S& b) {
    return product(a, kernels::log(b.v), b);
  }
  template <class S>
  static S product(const S& a, const typename S::Simd& log, const S& b) {
    const typename S::Simd zero(typename S::value_type(0));
    return xsimd::select((a.v == zero) & (b.v == b.v), zero, a.v * log);
  }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g * log(b), slope(g, a, b)};
  }
  static auto slope(const auto& g, const auto& a, const auto& b) {
    return where(a == 0.0, 0.0, g * (a / where(a == 0.0, 1.0, b)));
  }
};

/// y = a ln(1 + b), 0 for a = 0 unless b is NaN; da = g ln(1 + b), db = g a / (1 + b) (0 for a = 0).
struct XLog1pY : Operation<"xlog1py", operand(1), kInput> {
  static auto eval(const auto& a, const auto& b) { return XLogY::product(a, kernels::log1p(b.v), b); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g * log1p(b), XLogY::slope(g, a, 1.0 + b)};
  }
};

/// y = ln(x / (1 - x)); dx = g / (x (1 - x)).
struct Logit : Operation<"logit", kInput> {
  static auto eval(const auto& x) { return kernels::logit(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g / x / (1.0 - x)}; }
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
/// 2ˣ.
auto exp2(const Number auto& x) {
  return xtape::apply(op::Exp2{}, x);
}
/// The logarithm to base 2; -infinity at 0, NaN below.
auto log2(const Number auto& x) {
  return xtape::apply(op::Log2{}, x);
}
/// The logarithm to base 10; -infinity at 0, NaN below.
auto log10(const Number auto& x) {
  return xtape::apply(op::Log10{}, x);
}
/// ln(eᵃ + eᵇ), without overflow.
template <class A, class B>
  requires ArrayOperands<A, B>
auto logaddexp(const A& a, const B& b) {
  return xtape::apply(op::LogAddExp{}, a, b);
}
/// log₂(2ᵃ + 2ᵇ), without overflow.
template <class A, class B>
  requires ArrayOperands<A, B>
auto logaddexp2(const A& a, const B& b) {
  return xtape::apply(op::LogAddExp2{}, a, b);
}
/// a ln b, 0 where a is 0 (unless b is NaN); the derivative with respect to b is 0 there, that with respect to a is
/// ln b.
template <class A, class B>
  requires ArrayOperands<A, B>
auto xlogy(const A& a, const B& b) {
  return xtape::apply(op::XLogY{}, a, b);
}
/// a ln(1 + b), 0 where a is 0 (unless b is NaN), with derivatives as those of xlogy.
template <class A, class B>
  requires ArrayOperands<A, B>
auto xlog1py(const A& a, const B& b) {
  return xtape::apply(op::XLog1pY{}, a, b);
}
/// The inverse of sigmoid: ln(x / (1 - x)), infinite at 0 and 1, and so is its derivative; NaN outside.
auto logit(const ArrayOperand auto& x) {
  return xtape::apply(op::Logit{}, x);
}

}  // namespace xtape
