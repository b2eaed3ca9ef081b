#pragma once
// Arrays with other elements in some places, without a change of the array itself; what belongs to one segment; and
// elements picked by several indices, or by a mask.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/indices.hpp"
#include "autodiff/core/parts.hpp"
#include "autodiff/ops/index.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace xtape {

namespace op {

/// y = x with v added where the part lies; dx = g, dv = g's part.
struct IndexAdd : Operation<"index_add"> {
  static constexpr Linearity linear = Linearity::kTogether;
  std::shared_ptr<const Part> part;
  const Indices* own_indices() const { return part->indices(); }
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& v) const;
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const ShapeOnly& x, const ShapeOnly& v) const;
};

/// y = x, row by row, with v at the places, of equal ones the last; dx = g, but 0 there, dv = g there, but 0 for those
/// of v that are not the last.
struct IndexPut : Operation<"index_put"> {
  static constexpr Linearity linear = Linearity::kTogether;
  Indices places;  // in [0, size)
  template <class T>
  std::vector<Var<T>> apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                     std::span<const char> batched) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x, const SharedValue<T>& v) const;
  template <class T>
  Var<T> vjp(std::size_t k, const Var<T>& g, const Unsaved&, const ShapeOnly& x, const ShapeOnly& v) const;
};

}  // namespace op

namespace detail {

/// A part of arrays of one shape: where it lies, and on demand the places of its elements, row by row.
struct PlacedRegion {
  const char* operation;
  Shape whole, shape;  // of the array, of the part
  std::shared_ptr<const Part> part;
  std::function<Indices()> places;
};

PlacedRegion region_of(const char* operation, const Shape& shape, std::span<const Range> ranges);
PlacedRegion region_of(const char* operation, const Shape& shape, const Indices& indices, std::ptrdiff_t axis);
PlacedRegion region_along(const char* operation, const Shape& shape, const Indices& indices, std::ptrdiff_t axis);
PlacedRegion region_of(const char* operation, const Shape& shape, std::span<const Indices> indices);

template <class T>
Var<T> part_of(const PlacedRegion& at, const Var<T>& x);
template <class T>
Var<T> with_added(const PlacedRegion& at, const Var<T>& x, const Var<T>& v);
template <class T>
Var<T> with_put(const PlacedRegion& at, const Var<T>& x, const Var<T>& v);
template <class T>
Var<T> with_extreme(const PlacedRegion& at, const Var<T>& x, const Var<T>& v, bool largest);
template <class T>
Var<T> segment_sum(const Var<T>& x, const Indices& segments, std::size_t count);
template <class T>
Var<T> segment_mean(const Var<T>& x, const Indices& segments, std::size_t count);
template <class T>
Var<T> segment_extreme(const char* operation, const Var<T>& x, const Indices& segments, std::size_t count,
                       bool largest);
template <class T>
Var<T> segment_softmax(const Var<T>& x, const Indices& segments, std::size_t count);
template <class T>
Var<T> fancy_index(const Var<T>& x, std::span<const Indices> indices);
Indices nonzero_places(const Array<double>& mask);
template <class T>
Var<T> boolean_mask(const Var<T>& x, const Array<double>& mask);
template <class T>
Var<T> select(std::span<const Var<T>> conditions, std::span<const Var<T>> choices, const Var<T>& otherwise);

}  // namespace detail

/// A part of an array, as `at` names it, and the array with other elements there. What is given broadcasts to the part;
/// where an index comes twice, `add` adds both, `set` takes the last.
template <class T>
class At {
 public:
  At(Var<T> x, detail::PlacedRegion at) : x_(std::move(x)), at_(std::move(at)) {}

  /// The part itself.
  Var<T> get() const { return detail::part_of(at_, x_); }
  /// The array with the values in place of the part.
  Var<T> set(const Operand auto& values) const { return detail::with_put(at_, x_, as_number<Var<T>>(values)); }
  /// The array with the values added to the part.
  Var<T> add(const Operand auto& values) const { return detail::with_added(at_, x_, as_number<Var<T>>(values)); }
  /// The array with the larger of element and value; the gradient goes to the first of equal ones, the array's own
  /// before all.
  Var<T> max(const Operand auto& values) const {
    return detail::with_extreme(at_, x_, as_number<Var<T>>(values), true);
  }
  /// The array with the smaller; as max.
  Var<T> min(const Operand auto& values) const {
    return detail::with_extreme(at_, x_, as_number<Var<T>>(values), false);
  }

 private:
  Var<T> x_;
  detail::PlacedRegion at_;
};

namespace detail {
template <class V>
auto make_at(const V& x, PlacedRegion at) {
  return At<typename V::value_type>(x, std::move(at));
}
}  // namespace detail

/// A part of x, to be changed in a copy: at(x, {{1, 3}, 0}).set(v) is what x[1:3, 0] = v leaves in NumPy, and
/// at(x, {{1, 3}, 0}).add(v) what x[1:3, 0] += v does. Ranges as slice takes them. The values get their gradients, and
/// x those of the elements that stay.
auto at(const ArrayOperand auto& a, std::initializer_list<Range> ranges) {
  const auto& x = as_own_var(a);
  return detail::make_at(x, detail::region_of("at", x.shape(), std::span<const Range>(ranges.begin(), ranges.size())));
}
/// The slices of x at `indices` along an axis, as take gives them: at(x, Indices{0, 2, 0}).add(rows).
template <class A, class I>
  requires(ArrayOperands<A>&& std::constructible_from<Indices, const I&>)
auto at(const A& a, const I& indices, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_var(a);
  return detail::make_at(x, detail::region_of("at", x.shape(), Indices(indices), axis));
}
/// The elements x[i, j, ...] for indices i, j, ... that broadcast, as fancy_index gives them.
template <class A, std::same_as<Indices> I>
  requires ArrayOperands<A>
auto at(const A& a, const std::vector<I>& indices) {
  const auto& x = as_own_var(a);
  return detail::make_at(x, detail::region_of("at", x.shape(), std::span<const Indices>(indices)));
}

/// x with the slices of `values` added to those at `indices` along the axis; an index may come several times. Throws
/// ShapeError for an index out of range, and for values that do not broadcast to the slices.
template <class A, class B>
  requires ArrayOperands<A, B>
auto index_add(const A& x, const Indices& indices, const B& values, std::ptrdiff_t axis = 0) {
  using V = common_number<A, B>;
  const V to = as_number<V>(x);
  return detail::with_added(detail::region_of("index_add", to.shape(), indices, axis), to, V(as_number<V>(values)));
}

/// x with values[.., k, ..] added at x[.., indices[.., k, ..], ..]: the reverse of take_along_axis. Throws ShapeError
/// likewise.
template <class A, class B>
  requires ArrayOperands<A, B>
auto scatter_add(const A& x, const Indices& indices, const B& values, std::ptrdiff_t axis) {
  using V = common_number<A, B>;
  const V to = as_number<V>(x);
  return detail::with_added(detail::region_along("scatter_add", to.shape(), indices, axis), to,
                            V(as_number<V>(values)));
}
/// x with values[.., k, ..] in place of x[.., indices[.., k, ..], ..].
template <class A, class B>
  requires ArrayOperands<A, B>
auto put_along_axis(const A& x, const Indices& indices, const B& values, std::ptrdiff_t axis) {
  using V = common_number<A, B>;
  const V to = as_number<V>(x);
  return detail::with_put(detail::region_along("put_along_axis", to.shape(), indices, axis), to,
                          V(as_number<V>(values)));
}

// Slices x[k] that belong together: `segments` names for each k, in any order, its segment in [0, count). All throw
// ShapeError for a segment out of range, and where there is not one for each slice.

/// The sum of each segment's slices: (n, ...) gives (count, ...), zeros for a segment of none.
auto segment_sum(const ArrayOperand auto& x, const Indices& segments, std::size_t count) {
  return detail::segment_sum(as_own_var(x), segments, count);
}
/// The mean of each segment's slices, NaN for a segment of none.
auto segment_mean(const ArrayOperand auto& x, const Indices& segments, std::size_t count) {
  return detail::segment_mean(as_own_var(x), segments, count);
}
/// The largest of each segment's elements, -infinity for a segment of none, NaN if one is. The gradient goes to the
/// first of equal ones.
auto segment_max(const ArrayOperand auto& x, const Indices& segments, std::size_t count) {
  return detail::segment_extreme("segment_max", as_own_var(x), segments, count, true);
}
/// The smallest, infinity for a segment of none; as segment_max.
auto segment_min(const ArrayOperand auto& x, const Indices& segments, std::size_t count) {
  return detail::segment_extreme("segment_min", as_own_var(x), segments, count, false);
}
/// eˣ over its sum in the segment: of x's shape, without overflow.
auto segment_softmax(const ArrayOperand auto& x, const Indices& segments, std::size_t count) {
  return detail::segment_softmax(as_own_var(x), segments, count);
}

/// x[i, j, ...], NumPy's for integer arrays: the indices broadcast, and name places of the first dimensions; what is
/// left of x's follows. Throws ShapeError for one out of range, and for more indices than dimensions.
auto fancy_index(const ArrayOperand auto& x, const std::vector<Indices>& indices) {
  return detail::fancy_index(as_own_var(x), std::span<const Indices>(indices));
}

/// The slices of x where the mask is not 0, one after the other: NumPy's x[mask]. The mask, a constant, has the extents
/// of x's first dimensions; throws ShapeError for others.
auto boolean_mask(const ArrayOperand auto& x, const ArrayOperand auto& mask) {
  return detail::boolean_mask(as_own_var(x), Array<double>(stop_gradient(mask).value()));
}
/// The places, row by row, at which x is not 0: for take(ravel(x), places).
auto flatnonzero(const Variable auto& x) {
  return detail::nonzero_places(Array<double>(stop_gradient(x).value()));
}

/// The first of `choices` whose condition is not 0, element by element, else `otherwise`; all broadcast. Throws
/// ShapeError where there is not a condition for each choice.
template <std::floating_point T>
Var<T> select(const std::vector<Var<T>>& conditions, const std::vector<Var<T>>& choices,
              const Operand auto& otherwise) {
  return detail::select<T>(conditions, choices, as_number<Var<T>>(otherwise));
}
template <std::floating_point T>
Var<T> select(std::initializer_list<Var<T>> conditions, std::initializer_list<Var<T>> choices,
              const Operand auto& otherwise) {
  return select(std::vector<Var<T>>(conditions), std::vector<Var<T>>(choices), otherwise);
}

}  // namespace xtape
