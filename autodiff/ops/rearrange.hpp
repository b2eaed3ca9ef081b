#pragma once
// Operations that turn, repeat and surround arrays, all but for one composed of views, concatenation and take; NumPy's
// notation for parts with xtensor's slices; and arrays of a pattern.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/axes.hpp"
#include "autodiff/core/indices.hpp"
#include "autodiff/ops/index.hpp"

#include <concepts>
#include <initializer_list>
#include <span>
#include <vector>

namespace xtape {

namespace op {

/// y[..., i] = x[..., i, ..., i + offset, ...] along two axes, a view; dx gets g there.
struct Diagonal : Operation<"diagonal"> {
  static constexpr Linearity linear = Linearity::kTogether;
  std::ptrdiff_t offset = 0;
  std::size_t first = 0, second = 1;  // the axes
  Diagonal in_batch(std::size_t) const { return {{}, offset, first + 1, second + 1}; }
  Layout of(const Layout& x) const;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  void add_into(const Shape& x, T* dx, const Value<T>& g) const;
};

}  // namespace op

/// What surrounds an array (NumPy's names).
enum class PadMode {
  kConstantValue,  ///< a number
  kEdge,           ///< the element at the edge
  kReflect,        ///< the elements from the edge inwards, the edge itself once
  kSymmetric,      ///< the same, the edge twice
  kWrap,           ///< the elements from the other end
  kLinearRamp,     ///< a line from the edge to a number
  kMaximum,        ///< the largest along the axis; likewise the next
  kMinimum,
  kMean,
  kMedian,
};

/// How many elements come before and after an axis.
struct PadWidth {
  std::ptrdiff_t before, after;
  template <std::integral I>
  PadWidth(I both) : before(saturated(both)), after(before) {}
  template <std::integral A, std::integral B>
  PadWidth(A in_front, B behind) : before(saturated(in_front)), after(saturated(behind)) {}
};

/// Whether the first array of meshgrid runs along the second axis, as in a plot, or along the first.
enum class Indexing { kXy, kIj };

namespace detail {

/// An argument of `view`.
struct ViewPart {
  enum Kind { kRange, kNewAxis, kEllipsis } kind = kRange;
  Range range{};
};
template <class S>
ViewPart view_part(const S& s) {
  if constexpr (std::convertible_to<S, Range>) {
    return {ViewPart::kRange, s};
  } else if constexpr (std::same_as<S, xt::xall_tag>) {
    return {};
  } else if constexpr (std::same_as<S, xt::xnewaxis_tag>) {
    return {ViewPart::kNewAxis};
  } else if constexpr (std::same_as<S, xt::xellipsis_tag>) {
    return {ViewPart::kEllipsis};
  } else {
    static_assert(
        requires { s.start(), s.stop(), s.step(); },
        "xtape::view: an index, xt::range, xt::all, xt::newaxis or xt::ellipsis expected; for a list of places write "
        "take(x, indices, axis)");
    const auto place = [](const auto& bound) {  // or a placeholder
      if constexpr (std::integral<std::remove_cvref_t<decltype(bound)>>) {
        return std::optional<std::ptrdiff_t>(bound);
      } else {
        return std::optional<std::ptrdiff_t>();
      }
    };
    return {ViewPart::kRange, Range(place(s.start()), place(s.stop()), place(s.step()).value_or(1))};
  }
}

template <class T>
Var<T> view(const Var<T>& x, std::span<const ViewPart> parts);
template <class T>
Var<T> flip(const char* operation, const Var<T>& x, const Axes& axes);
template <class T>
Var<T> roll(const Var<T>& x, const std::vector<std::ptrdiff_t>& shifts, const Axes& axes);
template <class T>
Var<T> rot90(const Var<T>& x, std::ptrdiff_t k, const Axes& axes);
template <class T>
Var<T> repeat(const Var<T>& x, std::size_t count, OptionalAxis axis);
template <class T>
Var<T> repeat(const Var<T>& x, const Indices& counts, OptionalAxis axis);
template <class T>
Var<T> tile(const Var<T>& x, const Shape& counts);
template <class T>
Var<T> pad(const Var<T>& x, std::span<const PadWidth> widths, PadMode mode, double value);
template <class T>
Var<T> moveaxis(const char* operation, const Var<T>& x, const Axes& from, const Axes& to);
template <class T>
Var<T> swapaxes(const Var<T>& x, std::ptrdiff_t a, std::ptrdiff_t b);
template <class T>
Var<T> at_least(const Var<T>& x, std::size_t rank);
op::Split make_array_split(const Shape& shape, std::size_t sections, std::ptrdiff_t axis);
op::Split make_array_split(const Shape& shape, const Indices& places, std::ptrdiff_t axis);
template <class T>
std::vector<Var<T>> meshgrid(std::span<const Var<T>> x, Indexing indexing);
template <class T>
Var<T> triangle(const char* operation, const Var<T>& x, std::ptrdiff_t k, bool lower);
template <class T>
Var<T> diagonal(const char* operation, const Var<T>& x, std::ptrdiff_t offset, std::ptrdiff_t axis1,
                std::ptrdiff_t axis2);
template <class T>
Var<T> trace(const Var<T>& x, std::ptrdiff_t offset, std::ptrdiff_t axis1, std::ptrdiff_t axis2);
template <class T>
Var<T> diag(const Var<T>& x, std::ptrdiff_t k);

}  // namespace detail

/// x[...] in xtensor's notation, an argument a dimension from the front: view(x, 0, xt::range(1, 5), xt::all()), and
/// xt::newaxis(), xt::ellipsis(), xt::range(_, _, -1). A view of x; ranges past the end are fitted. Throws ShapeError
/// for an index out of range, and for more arguments than dimensions.
template <class E, class... S>
  requires Variable<E>
auto view(E&& x, S&&... parts) {
  const std::array<detail::ViewPart, sizeof...(S)> list{detail::view_part<std::remove_cvref_t<S>>(parts)...};
  return detail::view(as_own_var(x), std::span<const detail::ViewPart>(list));
}

/// x backwards along the axes, or along all: a view.
auto flip(const Variable auto& x, const Axes& axes = {}) {
  return detail::flip("flip", as_own_var(x), axes);
}
/// x with its elements `shift` places further along the axis, those that fall out at the end put in front; without an
/// axis in the order of all elements.
auto roll(const Variable auto& x, std::ptrdiff_t shift, const Axes& axes = {}) {
  return detail::roll(as_own_var(x), {shift}, axes);
}
/// The same by a shift for each of several axes. Throws ShapeError where their numbers differ.
auto roll(const Variable auto& x, const std::vector<std::ptrdiff_t>& shifts, const Axes& axes) {
  return detail::roll(as_own_var(x), shifts, axes);
}
/// x turned k times by 90 degrees from the first of two axes towards the second: a view.
auto rot90(const Variable auto& x, std::ptrdiff_t k = 1, const Axes& axes = {0, 1}) {
  return detail::rot90(as_own_var(x), k, axes);
}
/// Each element `count` times along the axis; without one all elements in a row.
auto repeat(const Variable auto& x, std::size_t count, OptionalAxis axis = {}) {
  return detail::repeat(as_own_var(x), count, axis);
}
/// Each slice along the axis as often as its count says.
auto repeat(const Variable auto& x, const Indices& counts, OptionalAxis axis = {}) {
  return detail::repeat(as_own_var(x), counts, axis);
}
/// x side by side, counts[d] times along dimension d; counts and dimensions are filled up with 1 in front.
auto tile(const Variable auto& x, const Shape& counts) {
  return detail::tile(as_own_var(x), counts);
}
/// The same along the last dimension alone.
auto tile(const Variable auto& x, std::size_t count) {
  return detail::tile(as_own_var(x), Shape{count});
}
/// The same of an array alone.
template <class D>
auto tile(const xt::xexpression<D>& x, const Shape& counts) {
  return detail::tile(as_own_var(x.derived_cast()), counts);
}
/// The same of an array alone.
template <class D>
auto tile(const xt::xexpression<D>& x, std::size_t count) {
  return detail::tile(as_own_var(x.derived_cast()), Shape{count});
}

/// x with more elements around it, a width for each axis ({before, after}, or one number for both), or one for all:
/// pad(x, {{1, 2}, 0}), pad(x, {1}, PadMode::kReflect). `value` is the number of kConstantValue and kLinearRamp. Throws
/// ShapeError where there is nothing to take elements from.
auto pad(const Variable auto& x, std::initializer_list<PadWidth> widths, PadMode mode = PadMode::kConstantValue,
         double value = 0) {
  return detail::pad(as_own_var(x), std::span<const PadWidth>(widths.begin(), widths.size()), mode, value);
}
/// The same of one width on all sides.
auto pad(const Variable auto& x, std::integral auto width, PadMode mode = PadMode::kConstantValue, double value = 0) {
  return pad(x, {PadWidth(width)}, mode, value);
}
/// The same of an array alone.
template <class D>
auto pad(const xt::xexpression<D>& x, std::initializer_list<PadWidth> widths, PadMode mode = PadMode::kConstantValue,
         double value = 0) {
  return pad(as_own_var(x.derived_cast()), widths, mode, value);
}
/// The same of an array alone.
template <class D>
auto pad(const xt::xexpression<D>& x, std::integral auto width, PadMode mode = PadMode::kConstantValue,
         double value = 0) {
  return pad(as_own_var(x.derived_cast()), {PadWidth(width)}, mode, value);
}

/// x with two axes exchanged: a view.
auto swapaxes(const ArrayOperand auto& x, std::ptrdiff_t axis1, std::ptrdiff_t axis2) {
  return detail::swapaxes(as_own_var(x), axis1, axis2);
}
/// x with the axes `from` at the places `to`, the others in order: a view. Throws ShapeError where their numbers
/// differ.
auto moveaxis(const ArrayOperand auto& x, const Axes& from, const Axes& to) {
  return detail::moveaxis("moveaxis", as_own_var(x), from, to);
}
/// Of one axis. For a const array xtensor's function of that name, in newer versions, is no better match; others are
/// xtensor's where its header is included.
auto moveaxis(const ArrayOperand auto& x, std::ptrdiff_t from, std::ptrdiff_t to) {
  return moveaxis(x, Axes{from}, Axes{to});
}

/// x with at least one dimension.
auto atleast_1d(const Variable auto& x) {
  return detail::at_least(as_own_var(x), 1);
}
/// x with at least two dimensions: a vector becomes a row.
auto atleast_2d(const Variable auto& x) {
  return detail::at_least(as_own_var(x), 2);
}
/// x with at least three dimensions: (n) becomes (1, n, 1), and (m, n) becomes (m, n, 1).
auto atleast_3d(const Variable auto& x) {
  return detail::at_least(as_own_var(x), 3);
}

/// x cut along the axis into `sections` parts whose extents differ by at most 1, the longer ones first.
auto array_split(const ArrayOperand auto& a, std::size_t sections, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_var(a);
  return detail::split(detail::make_array_split(x.shape(), sections, axis), x);
}
/// x cut along the axis before each of the places, in rising order.
auto array_split(const ArrayOperand auto& a, const Indices& places, std::ptrdiff_t axis = 0) {
  const auto& x = as_own_var(a);
  return detail::split(detail::make_array_split(x.shape(), places, axis), x);
}

/// The coordinates of a grid: each vector repeated along the axes of the others, views. Of (m) and (n), with kXy of
/// shape (n, m), with kIj of (m, n).
template <class A>
  requires ArrayOperands<A>
auto meshgrid(const std::vector<A>& x, Indexing indexing = Indexing::kXy) {
  using V = common_number<A>;
  return detail::meshgrid<typename V::value_type>(detail::as_vars<V>(x), indexing);
}
template <class A>
  requires ArrayOperands<A>
auto meshgrid(std::initializer_list<A> x, Indexing indexing = Indexing::kXy) {
  using V = common_number<A>;
  return detail::meshgrid<typename V::value_type>(detail::as_vars<V>(x), indexing);
}

/// x with zeros above its k-th diagonal, in the last two dimensions. Throws ShapeError for fewer.
auto tril(const Variable auto& x, std::ptrdiff_t k = 0) {
  return detail::triangle("tril", as_own_var(x), k, true);
}
/// x with zeros below its k-th diagonal.
auto triu(const Variable auto& x, std::ptrdiff_t k = 0) {
  return detail::triangle("triu", as_own_var(x), k, false);
}
/// The elements x[..., i, ..., i + offset, ...] along two axes, which become the last one: a view.
auto diagonal(const Variable auto& x, std::ptrdiff_t offset = 0, std::ptrdiff_t axis1 = 0, std::ptrdiff_t axis2 = 1) {
  return detail::diagonal("diagonal", as_own_var(x), offset, axis1, axis2);
}
/// The k-th diagonal of a matrix; of a vector the matrix of zeros with it there. Throws ShapeError for others.
auto diag(const Variable auto& x, std::ptrdiff_t k = 0) {
  return detail::diag(as_own_var(x), k);
}
/// The sum of a diagonal.
auto trace(const ArrayOperand auto& x, std::ptrdiff_t offset = 0, std::ptrdiff_t axis1 = 0, std::ptrdiff_t axis2 = 1) {
  return detail::trace(as_own_var(x), offset, axis1, axis2);
}

/// Ones on the k-th diagonal, (rows, columns), and zeros elsewhere.
template <class T>
Array<T> eye(std::size_t rows, std::size_t columns, std::ptrdiff_t k = 0);
/// The identity matrix.
template <class T>
Array<T> eye(std::size_t n) {
  return eye<T>(n, n);
}
/// Ones on and below the k-th diagonal, (rows, columns), and zeros above.
template <class T>
Array<T> tri(std::size_t rows, std::size_t columns, std::ptrdiff_t k = 0);
/// start, start + step, ... before stop, which is not reached. Throws ShapeError where there would be no end to them.
template <class T>
Array<T> arange(double start, double stop, double step = 1);
/// `count` numbers from start to stop, both included, evenly spaced.
template <class T>
Array<T> linspace(double start, double stop, std::size_t count = 50);

}  // namespace xtape
