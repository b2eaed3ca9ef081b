#pragma once
// Reductions: along all dimensions, one (`-1`) or several (`{0, -1}`); with keepdims the reduced dimensions stay with
// extent 1, so that the result broadcasts against the argument.

#include "autodiff/ops/activation.hpp"
#include "autodiff/ops/shape.hpp"

#include <algorithm>
#include <cmath>

namespace xtape {

/// The dimensions of a reduction, checked against a shape, and the shapes that follow.
struct Reduction {
  xt::dynamic_shape<bool> axes;
  Shape kept, result;  // with the reduced dimensions of extent 1; as asked for

  Reduction() = default;
  Reduction(const char* operation, const Shape& shape, const Axes& along, bool keepdims)
      : axes(normalize_axes(operation, along, shape)),
        kept(reduced_shape(shape, axes, true)),
        result(reduced_shape(shape, axes, keepdims)) {}
};

namespace op {

/// y = Σ x; dx = g, broadcast.
struct Sum {
  static constexpr const char* name = "sum";
  static constexpr unsigned saves = kNothing;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = (1/n) Σ x; dx = g / n, broadcast.
struct Mean {
  static constexpr const char* name = "mean";
  static constexpr unsigned saves = kNothing;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = 1/(n - ddof) Σ (x - mean)²; dx = 2 g (x - mean) / (n - ddof).
struct Variance {
  static constexpr const char* name = "var";
  static constexpr unsigned saves = kInput;
  Reduction over;
  double ddof = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const;
};

/// y = √Σ x², of numbers so scaled that no square leaves the range; dx = g x / y, 0 where y is 0.
struct Norm {
  static constexpr const char* name = "norm";
  static constexpr unsigned saves = kInput | kOutput;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = max x, NaN if one is; dx = g at the largest, shared equally among equals.
struct Max {
  static constexpr const char* name = "max";
  static constexpr unsigned saves = kInput | kOutput;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = min x; as max.
struct Min {
  static constexpr const char* name = "min";
  static constexpr unsigned saves = kInput | kOutput;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = ln Σ eˣ; dx = g e^(x - y).
struct LogSumExp {
  static constexpr const char* name = "logsumexp";
  static constexpr unsigned saves = kInput | kOutput;
  Reduction over;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = eˣ / Σ eˣ; dx = y (g - Σ g y).
struct Softmax {
  static constexpr const char* name = "softmax";
  static constexpr unsigned saves = kOutput;
  std::size_t axis;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly& x) const;
};

/// y = x - ln Σ eˣ; dx = g - eʸ Σ g.
struct LogSoftmax {
  static constexpr const char* name = "log_softmax";
  static constexpr unsigned saves = kOutput;
  std::size_t axis;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly& x) const;
};

}  // namespace op

// clang-format off
#define XTAPE_REDUCE_OPS(X) \
  X(Sum, 1) X(Mean, 1) X(Variance, 1) X(Norm, 1) X(Max, 1) X(Min, 1) X(LogSumExp, 1) X(Softmax, 1) X(LogSoftmax, 1)
XTAPE_REDUCE_OPS(XTAPE_DECLARE_STRUCTURAL)
// clang-format on

namespace detail {

template <class Op, class A, class... Options>
auto reduce(const A& a, const Axes& axes, bool keepdims, Options... options) {
  using V = common_number<A>;
  const V& x = as_number<V>(a);
  const Op op{Reduction(Op::name, x.shape(), axes, keepdims), options...};
  return apply_structural<Op, typename V::value_type, 1>(op, {&x});
}

template <class Op, class A>
auto along(const A& a, std::ptrdiff_t axis) {
  using V = common_number<A>;
  const V& x = as_number<V>(a);
  return apply_structural<Op, typename V::value_type, 1>(Op{normalize_axis(Op::name, axis, x.shape())}, {&x});
}

}  // namespace detail

// All of them throw ShapeError for an axis that is out of range or named twice. Along several axes, or with keepdims:
// sum(x, {0, -1}, true). Those that xtensor has too take Vars and parameters, the others bare arrays as well.

/// The sum: 0 over no elements.
template <Variable V>
auto sum(const V& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::Sum>(x, axes, keepdims);
}

/// The mean: NaN over no elements.
template <Variable V>
auto mean(const V& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::Mean>(x, axes, keepdims);
}

/// The variance Σ (x - mean)² / (n - ddof), two-pass. NaN or infinite where n <= ddof, as NumPy's.
template <Variable V>
auto var(const V& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::reduce<op::Variance>(x, axes, keepdims, ddof);
}

/// The Euclidean norm √Σ x², 0 over no elements; it neither overflows nor underflows unless the result does. Its
/// derivative at 0 is 0.
template <Variable V>
auto norm(const V& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::Norm>(x, axes, keepdims);
}

namespace detail {
// As a norm, so that it has norm's range and its derivative of 0 where all elements are equal.
template <class V>
auto standard_deviation(const char* name, const V& x, const Axes& axes, bool keepdims, double ddof) {
  const double count = double(count_along(x.shape(), normalize_axes(name, axes, x.shape())));
  return norm(x - mean(x, axes, true), axes, keepdims) / std::sqrt(std::max(count - ddof, 0.0));
}
}  // namespace detail

/// The standard deviation √var, as the norm of x - mean over √(n - ddof); its derivative where all elements are equal
/// is 0.
template <Variable V>
auto stddev(const V& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::standard_deviation("stddev", x, axes, keepdims, ddof);
}
/// The same under NumPy's name. After `using namespace xtape` write xtape::std or stddev: the bare name is ambiguous
/// with the namespace.
template <Variable V>
auto std(const V& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::standard_deviation("std", x, axes, keepdims, ddof);
}

/// The largest element, NaN if one is; equal largest ones share the gradient equally. Throws ShapeError over no
/// elements.
template <Variable V>
auto max(const V& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::Max>(x, axes, keepdims);
}

/// The smallest element; as max.
template <Variable V>
auto min(const V& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::Min>(x, axes, keepdims);
}

/// ln Σ eˣ without overflow; -infinity over no elements.
template <class A>
  requires ArrayOperands<A>
auto logsumexp(const A& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce<op::LogSumExp>(x, axes, keepdims);
}

/// eˣ / Σ eˣ along one axis.
template <class A>
  requires ArrayOperands<A>
auto softmax(const A& x, std::ptrdiff_t axis = -1) {
  return detail::along<op::Softmax>(x, axis);
}

/// x - ln Σ eˣ along one axis: the logarithm of softmax, exact also where that underflows.
template <class A>
  requires ArrayOperands<A>
auto log_softmax(const A& x, std::ptrdiff_t axis = -1) {
  return detail::along<op::LogSoftmax>(x, axis);
}

}  // namespace xtape
