#pragma once
// Operations that pick elements, and that put arrays together.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/indices.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace xtape {

/// What is taken of one dimension: all of it, one index (which drops the dimension), or a range as Python's
/// start:stop:step. Negative places count from the end; a negative step runs backwards.
///
///   slice(x, {2})             x[2]          slice(x, {{1, 3}, -1})          x[1:3, -1]
///   slice(x, {{1, {}}})       x[1:]         slice(x, {{}, {{}, {}, 2}})     x[:, ::2]
struct Range {
  std::optional<std::ptrdiff_t> start, stop;
  std::ptrdiff_t step = 1;
  bool is_index = false;  ///< `start` alone counts

  Range() = default;
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Range(I index) : start(saturated(index)), is_index(true) {}
  Range(std::optional<std::ptrdiff_t> from, std::optional<std::ptrdiff_t> to, std::ptrdiff_t by = 1)
      : start(from), stop(to), step(by) {}
};

namespace op {

/// One dimension of a slice after the range was fitted to it.
struct Window {
  std::size_t start, count;  // first index; number of indices
  std::ptrdiff_t step;
  bool dropped = false;  // by an index
};

using Windows = xt::svector<Window, 4>;

/// y = x[start:stop:step, ...], a view; dx gets g where it was taken from.
struct Slice : Operation<"slice"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Slice in_batch(std::size_t n) const;
  Windows windows;  // one a dimension
  Layout of(const Layout& x) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  void add_into(const Shape& x, T* dx, const Value<T>& g) const;
};

/// y = x cut along `axis` at `ends`; or, if there are none, each slice along it, without the axis.
struct Split : Operation<"split"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Split in_batch(std::size_t n) const { return {{}, detail::with_first(n, shape), axis + 1, ends}; }
  Shape shape;  // of x
  std::size_t axis;
  std::vector<std::size_t> ends;
  std::size_t count() const { return ends.empty() ? shape[axis] : ends.size(); }
  Slice part(std::size_t r) const;
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& x) const;
};

/// y = the slices of x at `indices` along `axis`; dx gets g added up at the indices.
struct Take : Operation<"take"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Take in_batch(std::size_t) const { return detail::next_axis(*this); }
  Indices indices;  // in [-extent, extent)
  std::size_t axis;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  void add_into(const Shape& x, T* dx, const Value<T>& g) const;
};

/// y = the inputs one after the other along `axis`; the gradient of each is its part of g.
struct Concatenate : Operation<"concatenate"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Concatenate in_batch(std::size_t) const { return detail::next_axis(*this); }
  std::size_t axis;
  std::vector<std::size_t> ends;  // of each input along the axis
  template <class T>
  SharedValue<T> eval(std::span<const Var<T>> x) const;
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g) const;
};

}  // namespace op

namespace detail {

op::Slice make_slice(const Shape& shape, std::span<const Range> ranges, const char* operation = "slice");
op::Slice make_slice_along(const char* operation, const Shape& shape, std::ptrdiff_t axis, const Range& range);
op::Take make_take(const Shape& shape, const Indices& indices, std::ptrdiff_t axis, const char* operation = "take");
// By indices that each example inside vmap has its own of (ops/order.cpp).
template <class T>
Var<T> take_for_each(const Var<T>& x, const op::Take& take);
template <class T>
Var<T> concatenate(std::span<const Var<T>> x, std::ptrdiff_t axis);
template <class T>
Var<T> stack(std::span<const Var<T>> x, std::ptrdiff_t axis);
op::Split make_split(const Shape& shape, std::size_t sections, std::ptrdiff_t axis);
op::Split make_unstack(const Shape& shape, std::ptrdiff_t axis);
template <class T>
std::vector<Var<T>> split(const op::Split& split, const Var<T>& x);

extern template Var<float> concatenate(std::span<const Var<float>>, std::ptrdiff_t);
extern template Var<double> concatenate(std::span<const Var<double>>, std::ptrdiff_t);
extern template std::vector<Var<float>> split(const op::Split&, const Var<float>&);
extern template std::vector<Var<double>> split(const op::Split&, const Var<double>&);
extern template Var<float> stack(std::span<const Var<float>>, std::ptrdiff_t);
extern template Var<double> stack(std::span<const Var<double>>, std::ptrdiff_t);

/// The operands of a list as Vars: where they are, or made from arrays and parameters.
template <class V, class List>
auto as_vars(const List& list) {
  if constexpr (std::same_as<typename List::value_type, V>) {
    return std::span<const V>(list.begin(), list.size());
  } else {
    std::vector<V> result;
    for (const auto& x : list) result.push_back(as_number<V>(x));
    return result;
  }
}
}  // namespace detail

/// x[range, range, ...], an index or a range a dimension from the front; the dimensions not named stay whole:
/// slice(x, {{1, 3}, {{}, {}, 2}}) is Python's x[1:3, ::2], and slice(x, {1}) its x[1]. Ranges past the end are fitted,
/// as in Python; throws ShapeError for an index that is out of range.
auto slice(const ArrayOperand auto& a, std::initializer_list<Range> ranges) {
  const auto& x = as_own_number(a);
  return xtape::apply(detail::make_slice(x.shape(), {ranges.begin(), ranges.size()}), x);
}

/// The slices of x at `indices`, whose shape takes the axis's place: take(x, {0, 2, -1}). Negative indices count from
/// the end; throws ShapeError for one out of range.
auto take(const ArrayOperand auto& a, const Indices& indices, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_number(a);
  const op::Take take = detail::make_take(x.shape(), indices, axis);
  return indices.level() == nullptr ? xtape::apply(take, x) : detail::take_for_each(x, take);
}

/// The slice at one index, without the axis: take(x, 0) is NumPy's x[0].
template <class A, std::integral I>
  requires ArrayOperands<A>
auto take(const A& a, I index, std::ptrdiff_t axis = 0) {
  static_assert(!std::same_as<I, bool>, "xtape::take: an index is an integer, not a bool");
  const auto& x = as_own_number(a);
  return xtape::apply(detail::make_slice_along("take", x.shape(), axis, Range(index)), x);
}

/// The arrays one after the other along `axis`, from a vector or in braces, Vars, arrays and parameters in any mixture:
/// concatenate({x, y}). Throws ShapeError where their other extents differ.
template <class A>
  requires ArrayOperands<A>
auto concatenate(const std::vector<A>& x, std::ptrdiff_t axis = 0) {
  using V = common_number<A>;
  return detail::concatenate<typename V::value_type>(detail::as_vars<V>(x), axis);
}
template <class A>
  requires ArrayOperands<A>
auto concatenate(std::initializer_list<A> x, std::ptrdiff_t axis = 0) {
  using V = common_number<A>;
  return detail::concatenate<typename V::value_type>(detail::as_vars<V>(x), axis);
}
template <std::floating_point T>
Var<T> concatenate(std::initializer_list<Var<T>> x, std::ptrdiff_t axis = 0) {
  return detail::concatenate<T>({x.begin(), x.size()}, axis);
}
inline Var<float> concatenate(std::initializer_list<Var<float>> x, std::ptrdiff_t axis = 0) {
  return concatenate<float>(x, axis);
}
inline Var<double> concatenate(std::initializer_list<Var<double>> x, std::ptrdiff_t axis = 0) {
  return concatenate<double>(x, axis);
}
/// The arrays side by side along a new axis, given as to concatenate. Throws ShapeError where their shapes differ.
template <class A>
  requires ArrayOperands<A>
auto stack(const std::vector<A>& x, std::ptrdiff_t axis = 0) {
  using V = common_number<A>;
  return detail::stack<typename V::value_type>(detail::as_vars<V>(x), axis);
}
template <class A>
  requires ArrayOperands<A>
auto stack(std::initializer_list<A> x, std::ptrdiff_t axis = 0) {
  using V = common_number<A>;
  return detail::stack<typename V::value_type>(detail::as_vars<V>(x), axis);
}
template <std::floating_point T>
Var<T> stack(std::initializer_list<Var<T>> x, std::ptrdiff_t axis = 0) {
  return detail::stack<T>({x.begin(), x.size()}, axis);
}
inline Var<float> stack(std::initializer_list<Var<float>> x, std::ptrdiff_t axis = 0) {
  return stack<float>(x, axis);
}
inline Var<double> stack(std::initializer_list<Var<double>> x, std::ptrdiff_t axis = 0) {
  return stack<double>(x, axis);
}
/// x cut into equal parts along `axis`. Throws ShapeError if they would not be equal.
auto split(const ArrayOperand auto& a, std::size_t sections, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_number(a);
  return detail::split(detail::make_split(x.shape(), sections, axis), x);
}
/// The slices of x along `axis`, without it: the rows of a matrix. Throws ShapeError where there is none.
auto unstack(const ArrayOperand auto& a, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_number(a);
  return detail::split(detail::make_unstack(x.shape(), axis), x);
}

namespace detail {
template <class T>
Array<T> one_hot(const char* operation, const Indices& labels, std::size_t classes);
}

/// 1 at the label and 0 elsewhere: labels of shape (...) give (..., classes). Throws ShapeError for a label outside of
/// [0, classes).
template <class T>
Array<T> one_hot(const Indices& labels, std::size_t classes) {
  return detail::one_hot<T>("one_hot", labels, classes);
}

}  // namespace xtape
