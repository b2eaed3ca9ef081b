#pragma once
// Operations that rearrange an array without computing.

#include "autodiff/core/axes.hpp"
#include "autodiff/core/conform.hpp"
#include "autodiff/ops/family.hpp"

#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

namespace xtape {

namespace op {

/// y = x in another shape; dx = g in x's shape. No element moves, forward or backward.
struct Reshape {
  static constexpr const char* name = "reshape";
  static constexpr unsigned saves = kNothing;
  Shape to;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y[i...] = x[i[order]...]; dx = g permuted back. Exchanging the last two dimensions moves nothing until it must: a
/// matrix product reads the transpose in place.
struct Transpose {
  static constexpr const char* name = "transpose";
  static constexpr unsigned saves = kNothing;
  Shape order;  // of the result's dimensions in x
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y = x repeated along new and size-1 dimensions; dx = g summed over them (by the sweep).
struct BroadcastTo {
  static constexpr const char* name = "broadcast_to";
  static constexpr unsigned saves = kNothing;
  Shape to;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

/// y = x summed over the dimensions that `to` lacks or has with extent 1; dx = g broadcast (by the sweep).
struct SumTo {
  static constexpr const char* name = "sum_to";
  static constexpr unsigned saves = kNothing;
  Shape to;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

}  // namespace op

// clang-format off
#define XTAPE_SHAPE_OPS(X) X(Reshape, 1) X(Transpose, 1) X(BroadcastTo, 1) X(SumTo, 1)
XTAPE_SHAPE_OPS(XTAPE_DECLARE_STRUCTURAL)
// clang-format on

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
  using T = typename V::value_type;
  return apply_structural<op::Reshape, T, 1>(op::Reshape{shape}, {&x});
}

}  // namespace detail

/// x with the same elements, row by row, in another shape; one extent may be -1: reshape(x, {-1, 784}). Throws
/// ShapeError where the number of elements would change.
template <class A>
  requires ArrayOperands<A>
auto reshape(const A& a, Extents shape) {
  const auto& x = as_number<common_number<A>>(a);
  return detail::reshape_to(x, detail::reshape_target(x.shape(), {shape.begin(), shape.size()}));
}
/// The same with a shape: reshape(x, y.shape()).
template <class A>
  requires ArrayOperands<A>
auto reshape(const A& a, const Shape& shape) {
  const auto& x = as_number<common_number<A>>(a);
  const std::vector<Extent> extents(shape.begin(), shape.end());
  return detail::reshape_to(x, detail::reshape_target(x.shape(), extents));
}
template <class A, std::integral... I>
  requires(ArrayOperands<A> && sizeof...(I) > 0)
auto reshape(const A&, I...) {
  static_assert(kNever<A>, "xtape::reshape: the shape is written in braces: reshape(x, {2, -1})");
}

/// x as one row of all elements: (size).
template <Variable V>
auto ravel(const V& x) {
  return reshape(x, {-1});
}

/// x with its dimensions in reverse order, or in the order of `axes` (a permutation): transpose(x, {0, 2, 1}).
template <Variable A>
auto transpose(const A& a, const Axes& axes = {}) {
  using V = common_number<A>;
  const V& x = as_number<V>(a);
  const op::Transpose transpose{detail::transpose_order(x.shape(), axes)};
  return apply_structural<op::Transpose, typename V::value_type, 1>(transpose, {&x});
}

/// x repeated to `shape`, by NumPy's rules of broadcasting.
template <class A>
  requires ArrayOperands<A>
auto broadcast_to(const A& a, const Shape& shape) {
  using N = common_number<A>;
  const auto& x = as_number<N>(a);
  detail::check_broadcast(x.shape(), shape);
  return apply_structural<op::BroadcastTo, typename N::value_type, 1>(op::BroadcastTo{shape}, {&x});
}

/// x with new dimensions of extent 1 where `axes` say (places in the result).
template <class A>
  requires ArrayOperands<A>
auto expand_dims(const A& a, const Axes& axes) {
  const auto& x = as_number<common_number<A>>(a);
  return detail::reshape_to(x, detail::expanded_shape(x.shape(), axes));
}

/// x without its dimensions of extent 1, or without those that `axes` name.
template <Variable A>
auto squeeze(const A& a, const Axes& axes = {}) {
  const auto& x = as_number<common_number<A>>(a);
  return detail::reshape_to(x, detail::squeezed_shape(x.shape(), axes));
}

/// x as a constant: what follows does not depend on it for the tape. Also revives a variable of a finished tape.
template <Operand A>
auto stop_gradient(const A& x) {
  if constexpr (Handle<A>) {
    return common_var<A>(x.value());  // without a leaf
  } else {
    return as_number<common_var<A>>(x).constant();
  }
}

}  // namespace xtape
