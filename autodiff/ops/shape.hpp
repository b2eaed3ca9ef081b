#pragma once
// Operations that rearrange an array without computing.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/axes.hpp"
#include "autodiff/core/conform.hpp"

#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

namespace xtape {

namespace op {

/// y = x in another shape; dx = g in x's shape. No element moves, forward or backward.
struct Reshape : Operation<"reshape"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Shape to;
  Reshape in_batch(std::size_t n) const { return {{}, detail::with_first(n, to)}; }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y[i...] = x[i[order]...], a view; dx = g permuted back. A matrix product reads a transpose in place.
struct Transpose : Operation<"transpose"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Shape order;  // of the result's dimensions in x
  Transpose in_batch(std::size_t n) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = x repeated along new and size-1 dimensions, a view; dx = g summed over them (by the sweep).
struct BroadcastTo : Operation<"broadcast_to"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Shape to;
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x, std::span<const char>) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

/// y = x summed over the dimensions that `to` lacks or has with extent 1; dx = g broadcast (by the sweep).
struct SumTo : Operation<"sum_to"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Shape to;
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x, std::span<const char>) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

}  // namespace op

/// An extent to reshape to, of any integer type; -1 stands for what is left.
struct Extent {
  std::ptrdiff_t value;
  Extent(std::integral auto extent) : value(saturated(extent)) {}
};
using Extents = std::initializer_list<Extent>;

namespace detail {

Shape reshape_target(const Shape& from, std::span<const Extent> extents);
Shape transpose_order(const Shape& shape, const Axes& axes);
Shape expanded_shape(const Shape& shape, const Axes& axes);
Shape squeezed_shape(const Shape& shape, const Axes& axes);
void check_broadcast(const Shape& from, const Shape& to);

template <class V>
auto reshape_to(const V& x, const Shape& shape) {
  return xtape::apply(op::Reshape{{}, shape}, x);
}

}  // namespace detail

/// x with the same elements, row by row, in another shape; one extent may be -1: reshape(x, {-1, 784}). Throws
/// ShapeError where the number of elements would change.
auto reshape(const ArrayOperand auto& a, Extents shape) {
  const auto& x = as_own_number(a);
  return detail::reshape_to(x, detail::reshape_target(x.shape(), {shape.begin(), shape.size()}));
}
/// The same with a shape: reshape(x, y.shape()).
auto reshape(const ArrayOperand auto& a, const Shape& shape) {
  const auto& x = as_own_number(a);
  const std::vector<Extent> extents(shape.begin(), shape.end());
  return detail::reshape_to(x, detail::reshape_target(x.shape(), extents));
}
template <class A, std::integral... I>
  requires(ArrayOperands<A> && sizeof...(I) > 0)
auto reshape(const A&, I...) {
  static_assert(kNever<A>, "xtape::reshape: the shape is written in braces: reshape(x, {2, -1})");
}

/// x as one row of all elements: (size).
auto ravel(const Variable auto& x) {
  return reshape(x, {-1});
}

/// x with its dimensions in reverse order, or in the order of `axes` (a permutation): transpose(x, {0, 2, 1}).
auto transpose(const Variable auto& a, const Axes& axes = {}) {
  const auto& x = as_own_number(a);
  return xtape::apply(op::Transpose{{}, detail::transpose_order(x.shape(), axes)}, x);
}

/// x repeated to `shape`, by NumPy's rules of broadcasting.
auto broadcast_to(const ArrayOperand auto& a, const Shape& shape) {
  const auto& x = as_own_number(a);
  detail::check_broadcast(x.shape(), shape);
  return xtape::apply(op::BroadcastTo{{}, shape}, x);
}

/// x with new dimensions of extent 1 where `axes` say (places in the result).
auto expand_dims(const ArrayOperand auto& a, const Axes& axes) {
  const auto& x = as_own_number(a);
  return detail::reshape_to(x, detail::expanded_shape(x.shape(), axes));
}

/// x without its dimensions of extent 1, or without those that `axes` name.
auto squeeze(const Variable auto& a, const Axes& axes = {}) {
  const auto& x = as_own_number(a);
  return detail::reshape_to(x, detail::squeezed_shape(x.shape(), axes));
}

/// x as a constant: what follows does not depend on it for the tape. Also revives a variable of a finished tape.
template <Operand A>
auto stop_gradient(const A& x) {
  if constexpr (Handle<A>) {
    return common_var<A>(x.value());  // without a leaf
  } else {
    return detail::stopped(as_number<common_var<A>>(x));
  }
}

}  // namespace xtape
