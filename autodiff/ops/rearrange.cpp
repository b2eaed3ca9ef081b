#include "autodiff/ops/rearrange.hpp"

#include "autodiff/kernels/strided.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace xtape {

namespace op {

Layout Diagonal::of(const Layout& x) const {
  const std::ptrdiff_t rows = std::ptrdiff_t(x.shape[first]), columns = std::ptrdiff_t(x.shape[second]);
  const std::ptrdiff_t below = offset < 0 ? std::min(-offset, rows) : 0;
  const std::ptrdiff_t right = offset > 0 ? std::min(offset, columns) : 0;
  Layout result{{}, {}, x.offset + below * x.strides[first] + right * x.strides[second]};
  for (std::size_t d = 0; d < x.shape.size(); ++d) {
    if (d == first || d == second) continue;
    result.shape.push_back(x.shape[d]);
    result.strides.push_back(x.strides[d]);
  }
  result.shape.push_back(std::size_t(std::min(rows - below, columns - right)));
  result.strides.push_back(x.strides[first] + x.strides[second]);
  return result;
}

template <class T>
SharedValue<T> Diagonal::eval(const SharedValue<T>& x) const {
  return Value<T>::view(x, of(x->layout()));
}

template <class T>
void Diagonal::add_into(const Shape& x, T* dx, const Value<T>& g) const {
  if (g.size() == 0) return;
  const Layout part = of({x, dense_strides(x), 0});
  const auto from = g.in_place();
  kernels::strided_add(part.shape, from.first, from.strides, dx + part.offset, &part.strides);
}

}  // namespace op

namespace detail {

namespace {

template <class T>
Var<T> slice_along(const Var<T>& x, std::size_t axis, const Range& range) {
  return xtape::apply(make_slice_along("slice", x.shape(), std::ptrdiff_t(axis), range), x);
}

template <class T>
Var<T> joined(const std::vector<Var<T>>& parts, std::size_t axis) {
  return concatenate<T>(parts, std::ptrdiff_t(axis));
}

std::pair<std::size_t, std::size_t> two_axes(const char* operation, const Shape& shape, std::ptrdiff_t a,
                                             std::ptrdiff_t b) {
  const std::size_t first = normalize_axis(operation, a, shape), second = normalize_axis(operation, b, shape);
  if (first == second) {
    throw ShapeError(text::bracketed(operation) + "two axes expected, axis " + std::to_string(b) +
                     " is named twice; the shape is " + to_string(shape));
  }
  return {first, second};
}

}  // namespace

template <class T>
Var<T> view(const Var<T>& x, std::span<const ViewPart> parts) {
  const std::size_t named = std::size_t(
      std::count_if(parts.begin(), parts.end(), [](const ViewPart& part) { return part.kind == ViewPart::kRange; }));
  const std::size_t rank = x.dimension();
  if (named > rank || std::count_if(parts.begin(), parts.end(),
                                    [](const ViewPart& part) { return part.kind == ViewPart::kEllipsis; }) > 1) {
    throw ShapeError("[view] at most one ellipsis, and " + std::to_string(rank) + " indices and ranges, expected for " +
                     to_string(x.shape()) + ", got " + std::to_string(named));
  }
  Shape shape;  // with the new dimensions
  std::vector<Range> ranges;
  std::size_t d = 0;
  for (const ViewPart& part : parts) {
    if (part.kind == ViewPart::kEllipsis) {
      for (std::size_t left = rank - named; left > 0; --left, ranges.emplace_back()) shape.push_back(x.shape()[d++]);
    } else {
      shape.push_back(part.kind == ViewPart::kNewAxis ? 1 : x.shape()[d++]);
      ranges.push_back(part.range);
    }
  }
  for (; d < rank; ++d) shape.push_back(x.shape()[d]);
  const op::Slice slice = make_slice(shape, ranges, "view");
  return xtape::apply(slice, shape == x.shape() ? x : reshape_to(x, shape));
}

template <class T>
Var<T> flip(const char* operation, const Var<T>& x, const Axes& axes) {
  const auto named = normalize_axes(operation, axes, x.shape());
  std::vector<Range> ranges(x.dimension());
  for (std::size_t d = 0; d < ranges.size(); ++d) {
    if (named[d]) ranges[d] = Range({}, {}, -1);
  }
  return xtape::apply(make_slice(x.shape(), ranges), x);
}

template <class T>
Var<T> roll(const Var<T>& x, const std::vector<std::ptrdiff_t>& shifts, const Axes& axes) {
  if (axes.all()) {
    if (shifts.size() != 1) throw ShapeError("[roll] an axis for each of several shifts expected");
    return reshape_to(roll(reshape_to(x, Shape{x.size()}), shifts, 0), x.shape());
  }
  if (shifts.size() != axes.size() && shifts.size() != 1) {
    throw ShapeError("[roll] a shift for each axis expected, got " + std::to_string(shifts.size()) + " for " +
                     std::to_string(axes.size()) + " axes of shape " + to_string(x.shape()));
  }
  Var<T> y = x;
  std::size_t k = 0;
  for (const std::ptrdiff_t axis : axes) {
    const std::size_t d = normalize_axis("roll", axis, x.shape());
    const std::ptrdiff_t n = std::ptrdiff_t(x.shape()[d]), shift = shifts[shifts.size() == 1 ? 0 : k++];
    const std::ptrdiff_t by = n == 0 ? 0 : (shift % n + n) % n;
    if (by != 0) y = joined<T>({slice_along(y, d, Range(n - by, {})), slice_along(y, d, Range({}, n - by))}, d);
  }
  return y;
}

template <class T>
Var<T> rot90(const Var<T>& x, std::ptrdiff_t k, const Axes& axes) {
  if (axes.all() || axes.size() != 2) throw ShapeError("[rot90] two axes expected for " + to_string(x.shape()));
  const std::ptrdiff_t from = *axes.begin(), to = *(axes.begin() + 1);
  two_axes("rot90", x.shape(), from, to);
  switch ((k % 4 + 4) % 4) {
    case 1:
      return swapaxes(flip("rot90", x, to), from, to);
    case 2:
      return flip("rot90", x, axes);
    case 3:
      return flip("rot90", swapaxes(x, from, to), to);
    default:
      return x;
  }
}

template <class T>
Var<T> repeat(const Var<T>& x, std::size_t count, OptionalAxis axis) {
  if (!axis) return repeat(reshape_to(x, Shape{x.size()}), count, 0);
  const std::size_t d = normalize_axis("repeat", *axis, x.shape());
  const Shape one = expanded_shape(x.shape(), std::ptrdiff_t(d) + 1);
  Shape many = one, result = x.shape();
  many[d + 1] = count;
  size_of(many, "repeat");
  result[d] *= count;
  return reshape_to(broadcast_to(reshape_to(x, one), many), result);
}

template <class T>
Var<T> repeat(const Var<T>& x, const Indices& counts, OptionalAxis axis) {
  if (!axis) return repeat(reshape_to(x, Shape{x.size()}), counts, 0);
  const std::size_t d = normalize_axis("repeat", *axis, x.shape());
  const bool one = counts.size() == 1;
  if (!one && counts.shape() != Shape{x.shape()[d]}) {
    throw ShapeError("[repeat] a count for each of " + std::to_string(x.shape()[d]) + " slices along axis " +
                     std::to_string(d) + " expected, got " + to_string(counts.shape()));
  }
  if (const std::ptrdiff_t* count = counts.outside(0, std::ptrdiff_t(kTooMany))) {
    throw ShapeError("[repeat] counts from 0 on expected, got " + saturated_text(*count));
  }
  if (one) return repeat(x, std::size_t(counts.values()[0]), axis);
  std::vector<std::ptrdiff_t> places;
  Shape to = x.shape();
  to[d] = 0;
  for (const std::ptrdiff_t count : counts.values()) {
    to[d] += std::size_t(count);
    size_of(to, "repeat");
  }
  if (x.size() == 0) return reshape_to(x, to);  // the axis may be long all the same
  for (std::size_t i = 0; i < x.shape()[d]; ++i) {
    places.insert(places.end(), std::size_t(counts.values()[i]), std::ptrdiff_t(i));
  }
  return take(x, Indices(Shape{places.size()}, std::move(places)), std::ptrdiff_t(d));
}

template <class T>
Var<T> tile(const Var<T>& x, const Shape& counts) {
  const std::size_t rank = std::max(counts.size(), x.dimension());
  const std::size_t missing = rank - x.dimension(), uncounted = rank - counts.size();
  Shape one, many, result;
  for (std::size_t d = 0; d < rank; ++d) {
    const std::size_t extent = d < missing ? 1 : x.shape()[d - missing];
    const std::size_t count = d < uncounted ? 1 : counts[d - uncounted];
    for (const std::size_t e : {std::size_t(1), extent}) one.push_back(e);
    for (const std::size_t e : {count, extent}) many.push_back(e);
    result.push_back(count * extent);
  }
  size_of(many, "tile");
  return reshape_to(broadcast_to(reshape_to(x, one), many), result);
}

template <class T>
Var<T> moveaxis(const char* operation, const Var<T>& x, const Axes& from, const Axes& to) {
  const Shape& shape = x.shape();
  if (from.size() != to.size()) {
    throw ShapeError(text::bracketed(operation) + "a place for each axis expected, got " + std::to_string(to.size()) +
                     " for " + std::to_string(from.size()) + " of shape " + to_string(shape));
  }
  auto moved = normalize_axes(operation, from, shape);
  if (from.size() == 0) return x;
  normalize_axes(operation, to, shape);  // none twice
  Shape order(shape.size(), shape.size());
  const std::ptrdiff_t* place = to.begin();
  for (const std::ptrdiff_t axis : from) {
    order[normalize_axis(operation, *place++, shape)] = normalize_axis(operation, axis, shape);
  }
  std::size_t next = 0;
  for (std::size_t& axis : order) {
    if (axis < shape.size()) continue;
    while (moved[next]) ++next;
    axis = next++;
  }
  return xtape::apply(op::Transpose{{}, order}, x);
}

template <class T>
Var<T> swapaxes(const Var<T>& x, std::ptrdiff_t a, std::ptrdiff_t b) {
  const std::size_t first = normalize_axis("swapaxes", a, x.shape()), second = normalize_axis("swapaxes", b, x.shape());
  Shape order(x.dimension());
  for (std::size_t d = 0; d < order.size(); ++d) order[d] = d;
  std::swap(order[first], order[second]);
  return xtape::apply(op::Transpose{{}, order}, x);
}

template <class T>
Var<T> at_least(const Var<T>& x, std::size_t rank) {
  if (x.dimension() >= rank) return x;
  Shape shape = x.shape();
  if (shape.empty()) shape = {1};
  if (shape.size() == 1 && rank > 1) shape = {1, shape[0]};
  if (shape.size() == 2 && rank > 2) shape.push_back(1);
  return reshape_to(x, shape);
}

op::Split make_array_split(const Shape& shape, std::size_t sections, std::ptrdiff_t axis) {
  op::Split split{{}, shape, normalize_axis("array_split", axis, shape), {}};
  const std::size_t extent = shape[split.axis];
  constexpr std::size_t kMostEmpty = 65536;  // empty parts take memory too
  const std::size_t most = size_of(shape) == 0 ? kMostEmpty : extent + kMostEmpty;
  if (sections == 0 || sections > most) {
    throw ShapeError("[array_split] 1 to " + std::to_string(most) + " parts expected along axis " +
                     std::to_string(split.axis) + " of shape " + to_string(shape) + ", got " +
                     std::to_string(sections));
  }
  for (std::size_t s = 1; s <= sections; ++s) {
    split.ends.push_back(s * (extent / sections) + std::min(s, extent % sections));
  }
  return split;
}

op::Split make_array_split(const Shape& shape, const Indices& places, std::ptrdiff_t axis) {
  op::Split split{{}, shape, normalize_axis("array_split", axis, shape), {}};
  const std::ptrdiff_t extent = std::ptrdiff_t(shape[split.axis]);
  for (const std::ptrdiff_t place : places.values()) {
    split.ends.push_back(std::size_t(std::clamp<std::ptrdiff_t>(place < 0 ? place + extent : place, 0, extent)));
  }
  split.ends.push_back(std::size_t(extent));
  if (!std::is_sorted(split.ends.begin(), split.ends.end())) {
    throw ShapeError("[array_split] places in rising order expected along axis " + std::to_string(split.axis) +
                     " of shape " + to_string(shape));
  }
  return split;
}

template <class T>
std::vector<Var<T>> meshgrid(std::span<const Var<T>> x, Indexing indexing) {
  Shape grid;
  for (const Var<T>& each : x) {
    if (each.dimension() > 1) throw ShapeError("[meshgrid] vectors expected, got " + to_string(each.shape()));
    grid.push_back(each.size());
  }
  const auto axis_of = [&](std::size_t k) { return indexing == Indexing::kXy && k < 2 && x.size() > 1 ? 1 - k : k; };
  if (axis_of(0) == 1) std::swap(grid[0], grid[1]);
  size_of(grid, "meshgrid");
  std::vector<Var<T>> result;
  for (std::size_t k = 0; k < x.size(); ++k) {
    Shape line(x.size(), 1);
    line[axis_of(k)] = x[k].size();
    result.push_back(broadcast_to(reshape_to(x[k], line), grid));
  }
  return result;
}

template <class T>
Var<T> triangle(const char* operation, const Var<T>& x, std::ptrdiff_t k, bool lower) {
  const std::size_t rank = x.dimension();
  if (rank < 2) {
    throw ShapeError(text::bracketed(operation) + "at least two dimensions expected, the shape is " +
                     to_string(x.shape()));
  }
  if (x.size() == 0) return x;
  const std::size_t rows = x.shape()[rank - 2], columns = x.shape()[rank - 1];
  // The upper one from k on is what the lower one up to k - 1 leaves.
  const std::ptrdiff_t least = std::numeric_limits<std::ptrdiff_t>::min();
  const Var<T> below(tri<T>(rows, columns, lower ? k : k == least ? k : k - 1));
  return lower ? where(below, x, 0.0) : where(below, 0.0, x);
}

template <class T>
Var<T> diagonal(const char* operation, const Var<T>& x, std::ptrdiff_t offset, std::ptrdiff_t axis1,
                std::ptrdiff_t axis2) {
  const auto axes = two_axes(operation, x.shape(), axis1, axis2);
  const auto most = std::ptrdiff_t(kTooMany);
  return xtape::apply(op::Diagonal{{}, std::clamp(offset, -most, most), axes.first, axes.second}, x);
}

template <class T>
Var<T> trace(const Var<T>& x, std::ptrdiff_t offset, std::ptrdiff_t axis1, std::ptrdiff_t axis2) {
  return sum(diagonal("trace", x, offset, axis1, axis2), -1);
}

template <class T>
Var<T> diag(const Var<T>& x, std::ptrdiff_t k) {
  if (x.dimension() == 2) return diagonal("diag", x, k, 0, 1);
  if (x.dimension() != 1) {
    throw ShapeError("[diag] a vector or a matrix expected, the shape is " + to_string(x.shape()));
  }
  const auto most = std::ptrdiff_t(kTooMany);
  const std::ptrdiff_t offset = std::clamp(k, -most, most);
  const std::size_t n = x.size() + std::size_t(offset < 0 ? -offset : offset);
  size_of(Shape{n, n}, "diag");
  return scatter<T>({n, n}, {{std::make_shared<PartOf<op::Diagonal>>(op::Diagonal{{}, offset, 0, 1}), x}});
}

#define XTAPE_INSTANTIATE(T)                                                                            \
  template Var<T> view(const Var<T>&, std::span<const ViewPart>);                                       \
  template Var<T> flip(const char*, const Var<T>&, const Axes&);                                        \
  template Var<T> roll(const Var<T>&, const std::vector<std::ptrdiff_t>&, const Axes&);                 \
  template Var<T> rot90(const Var<T>&, std::ptrdiff_t, const Axes&);                                    \
  template Var<T> repeat(const Var<T>&, std::size_t, OptionalAxis);                                     \
  template Var<T> repeat(const Var<T>&, const Indices&, OptionalAxis);                                  \
  template Var<T> tile(const Var<T>&, const Shape&);                                                    \
  template Var<T> moveaxis(const char*, const Var<T>&, const Axes&, const Axes&);                       \
  template Var<T> swapaxes(const Var<T>&, std::ptrdiff_t, std::ptrdiff_t);                              \
  template Var<T> at_least(const Var<T>&, std::size_t);                                                 \
  template std::vector<Var<T>> meshgrid(std::span<const Var<T>>, Indexing);                             \
  template Var<T> triangle(const char*, const Var<T>&, std::ptrdiff_t, bool);                           \
  template Var<T> diagonal(const char*, const Var<T>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t); \
  template Var<T> trace(const Var<T>&, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t);                 \
  template Var<T> diag(const Var<T>&, std::ptrdiff_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_REARRANGE_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"
