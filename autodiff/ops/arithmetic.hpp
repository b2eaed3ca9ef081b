#pragma once
// + - * / and powers.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/quotients.hpp"

#include <cmath>

namespace xtape {

namespace detail {

// y ln a: with an argument replaced where 0 · ∞ would appear, and nowhere else, since what is replaced has no
// derivative of its own.
template <class S>
S times_log(const S& y, const S& a) {
  const S nothing = where(y, a == 0.0, a >= 0.0);
  return where(nothing, 0.0, y * log(where(nothing, 1.0, a)));
}

}  // namespace detail

namespace op {

/// y = a + b; da = g, db = g.
struct Add : Operation<"add"> {
  static constexpr bool plain = true;
  static constexpr bool passes_gradient[] = {true, true};
  static auto eval(const auto& a, const auto& b) { return a.v + b.v; }
  static auto vjp(const auto& g, const auto&, const auto&, const auto&) { return std::array{g, g}; }
};

/// y = a - b; da = g, db = -g.
struct Subtract : Operation<"subtract"> {
  static constexpr bool plain = true;
  static constexpr bool passes_gradient[] = {true, false};
  static auto eval(const auto& a, const auto& b) { return a.v - b.v; }
  static auto vjp(const auto& g, const auto&, const auto&, const auto&) { return std::array{g, -g}; }
};

/// y = a b; da = g b, db = g a.
struct Multiply : Operation<"multiply", operand(1), operand(0)> {
  static constexpr bool plain = true;
  static auto eval(const auto& a, const auto& b) { return a.v * b.v; }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) { return std::array{g * b, g * a}; }
};

/// y = g a / b², the slope of a quotient, without the overflow or underflow of g / b, a / b or b² on the way to a y
/// that is neither; dg = h a / b², da = h g / b², db = -2 h y / b.
struct QuotientSlope
    : Operation<"quotient_slope", operand(1) | operand(2), operand(0) | operand(2), operand(2) | kOutput> {
  static constexpr bool plain = true;
  static auto eval(const auto& g, const auto& a, const auto& b) { return kernels::quotient_slope(g.v, a.v, b.v); }
  static auto vjp(const auto& h, const auto& y, const auto& g, const auto& a, const auto& b) {
    return std::array{apply(QuotientSlope{}, h, a, b), apply(QuotientSlope{}, h, g, b), -2.0 * (h / b * y)};
  }
};

/// y = a / b; da = g / b, db = -g a / b².
struct Divide : Operation<"divide", operand(1), kInput> {
  static constexpr bool plain = true;
  static auto eval(const auto& a, const auto& b) { return a.v / b.v; }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    return std::array{g / b, -apply(QuotientSlope{}, g, a, b)};
  }
};

/// y = -x; dx = -g.
struct Negative : Operation<"negative"> {
  static constexpr bool plain = true;
  static auto eval(const auto& x) { return kernels::negated(x.v); }
  static auto vjp(const auto& g, const auto&, const auto&) { return std::array{-g}; }
};

/// y = x²; dx = 2 g x.
struct Square : Operation<"square", kInput> {
  static constexpr bool plain = true;
  static auto eval(const auto& x) { return x.v * x.v; }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{2.0 * (g * x)}; }
};

/// y = √x; dx = g / (2 y), infinite at 0.
struct Sqrt : Operation<"sqrt", kOutput> {
  static constexpr bool plain = true;
  static auto eval(const auto& x) { return xsimd::sqrt(x.v); }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{g / (y + y)}; }
};

/// y = |x|; dx = g sign(x), 0 at 0.
struct Abs : Operation<"abs", kInput> {
  static constexpr bool plain = true;
  static auto eval(const auto& x) { return xsimd::abs(x.v); }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * sign(x)}; }
};

/// y = g b aᵇ⁻¹, the slope of a power in its base, and 0 for b = 0 whatever a is; dg = h b aᵇ⁻¹, da = h g b (b - 1)
/// aᵇ⁻², db = h (g aᵇ⁻¹ + y ln a), the last term 0 for a = 0.
struct PowerSlope : Operation<"power_slope", operand(1) | operand(2), kInput, kInput | kOutput> {
  static auto eval(const auto& g, const auto& a, const auto& b) { return kernels::power_slope(g.v, a.v, b.v); }
  template <class S>
  static std::array<S, 3> vjp(const S& h, const S& y, const S& g, const S& a, const S& b) {
    const S base = apply(PowerSlope{}, h * g * b, a, b - 1.0);
    const S exponent = g * power(a, where((a == 0.0) * (b == 0.0), 1.0, b - 1.0));
    return {apply(PowerSlope{}, h, a, b), base, h * (exponent + detail::times_log(y, a))};
  }
};

/// y = aᵇ; da = g b aᵇ⁻¹ (0 for b = 0), db = g y ln a (0 for a = 0, and for a = ∞ where y is 0).
struct Power : Operation<"power", kInput, operand(0) | kOutput> {
  static auto eval(const auto& a, const auto& b) { return kernels::power(a.v, b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) {
    return std::array{apply(PowerSlope{}, g, a, b), g * detail::times_log(y, a)};
  }
};

}  // namespace op

// Vars, xtensor expressions and numbers in any mixture; shapes broadcast, and where they do not a ShapeError names the
// operation and all of them.

/// a + b.
template <class A, class B>
  requires Operands<A, B>
auto operator+(A&& a, B&& b) {
  return xtape::apply(op::Add{}, a, b);
}
/// a - b.
template <class A, class B>
  requires Operands<A, B>
auto operator-(A&& a, B&& b) {
  return xtape::apply(op::Subtract{}, a, b);
}
/// a b, element by element; matmul is the matrix product.
template <class A, class B>
  requires Operands<A, B>
auto operator*(A&& a, B&& b) {
  return xtape::apply(op::Multiply{}, a, b);
}
/// a / b, as IEEE 754 divides: by 0 it gives infinity or NaN.
template <class A, class B>
  requires Operands<A, B>
auto operator/(A&& a, B&& b) {
  return xtape::apply(op::Divide{}, a, b);
}
/// -x.
auto operator-(const Number auto& x) {
  return xtape::apply(op::Negative{}, x);
}
/// x.
template <Number V>
V operator+(const V& x) {
  return x;
}

// x += y makes x the sum: a new variable, since a Var is immutable.

/// a = a + b.
template <Number N, Operand B>
  requires(!Handle<N>)
N& operator+=(N& a, const B& b) {
  return a = as_number<N>(a + b);
}
/// a = a - b.
template <Number N, Operand B>
  requires(!Handle<N>)
N& operator-=(N& a, const B& b) {
  return a = as_number<N>(a - b);
}
/// a = a * b.
template <Number N, Operand B>
  requires(!Handle<N>)
N& operator*=(N& a, const B& b) {
  return a = as_number<N>(a * b);
}
/// a = a / b.
template <Number N, Operand B>
  requires(!Handle<N>)
N& operator/=(N& a, const B& b) {
  return a = as_number<N>(a / b);
}

// NumPy's names for the operators.
/// a + b, also of bare arrays.
template <class A, class B>
  requires ArrayOperands<A, B>
auto add(const A& a, const B& b) {
  return xtape::apply(op::Add{}, a, b);
}
/// a - b, also of bare arrays.
template <class A, class B>
  requires ArrayOperands<A, B>
auto subtract(const A& a, const B& b) {
  return xtape::apply(op::Subtract{}, a, b);
}
/// a * b, also of bare arrays.
template <class A, class B>
  requires ArrayOperands<A, B>
auto multiply(const A& a, const B& b) {
  return xtape::apply(op::Multiply{}, a, b);
}
/// a / b, also of bare arrays.
template <class A, class B>
  requires ArrayOperands<A, B>
auto divide(const A& a, const B& b) {
  return xtape::apply(op::Divide{}, a, b);
}
/// -x, also of a bare array.
auto negative(const ArrayOperand auto& x) {
  return xtape::apply(op::Negative{}, x);
}

/// x².
auto square(const Number auto& x) {
  return xtape::apply(op::Square{}, x);
}
/// √x; NaN for negative x; the derivative at 0 is infinite.
auto sqrt(const Number auto& x) {
  return xtape::apply(op::Sqrt{}, x);
}
/// |x|; the derivative at 0 is 0.
auto abs(const Number auto& x) {
  return xtape::apply(op::Abs{}, x);
}

/// aᵇ, as C's pow; the derivative with respect to the exponent is y ln a, 0 where a is 0. A constant exponent of 2, 1/2
/// or -1 becomes a square, a square root or a quotient, as in NumPy.
template <class A, class B>
  requires Operands<A, B>
auto power(const A& a, const B& b) {
  using N = common_number<A, B>;
  if constexpr (Arithmetic<B>) {
    if (double(b) == 2.0) return N(square(a));
    if (double(b) == 0.5) return N(sqrt(a));
    if (double(b) == -1.0) return N(1.0 / a);
  }
  return N(xtape::apply(op::Power{}, a, b));
}
/// The same under C's name.
template <class A, class B>
  requires Operands<A, B>
auto pow(A&& a, B&& b) {
  return power(a, b);
}

}  // namespace xtape
