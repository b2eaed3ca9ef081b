#pragma once
// Elements by their order along a dimension, and at places that differ from line to line. What an order is made of,
// places, has no derivative: sorted elements are elements taken from where they lie, and that is their derivative.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/indices.hpp"

#include <concepts>
#include <cstddef>
#include <vector>

namespace xtape {

namespace op {

/// y[.., k, ..] = x[.., indices[.., k, ..], ..] along `axis`; dx gets g added up there.
struct TakeAlong : Operation<"take_along_axis"> {
  static constexpr Linearity linear = Linearity::kTogether;
  TakeAlong in_batch(BatchSize n) const;
  Indices indices;  // of the result's shape, in [-extent, extent)
  std::size_t axis = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  void add_into(const Shape& x, T* dx, const Value<T>& g) const;
};

}  // namespace op

/// How a quantile that lies between two elements is made of them.
enum class QuantileMethod { kLinear, kLower, kHigher, kMidpoint, kNearest };

/// The largest elements and where they are.
template <class T>
struct TopK {
  Var<T> values;
  Indices indices;
};

namespace detail {

op::TakeAlong make_take_along(const char* operation, Shape& x, const Indices& indices, std::ptrdiff_t axis);
template <class T>
Var<T> take_along_axis(const Var<T>& x, const Indices& indices, std::ptrdiff_t axis);
template <class T>
Indices argsort(const char* operation, const Var<T>& x, OptionalAxis axis, bool descending);
template <class T>
Var<T> sort(const Var<T>& x, OptionalAxis axis, bool descending);
template <class T>
TopK<T> topk(const Var<T>& x, std::size_t k, std::ptrdiff_t axis, bool largest);
template <class T>
Indices argpartition(const char* operation, const Var<T>& x, std::ptrdiff_t kth, std::ptrdiff_t axis);
template <class T>
Var<T> partition(const Var<T>& x, std::ptrdiff_t kth, std::ptrdiff_t axis);
template <class T>
Var<T> quantile(const char* operation, const Var<T>& x, double q, const Axes& axes, bool keepdims,
                QuantileMethod method);
template <class T>
Var<T> quantiles(const Var<T>& x, const std::vector<double>& q, const Axes& axes, bool keepdims, QuantileMethod method);
template <class T>
Indices extreme_places(const char* operation, const Var<T>& x, OptionalAxis axis, bool keepdims, bool largest);
template <class T>
Var<T> running_extreme(const char* operation, const Var<T>& x, OptionalAxis axis, bool largest);
template <class T>
Indices searchsorted(const Var<T>& sorted, const Var<T>& v, bool right);

}  // namespace detail

/// y[.., k, ..] = x[.., indices[.., k, ..], ..]: a place for every element of the result, as argsort gives them. Both
/// broadcast but for the axis. Throws ShapeError for another rank, and for an index out of range.
auto take_along_axis(const ArrayOperand auto& x, const Indices& indices, std::ptrdiff_t axis) {
  return detail::take_along_axis(as_own_var(x), indices, axis);
}

// NaN counts as larger than every number, equal elements stay in order, and -0 equals 0. All throw ShapeError for an
// axis out of range. They take an array alone too, also where xtensor's own header is included: for all but median and
// quantile theirs is no better match.

/// The elements in rising (falling) order along the axis; without one ({}) all in one row. Each element's gradient goes
/// to where it was taken from.
template <AxisOrNone Axis = OptionalAxis>
auto sort(const ArrayOperand auto& x, const Axis& axis = -1, bool descending = false) {
  return detail::sort(as_own_var(x), axis, descending);
}
/// The places that sort takes its elements from.
template <AxisOrNone Axis = OptionalAxis>
auto argsort(const ArrayOperand auto& x, const Axis& axis = -1, bool descending = false) {
  return detail::argsort("argsort", as_own_var(x), axis, descending);
}

/// The k largest (smallest) elements along the axis, in order, and their places: auto [values, indices] = topk(x, 3).
/// Throws ShapeError for more than there are.
auto topk(const ArrayOperand auto& x, std::size_t k, std::ptrdiff_t axis = -1, bool largest = true) {
  return detail::topk(as_own_var(x), k, axis, largest);
}

/// The elements so ordered along the axis that the one at `kth` is where sort would have it, none before it is larger,
/// and none behind it smaller. Negative ones count from the end.
auto partition(const ArrayOperand auto& x, std::integral auto kth, std::ptrdiff_t axis = -1) {
  return detail::partition(as_own_var(x), saturated(kth), axis);
}
/// The places that partition takes its elements from.
auto argpartition(const ArrayOperand auto& x, std::integral auto kth, std::ptrdiff_t axis = -1) {
  return detail::argpartition("argpartition", as_own_var(x), saturated(kth), axis);
}

/// The middle element, or the mean of the two; NaN if one is. Throws ShapeError over no elements.
auto median(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::quantile("median", as_own_var(x), 0.5, axes, keepdims, QuantileMethod::kMidpoint);
}
/// The same of an array alone.
template <class D>
auto median(const xt::xexpression<D>& x, const Axes& axes = {}, bool keepdims = false) {
  return median(as_own_var(x.derived_cast()), axes, keepdims);
}
/// The element below which the share q lies: that at q (n - 1), between two of them what `method` says; NaN if one is.
/// Throws Error for q outside of [0, 1], ShapeError over no elements.
auto quantile(const Variable auto& x, double q, const Axes& axes = {}, bool keepdims = false,
              QuantileMethod method = QuantileMethod::kLinear) {
  return detail::quantile("quantile", as_own_var(x), q, axes, keepdims, method);
}
/// The same of an array alone.
template <class D>
auto quantile(const xt::xexpression<D>& x, double q, const Axes& axes = {}, bool keepdims = false,
              QuantileMethod method = QuantileMethod::kLinear) {
  return quantile(as_own_var(x.derived_cast()), q, axes, keepdims, method);
}
/// Several at once, along a new first dimension.
auto quantile(const Variable auto& x, const std::vector<double>& q, const Axes& axes = {}, bool keepdims = false,
              QuantileMethod method = QuantileMethod::kLinear) {
  return detail::quantiles(as_own_var(x), q, axes, keepdims, method);
}
/// The same of an array alone.
template <class D>
auto quantile(const xt::xexpression<D>& x, const std::vector<double>& q, const Axes& axes = {}, bool keepdims = false,
              QuantileMethod method = QuantileMethod::kLinear) {
  return quantile(as_own_var(x.derived_cast()), q, axes, keepdims, method);
}

/// The place of the largest element along the axis, or among all row by row; the first of equal ones, and of NaN if
/// there is one. Throws ShapeError over no elements.
template <AxisOrNone Axis = OptionalAxis>
auto argmax(const ArrayOperand auto& x, const Axis& axis = {}, bool keepdims = false) {
  return detail::extreme_places("argmax", as_own_var(x), axis, keepdims, true);
}
/// The place of the smallest; as argmax.
template <AxisOrNone Axis = OptionalAxis>
auto argmin(const ArrayOperand auto& x, const Axis& axis = {}, bool keepdims = false) {
  return detail::extreme_places("argmin", as_own_var(x), axis, keepdims, false);
}

/// The largest element so far along the axis; from the first NaN on NaN. The gradient goes to that element, to the last
/// of equal ones.
auto cummax(const ArrayOperand auto& x, OptionalAxis axis = {}) {
  return detail::running_extreme("cummax", as_own_var(x), axis, true);
}
/// The smallest so far; as cummax.
auto cummin(const ArrayOperand auto& x, OptionalAxis axis = {}) {
  return detail::running_extreme("cummin", as_own_var(x), axis, false);
}

/// For every v the place in `sorted`, a vector in rising order, before which it belongs: the first such, or the last if
/// `right`. Throws ShapeError where `sorted` is no vector.
template <class A, class V>
  requires ArrayOperands<A, V>
auto searchsorted(A&& sorted, V&& v, bool right = false) {
  using N = common_number<A, V>;
  return detail::searchsorted<typename N::value_type>(as_number<N>(sorted), as_number<N>(v), right);
}

}  // namespace xtape
