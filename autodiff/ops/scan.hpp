#pragma once
// Running sums, products and recurrences along one dimension, and what is made of neighbours.

#include "autodiff/core/apply.hpp"

#include <vector>

namespace xtape {

namespace op {

/// y_l = Σ x_k over k <= l (k >= l if backward); dx = Σ g the other way.
struct CumSum : Operation<"cumsum"> {
  static constexpr Linearity linear = Linearity::kTogether;
  CumSum in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis = 0;
  bool backward = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y_l = Π x_k over k <= l (k >= l if backward; without l if exclusive); dx_l = Π x_k over k < l, times the recurrence
/// s_l = g_l + x_(l+1) s_(l+1): no quotient, so that it is right where an element is 0.
struct CumProd : Operation<"cumprod", kInput> {
  CumProd in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis = 0;
  bool backward = false, exclusive = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const;
};

/// y_l = b_l + a_l y_(l-1), y_(l+1) if backward; db_l = g_l + a_(l+1) db_(l+1), da_l = db_l y_(l-1).
struct Recurrence : Operation<"linear_recurrence", operand(0) | kOutput, operand(0)> {
  Recurrence in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis = 0;
  bool backward = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const;
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const ShapeOnly& b) const;
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Var<T>& y, const Var<T>& a, const ShapeOnly& b) const;
};

/// y_l = ln Σ e^(x_k) over k <= l; dx_l = e^(x_l - y_l) s_l, s_l = g_l + e^(y_l - y_(l+1)) s_(l+1).
struct LogCumSumExp : Operation<"logcumsumexp", kInput | kOutput> {
  LogCumSumExp in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

}  // namespace op

namespace detail {

template <class T>
Var<T> cumsum(const Var<T>& x, OptionalAxis axis, bool backward);
template <class T>
Var<T> cumprod(const Var<T>& x, OptionalAxis axis);
template <class T>
Var<T> logcumsumexp(const Var<T>& x, OptionalAxis axis);
template <class T>
Var<T> linear_recurrence(const Var<T>& a, const Var<T>& b, std::ptrdiff_t axis, bool backward);
template <class T>
Var<T> diff(const Var<T>& x, std::size_t n, std::ptrdiff_t axis);
template <class T>
Var<T> trapezoid(const Var<T>& y, const Var<T>& x, std::ptrdiff_t axis);
template <class T>
Var<T> trapezoid(const Var<T>& y, double dx, std::ptrdiff_t axis);
template <class T>
Var<T> gradient(const Var<T>& f, double spacing, std::ptrdiff_t axis, int edge_order);
template <class T>
Var<T> gradient(const Var<T>& f, const Array<double>& places, std::ptrdiff_t axis, int edge_order);

}  // namespace detail

// Without an axis they take all elements in one row, as NumPy's. All throw ShapeError for an axis out of range.

/// The running sum: y_l = x_0 + ... + x_l along the axis.
auto cumsum(const Variable auto& x, OptionalAxis axis = {}) {
  return detail::cumsum(as_own_var(x), axis, false);
}

/// The running product: y_l = x_0 ... x_l along the axis. Its derivative is right where elements are 0.
auto cumprod(const Variable auto& x, OptionalAxis axis = {}) {
  return detail::cumprod(as_own_var(x), axis);
}

/// ln of the running sum of eˣ, without overflow.
auto logcumsumexp(const ArrayOperand auto& x, OptionalAxis axis = {}) {
  return detail::logcumsumexp(as_own_var(x), axis);
}

/// y_l = b_l + a_l y_(l-1) along the axis, y_0 = b_0 (the first of a does not count); from the end if `backward`:
/// discounted returns, exponential averages, the states of a linear system. a and b broadcast.
template <class A, class B>
  requires ArrayOperands<A, B>
auto linear_recurrence(const A& a, const B& b, std::ptrdiff_t axis = -1, bool backward = false) {
  using V = common_number<A, B>;
  static_assert(kIsVar<V>, "xtape::map: the function may only use element-wise operations");
  return detail::linear_recurrence<typename V::value_type>(as_number<V>(a), as_number<V>(b), axis, backward);
}

/// The n-th differences of neighbours along the axis: x_(l+1) - x_l, n times, of which there are n fewer.
auto diff(const Variable auto& x, std::size_t n = 1, std::ptrdiff_t axis = -1) {
  return detail::diff(as_own_var(x), n, axis);
}

/// ∫ y by the trapezoidal rule along the axis, dx apart: Σ (y_l + y_(l+1)) dx / 2.
auto trapezoid(const ArrayOperand auto& y, double dx = 1, std::ptrdiff_t axis = -1) {
  return detail::trapezoid(as_own_var(y), dx, axis);
}
/// The same at places x: of y's shape, or one number for each place along the axis. Throws ShapeError for others.
template <class Y, class X>
  requires(ArrayOperands<Y>&& ArrayOperands<X>)
auto trapezoid(const Y& y, const X& x, std::ptrdiff_t axis = -1) {
  using V = common_number<Y, X>;
  return detail::trapezoid<typename V::value_type>(as_number<V>(y), as_number<V>(x), axis);
}

/// The slope of f along an axis, sampled `spacing` apart (a number, or the places themselves), as NumPy's: central
/// differences of second order, at the two ends one-sided ones of order `edge_order`, 1 or 2. Throws ShapeError for
/// fewer than edge_order + 1 samples.
auto gradient(const ArrayOperand auto& f, double spacing, std::ptrdiff_t axis, int edge_order = 1) {
  return detail::gradient(as_own_var(f), spacing, axis, edge_order);
}
auto gradient(const ArrayOperand auto& f, const ArrayLike auto& places, std::ptrdiff_t axis, int edge_order = 1) {
  return detail::gradient(as_own_var(f), evaluated<double>(places), axis, edge_order);
}
/// The slopes along every axis, in a vector.
auto gradient(const ArrayOperand auto& f, double spacing = 1) {
  const auto& x = as_own_var(f);
  std::vector<std::remove_cvref_t<decltype(x)>> slopes;
  for (std::size_t d = 0; d < x.dimension(); ++d) slopes.push_back(detail::gradient(x, spacing, std::ptrdiff_t(d), 1));
  return slopes;
}

}  // namespace xtape
