#pragma once
// Operations that pick elements, and that put arrays together.

#include "autodiff/ops/shape.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace xtape {

/// A range of indices, as Python's start:stop:step; negative places count from the end; a negative step runs backwards.
struct Range {
  std::optional<std::ptrdiff_t> start = std::nullopt, stop = std::nullopt;
  std::ptrdiff_t step = 1;
};

namespace op {

/// One dimension of a slice after the range was fitted to it.
struct Window {
  std::size_t extent, start, count;  // of x; first index; number of indices
  std::ptrdiff_t step;
};

/// y = x[start:stop:step, ...]; dx = g put back in place among zeros.
struct Slice {
  static constexpr const char* name = "slice";
  static constexpr unsigned saves = kNothing;
  std::vector<Window> windows;  // one a dimension
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const;
};

/// The reverse: y = x put in place among zeros; dx = the slice of g.
struct Unslice {
  static constexpr const char* name = "unslice";
  static constexpr unsigned saves = kNothing;
  std::vector<Window> windows;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const;
};

/// y = the slices of x at `indices` along `axis`; dx = g added up at the indices.
struct Take {
  static constexpr const char* name = "take";
  static constexpr unsigned saves = kNothing;
  std::vector<std::size_t> indices;  // in [0, extent)
  Shape index_shape;
  std::size_t axis, extent;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const;
};

/// The reverse: y = zeros with the slices of x added at `indices` along `axis`; dx = the slices of g there.
struct Untake {
  static constexpr const char* name = "untake";
  static constexpr unsigned saves = kNothing;
  std::vector<std::size_t> indices;
  Shape index_shape;
  std::size_t axis, extent;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const;
};

/// y = the inputs one after the other along `axis`; the gradient of each is its part of g.
struct Concatenate {
  static constexpr const char* name = "concatenate";
  std::size_t axis;
  std::vector<std::size_t> ends;  // of each input along the axis
  template <class T>
  SharedValue<T> eval(std::span<const Var<T>> x) const;
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g) const;
};

}  // namespace op

// clang-format off
#define XTAPE_INDEX_OPS(X) X(Slice, 1) X(Unslice, 1) X(Take, 1) X(Untake, 1)
XTAPE_INDEX_OPS(XTAPE_DECLARE_STRUCTURAL)
// clang-format on

namespace detail {

op::Slice make_slice(const Shape& shape, std::span<const Range> ranges);
op::Slice make_slice_along(const Shape& shape, std::ptrdiff_t axis, const Range& range);
op::Take make_take(const Shape& shape, std::vector<std::ptrdiff_t> indices, Shape index_shape, std::ptrdiff_t axis);
template <class T>
Var<T> concatenate(std::span<const Var<T>> x, std::ptrdiff_t axis);
template <class T>
Var<T> stack(std::span<const Var<T>> x, std::ptrdiff_t axis);
std::vector<std::size_t> section_ends(const Shape& shape, std::size_t sections, std::size_t axis);
template <class T>
Array<T> one_hot(const std::vector<std::ptrdiff_t>& labels, const Shape& shape, std::size_t classes);

extern template Var<float> concatenate(std::span<const Var<float>>, std::ptrdiff_t);
extern template Var<double> concatenate(std::span<const Var<double>>, std::ptrdiff_t);
extern template Var<float> stack(std::span<const Var<float>>, std::ptrdiff_t);
extern template Var<double> stack(std::span<const Var<double>>, std::ptrdiff_t);
extern template Array<float> one_hot(const std::vector<std::ptrdiff_t>&, const Shape&, std::size_t);
extern template Array<double> one_hot(const std::vector<std::ptrdiff_t>&, const Shape&, std::size_t);

template <class I>
std::vector<std::ptrdiff_t> integers(const I& indices) {
  static_assert(std::is_integral_v<typename I::value_type>, "xtape: indices and labels are integers");
  std::vector<std::ptrdiff_t> result;
  for (const auto index : indices) result.push_back(saturated(index));
  return result;
}
template <class I>
Shape index_shape(const I& indices) {
  if constexpr (Expression<I>) {
    return shape_of(indices);
  } else {
    return Shape{indices.size()};
  }
}

}  // namespace detail

/// x[range, range, ...], a range a dimension from the front; the dimensions not named stay whole:
/// slice(x, {{1, 3}, {{}, {}, 2}}) is Python's x[1:3, ::2]. Places past the end are fitted, as in Python.
template <class A>
  requires ArrayOperands<A>
auto slice(const A& a, std::initializer_list<Range> ranges) {
  using V = common_number<A>;
  const V& x = as_number<V>(a);
  const op::Slice slice = detail::make_slice(x.shape(), {ranges.begin(), ranges.size()});
  return apply_structural<op::Slice, typename V::value_type, 1>(slice, {&x});
}

/// The slices of x at integer `indices` (a vector, or an xtensor array whose shape takes the axis's place) along
/// `axis`; negative indices count from the end; throws ShapeError for one out of range.
template <class A, class I>
  requires ArrayOperands<A>
auto take(const A& a, const I& indices, std::ptrdiff_t axis = 0) {
  using V = common_number<A>;
  const V& x = as_number<V>(a);
  const op::Take take = detail::make_take(x.shape(), detail::integers(indices), detail::index_shape(indices), axis);
  return apply_structural<op::Take, typename V::value_type, 1>(take, {&x});
}

/// The same with the indices in braces: take(x, {0, 2, -1}).
template <class A>
  requires ArrayOperands<A>
auto take(const A& x, std::initializer_list<std::ptrdiff_t> indices, std::ptrdiff_t axis = 0) {
  return take(x, std::vector<std::ptrdiff_t>(indices), axis);
}

/// The arrays one after the other along `axis`, from a vector or in braces: concatenate({x, y}). Throws ShapeError
/// where their other extents differ.
template <class T>
Var<T> concatenate(const std::vector<Var<T>>& x, std::ptrdiff_t axis = 0) {
  return detail::concatenate<T>(x, axis);
}
template <class T>
Var<T> concatenate(std::initializer_list<Var<T>> x, std::ptrdiff_t axis = 0) {
  return detail::concatenate<T>({x.begin(), x.size()}, axis);
}
/// The arrays side by side along a new axis. Throws ShapeError where their shapes differ.
template <class T>
Var<T> stack(const std::vector<Var<T>>& x, std::ptrdiff_t axis = 0) {
  return detail::stack<T>(x, axis);
}
template <class T>
Var<T> stack(std::initializer_list<Var<T>> x, std::ptrdiff_t axis = 0) {
  return detail::stack<T>({x.begin(), x.size()}, axis);
}
/// x cut into equal parts along `axis`. Throws ShapeError if they would not be equal.
template <class V>
  requires AnyVar<V> std::vector<V> split(const V& x, std::size_t sections, std::ptrdiff_t axis = 0) {
    std::vector<V> parts;
    std::ptrdiff_t begin = 0;
    for (const std::size_t end : detail::section_ends(x.shape(), sections, normalize_axis("split", axis, x.shape()))) {
      const op::Slice part = detail::make_slice_along(x.shape(), axis, {begin, std::ptrdiff_t(end)});
      parts.push_back(apply_structural<op::Slice, typename V::value_type, 1>(part, {&x}));
      begin = std::ptrdiff_t(end);
    }
    return parts;
  }

/// 1 at the label and 0 elsewhere: integer labels of shape (...) give (..., classes). Throws ShapeError for a label
/// outside of [0, classes).
template <class T, class I>
Array<T> one_hot(const I& labels, std::size_t classes) {
  return detail::one_hot<T>(detail::integers(labels), detail::index_shape(labels), classes);
}
template <class T>
Array<T> one_hot(std::initializer_list<std::ptrdiff_t> labels, std::size_t classes) {
  return one_hot<T>(std::vector<std::ptrdiff_t>(labels), classes);
}

}  // namespace xtape
