#pragma once
// Reductions: along all dimensions, one (`-1`) or several (`{0, -1}`); with keepdims the reduced dimensions stay with
// extent 1, so that the result broadcasts against the argument.

#include "autodiff/core/apply.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

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
  /// The same of each of n arrays along a new first dimension.
  Reduction in_batch(std::size_t n) const;
};

namespace detail {
template <class Op>
Op reduced_in_batch(Op op, std::size_t n) {
  op.over = op.over.in_batch(n);
  return op;
}
// A reduction to one number each: the derivatives in the elements times their tangents, summed.
template <class Op, class T>
std::vector<Var<T>> reduced_tangent(const Op& op, std::span<const Var<T>> tangents, std::span<const Var<T>> y,
                                    std::span<const Var<T>* const> x);
}  // namespace detail

namespace op {

/// y = Σ x; dx = g, broadcast.
struct Sum : Operation<"sum"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Reduction over{};
  Sum in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = Π x; dx = g times the product of all others.
struct Prod : Operation<"prod", kInput | kOutput> {
  Reduction over{};
  Prod in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = (1/n) Σ x; dx = g / n, broadcast.
struct Mean : Operation<"mean"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Reduction over{};
  Mean in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = 1/(n - ddof) Σ (x - mean)²; dx = 2 g (x - mean) / (n - ddof).
struct Variance : Operation<"var", kInput> {
  Reduction over{};
  Variance in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  double ddof = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const Var<T>& x) const;
};

/// Variance and mean of one pass over the mean; dx = g0 2 (x - mean) / (n - ddof) + g1 / n.
struct VarMean : Operation<"var_mean", kInput> {
  Reduction over{};
  VarMean in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  double ddof = 0;
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const ShapeOnly> y, const Var<T>& x) const;
};

/// y = √Σ x², of numbers so scaled that no square leaves the range; dx = g x / y, 0 where y is 0.
struct Norm : Operation<"norm", kInput | kOutput> {
  Reduction over{};
  Norm in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = max x, NaN if one is; dx = g at the largest, shared equally among equals.
struct Max : Operation<"max", kInput | kOutput> {
  Reduction over{};
  Max in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = min x; as max.
struct Min : Operation<"min", kInput | kOutput> {
  Reduction over{};
  Min in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = ln Σ eˣ; dx = g e^(x - y).
struct LogSumExp : Operation<"logsumexp", kInput | kOutput> {
  Reduction over{};
  LogSumExp in_batch(std::size_t n) const { return detail::reduced_in_batch(*this, n); }
  template <class T>
  auto push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y, std::span<const Var<T>* const> x) const {
    return detail::reduced_tangent(*this, t, y, x);
  }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const Var<T>& x) const;
};

/// y = eˣ / Σ eˣ; dx = y (g - Σ g y).
struct Softmax : Operation<"softmax", kOutput> {
  std::size_t axis = 0;
  Softmax in_batch(std::size_t) const { return detail::next_axis(*this); }
  template <class T>
  std::vector<Var<T>> push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                   std::span<const Var<T>* const>) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly& x) const;
};

/// y = x - ln Σ eˣ; dx = g - eʸ Σ g.
struct LogSoftmax : Operation<"log_softmax", kOutput> {
  std::size_t axis = 0;
  LogSoftmax in_batch(std::size_t) const { return detail::next_axis(*this); }
  template <class T>
  std::vector<Var<T>> push_forward(std::span<const Var<T>> t, std::span<const Var<T>> y,
                                   std::span<const Var<T>* const>) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Var<T>& y, const ShapeOnly& x) const;
};

}  // namespace op

namespace detail {

/// x with the dimensions of a reduction last, as one: (what is left, what is reduced). Adjacent ones at the end are not
/// copied.
template <class T>
Var<T> lines_of(const Var<T>& x, const Reduction& over);

template <class T>
std::pair<Var<T>, Var<T>> var_mean(const op::VarMean& op, const Var<T>& x);

// A function of the library for Vars, so that it is not compiled again in every file that has a sum.
template <class Op, class T>
Var<T> reduce(Op op, const Var<T>& x, const Axes& axes, bool keepdims);
template <class Op, class A>
auto reduce(Op op, const A& a, const Axes& axes, bool keepdims) {
  return reduce(std::move(op), as_own_var(a), axes, keepdims);
}

template <class Op, class A>
auto along(Op op, const A& a, std::ptrdiff_t axis) {
  const auto& x = as_own_number(a);
  op.axis = normalize_axis(Op::name, axis, x.shape());
  return xtape::apply(op, x);
}

}  // namespace detail

// All of them throw ShapeError for an axis that is out of range or named twice. Along several axes, or with keepdims:
// sum(x, {0, -1}, true). Those that xtensor has too take Vars and parameters, the others bare arrays as well.

/// The sum: 0 over no elements.
auto sum(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Sum{}, x, axes, keepdims);
}

/// The product: 1 over no elements. It leaves the range only where the result does, and its derivative is right where
/// elements are 0.
auto prod(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Prod{}, x, axes, keepdims);
}

/// The mean: NaN over no elements.
auto mean(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Mean{}, x, axes, keepdims);
}

/// The variance Σ (x - mean)² / (n - ddof), two-pass. NaN or infinite where n <= ddof, as NumPy's.
auto var(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::reduce(op::Variance{{}, {}, ddof}, x, axes, keepdims);
}

/// Variance and mean as one operation: auto [variance, mean_of_x] = var_mean(x, 0).
auto var_mean(const ArrayOperand auto& a, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  const auto& x = as_own_var(a);
  return detail::var_mean({{}, Reduction("var_mean", x.shape(), axes, keepdims), ddof}, x);
}

/// The Euclidean norm √Σ x², 0 over no elements; it neither overflows nor underflows unless the result does. Its
/// derivative at 0 is 0.
auto norm(const Variable auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Norm{}, x, axes, keepdims);
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
auto stddev(const Variable auto& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::standard_deviation("stddev", x, axes, keepdims, ddof);
}
/// The same under NumPy's name. After `using namespace xtape` write xtape::std or stddev: the bare name is ambiguous
/// with the namespace.
auto std(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false, double ddof = 0) {
  return detail::standard_deviation("std", as_own_var(x), axes, keepdims, ddof);
}

/// The largest element, NaN if one is; equal largest ones share the gradient equally. Throws ShapeError over no
/// elements.
auto max(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Max{}, x, axes, keepdims);
}

/// The smallest element; as max.
auto min(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::Min{}, x, axes, keepdims);
}

/// The same of an array alone along axes in braces, which std::max would take for another array.
template <ArrayLike A>
auto max(const A& x, std::initializer_list<std::ptrdiff_t> axes, bool keepdims = false) {
  return detail::reduce(op::Max{}, x, axes, keepdims);
}
/// As max.
template <ArrayLike A>
auto min(const A& x, std::initializer_list<std::ptrdiff_t> axes, bool keepdims = false) {
  return detail::reduce(op::Min{}, x, axes, keepdims);
}

/// ln Σ eˣ without overflow; -infinity over no elements.
auto logsumexp(const ArrayOperand auto& x, const Axes& axes = {}, bool keepdims = false) {
  return detail::reduce(op::LogSumExp{}, x, axes, keepdims);
}

/// eˣ / Σ eˣ along one axis.
auto softmax(const ArrayOperand auto& x, std::ptrdiff_t axis = -1) {
  return detail::along(op::Softmax{}, x, axis);
}

/// x - ln Σ eˣ along one axis: the logarithm of softmax, exact also where that underflows.
auto log_softmax(const ArrayOperand auto& x, std::ptrdiff_t axis = -1) {
  return detail::along(op::LogSoftmax{}, x, axis);
}

}  // namespace xtape
