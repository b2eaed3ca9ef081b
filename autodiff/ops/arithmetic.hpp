#pragma once
// + - * / and powers.

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/quotients.hpp"
#include "autodiff/ops/comparison.hpp"

#include <cmath>

namespace xtape {

namespace op {

/// y = a + b; da = g, db = g.
struct Add {
  static constexpr const char* name = "add";
  static constexpr unsigned saves = kNothing;
  static constexpr bool passes_gradient[] = {true, true};
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v + b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const auto&, const auto&) {
    return {g, g};
  }
};

/// y = a - b; da = g, db = -g.
struct Subtract {
  static constexpr const char* name = "subtract";
  static constexpr unsigned saves = kNothing;
  static constexpr bool passes_gradient[] = {true, false};
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v - b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const auto&, const auto&) {
    return {g, -g};
  }
};

/// y = a b; da = g b, db = g a.
struct Multiply {
  static constexpr const char* name = "multiply";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v * b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    return {g * b, g * a};
  }
};

/// y = g a / b², the slope of a quotient, without the overflow or underflow of g / b, a / b or b² on the way to a y
/// that is neither; dg = h a / b², da = h g / b², db = -2 h y / b.
struct QuotientSlope {
  static constexpr const char* name = "quotient_slope";
  static constexpr unsigned saves = kInput | kOutput;
  template <class S>
  static S eval(const S& g, const S& a, const S& b) {
    return kernels::quotient_slope(g.v, a.v, b.v);
  }
  template <class S>
  static std::array<S, 3> vjp(const S& h, const S& y, const S& g, const S& a, const S& b) {
    return {apply(QuotientSlope{}, h, a, b), apply(QuotientSlope{}, h, g, b), -2.0 * (h / b * y)};
  }
};

/// y = a / b; da = g / b, db = -g a / b².
struct Divide {
  static constexpr const char* name = "divide";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& a, const S& b) {
    return a.v / b.v;
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const auto&, const S& a, const S& b) {
    return {g / b, -apply(QuotientSlope{}, g, a, b)};
  }
};

/// y = -x; dx = -g.
struct Negative {
  static constexpr const char* name = "negative";
  static constexpr unsigned saves = kNothing;
  template <class S>
  static S eval(const S& x) {
    return kernels::negated(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const auto&) {
    return {-g};
  }
};

/// y = x²; dx = 2 g x.
struct Square {
  static constexpr const char* name = "square";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {2.0 * (g * x)};
  }
};

/// y = √x; dx = g / (2 y), infinite at 0.
struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr unsigned saves = kOutput;
  template <class S>
  static S eval(const S& x) {
    return xsimd::sqrt(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const auto&) {
    return {g / (y + y)};
  }
};

/// y = |x|; dx = g sign(x), 0 at 0.
struct Abs {
  static constexpr const char* name = "abs";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return xsimd::abs(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * apply(Sign{}, x)};
  }
};

/// y = g b aᵇ⁻¹, the slope of a power in its base, and 0 for b = 0 whatever a is; dg = h b aᵇ⁻¹, da = h g b (b - 1)
/// aᵇ⁻², db = h (g aᵇ⁻¹ + y ln a), the last term 0 for a = 0.
struct PowerSlope {
  static constexpr const char* name = "power_slope";
  static constexpr unsigned saves = kInput | kOutput;
  template <class S>
  static S eval(const S& g, const S& a, const S& b) {
    return kernels::power_slope(g.v, a.v, b.v);
  }
  template <class S>
  static std::array<S, 3> vjp(const S& h, const S& y, const S& g, const S& a, const S& b);
};

/// y = aᵇ; da = g b aᵇ⁻¹ (0 for b = 0), db = g y ln a (0 for a = 0, and for a = ∞ where y is 0).
struct Power {
  static constexpr const char* name = "power";
  static constexpr unsigned saves = kInput | kOutput;
  // Lane by lane: exp(b log a) in one precision loses the digits that b log a has before the point.
  template <class S>
  static S eval(const S& a, const S& b) {
    return kernels::power(a.v, b.v);
  }
  template <class S>
  static std::array<S, 2> vjp(const S& g, const S& y, const S& a, const S& b);
};

}  // namespace op

// clang-format off
#define XTAPE_ARITHMETIC_OPS(X) \
  X(Add, 2) X(Subtract, 2) X(Multiply, 2) X(QuotientSlope, 3) X(Divide, 2) X(Negative, 1) X(Square, 1) \
  X(Sqrt, 1) X(Abs, 1) X(PowerSlope, 3) X(Power, 2)
XTAPE_ARITHMETIC_OPS(XTAPE_DECLARE_ELEMENTWISE)
// clang-format on

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
template <Number V>
auto operator-(const V& x) {
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
template <class A>
  requires ArrayOperands<A>
auto negative(const A& x) {
  return xtape::apply(op::Negative{}, x);
}

/// x².
template <Number V>
auto square(const V& x) {
  return xtape::apply(op::Square{}, x);
}
/// √x; NaN for negative x; the derivative at 0 is infinite.
template <Number V>
auto sqrt(const V& x) {
  return xtape::apply(op::Sqrt{}, x);
}
/// |x|; the derivative at 0 is 0.
template <Number V>
auto abs(const V& x) {
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
