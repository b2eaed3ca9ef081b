#pragma once
// Comparisons and choices. A comparison is a number, 1 where it holds and 0 elsewhere (also where an operand is NaN),
// and a constant: its derivative is 0 wherever it has one.

#include "autodiff/core/apply.hpp"

namespace xtape {

namespace op {

struct Greater : Step<"greater"> {
  static constexpr bool plain = true, tests = true;
  static auto eval(const auto& a, const auto& b) { return as_numbers(a.v > b.v); }
};

struct GreaterEqual : Step<"greater_equal"> {
  static constexpr bool plain = true, tests = true;
  static auto eval(const auto& a, const auto& b) { return as_numbers(a.v >= b.v); }
};

struct Less : Step<"less"> {
  static constexpr bool plain = true, tests = true;
  static auto eval(const auto& a, const auto& b) { return as_numbers(a.v < b.v); }
};

struct LessEqual : Step<"less_equal"> {
  static constexpr bool plain = true, tests = true;
  static auto eval(const auto& a, const auto& b) { return as_numbers(a.v <= b.v); }
};

struct Equal : Step<"equal"> {
  static constexpr bool plain = true, tests = true;
  static auto eval(const auto& a, const auto& b) { return as_numbers(a.v == b.v); }
};

/// y = -1, 0 or 1; NaN for NaN.
struct Sign : Step<"sign"> {
  template <class S>
  static S eval(const S& x) {
    using Simd = typename S::Simd;
    using T = typename S::value_type;
    const Simd zero(T(0));
    return xsimd::select(x.v > zero, Simd(T(1)), xsimd::select(x.v < zero, Simd(T(-1)), xsimd::abs(x.v)));  // 0 or NaN
  }
};

/// y = a where c is not 0, else b; da = g or 0, db = 0 or g. The condition has no derivative.
struct Where : Operation<"where", kNothing, operand(0), operand(0)> {
  static constexpr bool selects = true;
  template <class S>
  static S eval(const S& c, const S& a, const S& b) {
    return xsimd::select(c.v == typename S::Simd(typename S::value_type(0)), b.v, a.v);
  }
  template <class S>
  static std::array<S, 3> vjp(const S& g, const auto&, const S& c, const auto&, const auto&) {
    const S zero(typename S::value_type(0));
    return {zero, apply(Where{}, c, g, zero), apply(Where{}, c, zero, g)};
  }
};

/// y = the larger of a and b, NaN where either is, +0 of two zeros that differ; the gradient goes to the larger one,
/// half to each where they are equal.
struct Maximum : Operation<"maximum", kInput> {
  static constexpr bool selects = true;
  static auto eval(const auto& a, const auto& b) { return kernels::maximum(a.v, b.v); }
  static auto vjp(const auto& g, const auto&, const auto& a, const auto& b) {
    const auto tie = where(a == b, 0.5 * g, 0.0);
    return std::array{where(a > b, g, tie), where(b > a, g, tie)};
  }
};

/// y = the smaller of a and b, NaN where either is, -0 of two zeros that differ; the gradient as for maximum.
struct Minimum : Operation<"minimum", kInput> {
  static constexpr bool selects = true;
  static auto eval(const auto& a, const auto& b) { return kernels::minimum(a.v, b.v); }
  static auto vjp(const auto& g, const auto& y, const auto& a, const auto& b) { return Maximum::vjp(g, y, b, a); }
};

/// y = x between two bounds, which count as inside: dx = g there, 0 outside.
struct Clip : Operation<"clip", kInput> {
  static constexpr bool selects = true;
  double low, high;
  template <class S>
  S eval(const S& x) const {
    using T = typename S::value_type;
    const typename S::Simd lo(T(this->low)), hi(T(this->high));
    return xsimd::select(x.v <= lo, lo, xsimd::select(x.v >= hi, hi, x.v));  // NaN stays
  }
  auto vjp(const auto& g, const auto&, const auto& x) const {
    return std::array{where((x >= low) * (high >= x), g, 0.0)};
  }
};

}  // namespace op

namespace detail {
void check_bounds(double low, double high);

// What holds or does not, as something to branch on where the number allows it.
template <class N>
auto as_truth(const N& x) {
  if constexpr (Branching<N>) {
    return typename N::Truth(x.v);
  } else {
    return x;
  }
}
}  // namespace detail

// Functions and operators alike take Vars, xtensor expressions and numbers, at least one of them a Var; shapes
// broadcast, and where they do not a ShapeError names the operation and all of them.

/// 1 where a > b, else 0.
template <class A, class B>
  requires Operands<A, B>
auto greater(A&& a, B&& b) {
  return xtape::apply(op::Greater{}, a, b);
}
/// 1 where a >= b, else 0.
template <class A, class B>
  requires Operands<A, B>
auto greater_equal(A&& a, B&& b) {
  return xtape::apply(op::GreaterEqual{}, a, b);
}
/// 1 where a < b, else 0.
template <class A, class B>
  requires Operands<A, B>
auto less(A&& a, B&& b) {
  return xtape::apply(op::Less{}, a, b);
}
/// 1 where a <= b, else 0.
template <class A, class B>
  requires Operands<A, B>
auto less_equal(A&& a, B&& b) {
  return xtape::apply(op::LessEqual{}, a, b);
}
/// 1 where a and b are equal, else 0.
template <class A, class B>
  requires Operands<A, B>
auto equal(A&& a, B&& b) {
  return xtape::apply(op::Equal{}, a, b);
}
/// 1 where a and b differ, NaN from everything, else 0.
template <class A, class B>
  requires Operands<A, B>
auto not_equal(A&& a, B&& b) {
  using N = common_number<A, B>;
  const N x = as_number<N>(a), y = as_number<N>(b);
  detail::check_broadcast("not_equal", x, y);
  return detail::as_truth<N>(1.0 - xtape::apply(op::Equal{}, x, y));
}

// The signatures are xtensor's own with a constraint added: of two equally good matches, the more constrained one wins.
/// greater(a, b).
template <class A, class B>
  requires Operands<A, B>
auto operator>(A&& a, B&& b) {
  return xtape::apply(op::Greater{}, a, b);
}
/// greater_equal(a, b).
template <class A, class B>
  requires Operands<A, B>
auto operator>=(A&& a, B&& b) {
  return xtape::apply(op::GreaterEqual{}, a, b);
}
/// less(a, b).
template <class A, class B>
  requires Operands<A, B>
auto operator<(A&& a, B&& b) {
  return xtape::apply(op::Less{}, a, b);
}
/// less_equal(a, b).
template <class A, class B>
  requires Operands<A, B>
auto operator<=(A&& a, B&& b) {
  return xtape::apply(op::LessEqual{}, a, b);
}
/// equal(a, b), element by element, where xtensor's own == of arrays alone is one bool.
template <class A, class B>
  requires Operands<A, B>
auto operator==(A&& a, B&& b) {
  return equal(a, b);
}
/// not_equal(a, b).
template <class A, class B>
  requires Operands<A, B>
auto operator!=(A&& a, B&& b) {
  return not_equal(a, b);
}

/// -1, 0 or 1 by the sign of x.
auto sign(const Number auto& x) {
  return xtape::apply(op::Sign{}, x);
}

/// `a` where `condition` is not 0 (or holds), else `b`; all three broadcast. What is not chosen gets a gradient of 0;
/// but 0 times an infinite derivative further down is NaN, so keep the arguments of the branch not taken in its domain:
/// where(x > 0, log(where(x > 0, x, 1)), 0).
template <class C, class A, class B>
  requires Operands<C, A, B>
auto where(C&& condition, A&& a, B&& b) {
  return xtape::apply(op::Where{}, condition, a, b);
}

/// The element-wise larger (smaller) one, NaN where either is NaN; where both are equal each gets half the gradient.
template <class A, class B>
  requires Operands<A, B>
auto maximum(A&& a, B&& b) {
  return xtape::apply(op::Maximum{}, a, b);
}
template <class A, class B>
  requires Operands<A, B>
auto minimum(A&& a, B&& b) {
  return xtape::apply(op::Minimum{}, a, b);
}

/// x limited to [low, high]; the gradient passes where low <= x <= high. Throws Error unless low <= high.
auto clip(const Number auto& x, double low, double high) {
  detail::check_bounds(low, high);
  return xtape::apply(op::Clip{{}, low, high}, x);
}
/// The same with bounds that are arrays or Vars, or one of them, which get the gradient where x lies outside. All three
/// broadcast; where low > high the result is high, as NumPy's.
template <class X, class L, class H>
  requires(Operands<X, L, H> && !(Arithmetic<L> && Arithmetic<H>))
auto clip(X&& x, L&& low, H&& high) {
  using N = common_number<X, L, H>;
  const N v = as_number<N>(x), least = as_number<N>(low), most = as_number<N>(high);
  detail::check_broadcast("clip", v, least, most);
  const auto raised = where(v < least, least, v);
  return where(raised > most, most, raised);
}

template <class A>
concept PlainBool = std::same_as < std::remove_cvref_t<A>,
bool > ;

namespace detail {

// 1 where x is not 0, NaN included.
template <class N, class A>
auto truth(const A& x) {
  return not_equal(as_number<N>(x), 0.0);
}

}  // namespace detail

// Conditions are numbers, and what joins them is too: where((x > 1) && (x < 3), a, b). Both sides are computed. (Those
// of numbers that code may branch on are true or false, and C++'s own operators join them.)

/// 1 where both a and b are not 0, else 0.
template <class A, class B>
  requires ArrayOperands<A, B>
auto logical_and(const A& a, const B& b) {
  using N = common_number<A, B>;
  const auto first = detail::truth<N>(a), second = detail::truth<N>(b);
  detail::check_broadcast("logical_and", first, second);
  return where(first, second, 0.0);
}
/// 1 where a or b is not 0, else 0.
template <class A, class B>
  requires ArrayOperands<A, B>
auto logical_or(const A& a, const B& b) {
  using N = common_number<A, B>;
  const auto first = detail::truth<N>(a), second = detail::truth<N>(b);
  detail::check_broadcast("logical_or", first, second);
  return where(first, 1.0, second);
}
/// 1 where x is 0, else 0.
auto logical_not(const ArrayOperand auto& x) {
  return equal(as_own_number(x), 0.0);
}
// With a plain bool the operators are C++'s own, which leave out the right side where the left one decides.

/// logical_and(a, b).
template <class A, class B>
  requires(Operands<A, B> && !PlainBool<A> && !PlainBool<B> && !Branching<A> && !Branching<B>)
auto operator&&(A&& a, B&& b) {
  return logical_and(a, b);
}
/// logical_or(a, b).
template <class A, class B>
  requires(Operands<A, B> && !PlainBool<A> && !PlainBool<B> && !Branching<A> && !Branching<B>)
auto operator||(A&& a, B&& b) {
  return logical_or(a, b);
}
// NumPy's operators of masks bind tighter than a comparison: v > 1 & v < 3 would be v > (1 & v) < 3.
template <class A, class B>
  requires Operands<A, B>
auto operator&(A&&, B&&) {
  static_assert(kNever<A>, "xtape: conditions are joined by &&: (x > 1) && (x < 3), or logical_and(a, b)");
}
template <class A, class B>
  requires Operands<A, B>
auto operator|(A&&, B&&) {
  static_assert(kNever<A>, "xtape: conditions are joined by ||: (x < 1) || (x > 3), or logical_or(a, b)");
}

/// logical_not(x).
template <class V>
  requires(Number<V> && !Branching<V>)
auto operator!(V&& x) {
  return logical_not(x);
}

}  // namespace xtape
