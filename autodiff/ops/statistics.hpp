#pragma once
// Reductions made of others: of weighted, masked or missing elements, counts, and norms of every order.

#include "autodiff/core/apply.hpp"
#include "autodiff/ops/reduce.hpp"
#include "autodiff/ops/shape.hpp"

#include <limits>
#include <string_view>

namespace xtape {

/// The elements that a reduction takes: those where the mask, a constant that broadcasts to the array's shape, is not
/// 0.
struct Where {
  Array<double> mask;
  explicit Where(const ArrayOperand auto& of) : mask(stop_gradient(of).value()) {}
};

namespace detail {

template <class T>
Var<T> masked(const char* operation, const Var<T>& x, const Array<double>& mask, double otherwise);
template <class T>
Var<T> masked_mean(const Var<T>& x, const Array<double>& mask, const Axes& axes, bool keepdims);
template <class T>
Var<T> count_nonzero(const char* operation, const Var<T>& x, const Axes& axes, bool keepdims);
template <class T>
Var<T> all_nonzero(const Var<T>& x, const Axes& axes, bool keepdims);
template <class T>
Var<T> nansum(const Var<T>& x, const Axes& axes, bool keepdims);
template <class T>
Var<T> nanmean(const Var<T>& x, const Axes& axes, bool keepdims);
template <class T>
Var<T> nanvar(const Var<T>& x, const Axes& axes, bool keepdims, double ddof);
template <class T>
Var<T> average(const Var<T>& x, const Var<T>& weights, const Axes& axes, bool keepdims);
template <class T>
Var<T> ptp(const Var<T>& x, const Axes& axes, bool keepdims);
template <class T>
Var<T> vector_norm(const Var<T>& x, double order, const Axes& axes, bool keepdims);
template <class T>
Var<T> matrix_norm(const Var<T>& x, std::string_view order, bool keepdims);
template <class T>
Var<T> matrix_norm(const Var<T>& x, double order, bool keepdims);

}  // namespace detail

/// The sum of the elements where a mask is not 0: sum(x, Where(x > 0), axes, keepdims). Throws ShapeError where it does
/// not broadcast to x's shape.
auto sum(const Variable auto& x, const Where& where, const Axes& axes = {}, bool keepdims = false) {
  return sum(detail::masked("sum", as_own_var(x), where.mask, 0), axes, keepdims);
}
/// Their mean, NaN where there is none.
auto mean(const Variable auto& x, const Where& where, const Axes& axes = {}, bool keepdims = false) {
  return detail::masked_mean(as_own_var(x), where.mask, axes, keepdims);
}
/// The largest of them, -infinity where there is none.
auto max(const Variable auto& x, const Where& where, const Axes& axes = {}, bool keepdims = false) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  return max(detail::masked("max", as_own_var(x), where.mask, kNone), axes, keepdims);
}
/// The smallest of them, infinity where there is none.
auto min(const Variable auto& x, const Where& where, const Axes& axes = {}, bool keepdims = false) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  return min(detail::masked("min", as_own_var(x), where.mask, kNone), axes, keepdims);
}

/// How many elements are not 0 (NaN is not), as a number; its derivative is 0, likewise that of any and all.
auto count_nonzero(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::count_nonzero("count_nonzero", as_own_var(x), axes, keepdims);
}
/// 1 where at least one element is not 0, else 0.
auto any(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::count_nonzero("any", as_own_var(x), axes, keepdims) > 0.0;
}
/// 1 where no element is 0, else 0.
auto all(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::all_nonzero(as_own_var(x), axes, keepdims);
}

/// The sum of the elements that are not NaN. The derivative of the others is 0, likewise below.
auto nansum(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::nansum(as_own_var(x), axes, keepdims);
}
/// Their mean, NaN where there is none.
auto nanmean(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::nanmean(as_own_var(x), axes, keepdims);
}
/// Their variance Σ (x - mean)² / (n - ddof).
auto nanvar(const Variable auto& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::nanvar(as_own_var(x), axes, keepdims, ddof);
}

/// Σ w x / Σ w. The weights have x's shape, or are a vector along the one axis that is named; an array of xtensor's
/// type is given as a Var, Var<double>(w), since xtensor has a function of this name. Throws ShapeError for others.
template <class A, class W>
  requires Operands<A, W>
auto average(const A& x, const W& weights, const Axes& axes = {}, bool keepdims = false) {
  using V = common_number<A, W>;
  return detail::average<typename V::value_type>(as_number<V>(x), as_number<V>(weights), axes, keepdims);
}

/// The largest element less the smallest. Throws ShapeError over no elements.
auto ptp(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::ptp(as_own_var(x), axes, keepdims);
}

/// (Σ |x|ᵖ)^(1/p) of order p, without overflow or underflow on the way: for infinity the largest |x|, for -infinity the
/// smallest, for 0 how many are not 0. Its derivative where all elements are 0 is 0. Throws ShapeError for a negative
/// order over no elements.
auto vector_norm(const ArrayOperand auto& x, double order = 2, const Axes& axes = {}, bool keepdims = false) {
  return detail::vector_norm(as_own_var(x), order, axes, keepdims);
}

/// The norm of the matrices in the last two dimensions: "fro", √Σ x²; "nuc", the sum of the singular values. Throws
/// Error for another order.
auto matrix_norm(const ArrayOperand auto& x, std::string_view order = "fro", bool keepdims = false) {
  return detail::matrix_norm(as_own_var(x), order, keepdims);
}
/// The same of order 1, the largest sum of a column's |x|; infinity, that of a row; 2, the largest singular value; -1,
/// -infinity and -2, the smallest.
auto matrix_norm(const ArrayOperand auto& x, double order, bool keepdims = false) {
  return detail::matrix_norm(as_own_var(x), order, keepdims);
}

}  // namespace xtape
