#include "autodiff/ops/update.hpp"

#include "autodiff/kernels/strided.hpp"
#include "autodiff/kernels/update.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace xtape {

namespace op {

template <class T>
SharedValue<T> IndexAdd::eval(const SharedValue<T>& x, const SharedValue<T>& v) const {
  SharedValue<T> y = Value<T>::own(x);
  part->add_into(y->shape(), y->mutable_data(), *v);
  return y;
}

template <class T>
Var<T> IndexAdd::vjp(std::size_t k, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly&) const {
  return k == 0 ? g : part->of(g);
}

template <class T>
std::vector<Var<T>> IndexAdd::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                             std::span<const char> batched) const {
  const auto each = part->in_batch(n);
  if (each == nullptr) return {};
  const std::vector<Var<T>> all = detail::side_by_side<T>(n, x, batched, false);
  return {xtape::apply(IndexAdd{{}, each}, all[0], all[1])};
}

template <class T>
std::vector<Var<T>> IndexPut::apply_to_batch(BatchSize n, std::span<const Var<T>* const> x,
                                             std::span<const char> batched) const {
  const std::vector<Var<T>> all = detail::side_by_side<T>(n, x, batched, false);
  std::vector<std::ptrdiff_t> in_all;
  for (std::size_t i = 0; i < n; ++i) {
    for (const std::ptrdiff_t place : places.values())
      in_all.push_back(place + std::ptrdiff_t(i * (all[0].size() / n)));
  }
  return {xtape::apply(IndexPut{{}, Indices(Shape{in_all.size()}, std::move(in_all))}, all[0], all[1])};
}

template <class T>
SharedValue<T> IndexPut::eval(const SharedValue<T>& x, const SharedValue<T>& v) const {
  SharedValue<T> y = Value<T>::own(x);
  kernels::put_at(v->data(), places.values(), y->mutable_data());
  return y;
}

template <class T>
Var<T> IndexPut::vjp(std::size_t k, const Var<T>& g, const Unsaved&, const ShapeOnly&, const ShapeOnly& v) const {
  if (k == 0) return xtape::apply(*this, g, Var<T>(zeros<T>(v.shape())));
  const Var<T> there = detail::reshape_to(take(detail::reshape_to(g, Shape{g.size()}), places), v.shape());
  Array<T> lasts = empty<T>(v.shape());  // of equal places the last alone stays
  const bool each = kernels::last_at(places.values(), g.size(), lasts.data());
  return each ? there : where(Var<T>(std::move(lasts)), there, 0.0);
}

}  // namespace op

namespace detail {

namespace {

// `each(place)` calls visit for the place of every element of the part.
template <class Op, class Each>
PlacedRegion region(const char* operation, const Shape& whole, const Op& op, const Shape& shape, const Each& each) {
  const std::size_t size = size_of(shape, operation);
  return {operation, whole, shape, std::make_shared<PartOf<Op>>(op), [each, size] {
            std::vector<std::ptrdiff_t> places;
            places.reserve(size);
            if (size > 0) each([&places](std::size_t place) { places.push_back(std::ptrdiff_t(place)); });
            return Indices(Shape{size}, std::move(places));
          }};
}

std::ptrdiff_t fit(std::ptrdiff_t index, std::size_t extent) {
  return index < 0 ? index + std::ptrdiff_t(extent) : index;
}

// v of the region's shape.
template <class T>
Var<T> fitted(const PlacedRegion& at, const Var<T>& v) {
  if (v.shape() == at.shape) return v;
  if (!kernels::broadcasts_to(v.shape(), at.shape)) {
    throw ShapeError(text::bracketed(at.operation) + "values that broadcast to the part of shape " +
                     to_string(at.shape) + " expected, got " + to_string(v.shape()));
  }
  return xtape::apply(op::BroadcastTo{{}, at.shape}, v);
}

template <class T>
Var<T> row_of(const Var<T>& x) {
  return reshape_to(x, Shape{x.size()});
}

void check_segments(const char* operation, const Shape& shape, const Indices& segments, std::size_t count) {
  if (shape.empty() || segments.shape() != Shape{shape[0]}) {
    throw ShapeError(text::bracketed(operation) + "a segment for each slice of shape " + to_string(shape) +
                     " along axis 0 expected, got " + to_string(segments.shape()));
  }
  if (const std::ptrdiff_t* segment = segments.outside(0, std::ptrdiff_t(count))) {
    throw ShapeError(text::bracketed(operation) + "segment " + saturated_text(*segment) + " is not one of " +
                     std::to_string(count));
  }
}

// The indices of several dimensions as one of the first ones taken together; those have the shape of the indices.
Indices joined_places(const char* operation, const Shape& shape, std::span<const Indices> indices) {
  if (indices.empty() || indices.size() > shape.size()) {
    throw ShapeError(text::bracketed(operation) + "1 to " + std::to_string(shape.size()) +
                     " arrays of indices expected for " + to_string(shape) + ", got " + std::to_string(indices.size()));
  }
  std::vector<const Shape*> shapes;
  for (const Indices& each : indices) shapes.push_back(&each.shape());
  const Shape to = kernels::broadcast_shapes(operation, shapes.data(), shapes.size());
  std::vector<std::ptrdiff_t> joined(size_of(to), 0);
  for (std::size_t d = 0; d < indices.size(); ++d) {
    const std::ptrdiff_t extent = std::ptrdiff_t(shape[d]);
    if (const std::ptrdiff_t* index = indices[d].outside(-extent, extent)) {
      throw ShapeError(text::bracketed(operation) + "index " + saturated_text(*index) + " is out of range for axis " +
                       std::to_string(d) + " of shape " + to_string(shape));
    }
    kernels::join_places(indices[d].shape(), indices[d].values().data(), shape[d], to, joined.data());
  }
  return {to, std::move(joined)};
}

// x with its first `count` dimensions as one.
Shape first_joined(const Shape& shape, std::size_t count) {
  Shape joined{1};
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (d < count) {
      joined[0] *= shape[d];
    } else {
      joined.push_back(shape[d]);
    }
  }
  return joined;
}

Shape behind(const Shape& first, const Shape& shape, std::size_t count) {
  Shape result = first;
  for (std::size_t d = count; d < shape.size(); ++d) result.push_back(shape[d]);
  return result;
}

}  // namespace

PlacedRegion region_of(const char* operation, const Shape& shape, std::span<const Range> ranges) {
  const op::Slice slice = make_slice(shape, ranges, operation);
  const Layout part = slice.of({shape, dense_strides(shape), 0});
  return region(operation, shape, slice, part.shape, [part](const auto& visit) {
    const kernels::Walk<1> walk = kernels::make_walk<1>(part.shape, {kernels::Extents(&part.shape, &part.strides)});
    kernels::walk_rows(walk, 0, walk.rows, [&](std::size_t, const auto& at) {
      for (std::size_t i = 0; i < walk.inner; ++i) {
        visit(std::size_t(part.offset + at[0] + std::ptrdiff_t(i) * walk.step[0]));
      }
    });
  });
}

PlacedRegion region_of(const char* operation, const Shape& shape, const Indices& indices, std::ptrdiff_t axis) {
  const op::Take take = make_take(shape, indices, axis, operation);
  Shape to(shape.begin(), shape.begin() + std::ptrdiff_t(take.axis));
  to = behind(behind(to, indices.shape(), 0), shape, take.axis + 1);
  return region(
      operation, shape, take, to, [indices, middle = kernels::middle_of(shape, take.axis)](const auto& visit) {
        for (std::size_t o = 0; o < middle.outer; ++o) {
          for (const std::ptrdiff_t index : indices.values()) {
            const std::size_t row = (o * middle.length + std::size_t(fit(index, middle.length))) * middle.inner;
            for (std::size_t i = 0; i < middle.inner; ++i) visit(row + i);
          }
        }
      });
}

PlacedRegion region_along(const char* operation, const Shape& shape, const Indices& indices, std::ptrdiff_t axis) {
  Shape whole = shape;
  const op::TakeAlong take = make_take_along(operation, whole, indices, axis);
  if (whole != shape) {
    throw ShapeError(text::bracketed(operation) + "indices that broadcast to the array but for the axis expected: " +
                     to_string(indices.shape()) + " beside " + to_string(shape));
  }
  const Indices places = take.indices;
  return region(operation, shape, take, places.shape(),
                [places, axis = take.axis, middle = kernels::middle_of(shape, take.axis)](const auto& visit) {
                  const std::size_t count = places.shape()[axis];
                  std::size_t at = 0;
                  for (const std::ptrdiff_t index : places.values()) {
                    const std::size_t o = at / (count * middle.inner), i = at % middle.inner;
                    visit((o * middle.length + std::size_t(fit(index, middle.length))) * middle.inner + i);
                    ++at;
                  }
                });
}

PlacedRegion region_of(const char* operation, const Shape& shape, std::span<const Indices> indices) {
  const Indices joined = joined_places(operation, shape, indices);
  return region_of(operation, first_joined(shape, indices.size()), joined, 0);
}

template <class T>
Var<T> part_of(const PlacedRegion& at, const Var<T>& x) {
  return reshape_to(take(row_of(x), at.places()), at.shape);
}

template <class T>
Var<T> with_added(const PlacedRegion& at, const Var<T>& x, const Var<T>& v) {
  if (x.shape() == at.whole) return xtape::apply(op::IndexAdd{{}, at.part}, x, fitted(at, v));
  return reshape_to(with_added(at, reshape_to(x, at.whole), v), x.shape());
}

template <class T>
Var<T> with_put(const PlacedRegion& at, const Var<T>& x, const Var<T>& v) {
  return xtape::apply(op::IndexPut{{}, at.places()}, x, fitted(at, v));
}

template <class T>
Var<T> with_extreme(const PlacedRegion& at, const Var<T>& x, const Var<T>& v, bool largest) {
  const Var<T> from = row_of(x), values = row_of(fitted(at, v));
  std::vector<std::ptrdiff_t> sources(x.size());
  kernels::extreme_sources(from.shared()->data(), x.size(), values.shared()->data(), at.places().values(), largest,
                           sources.data());
  const Var<T> all = concatenate<T>(std::vector<Var<T>>{from, values}, 0);
  return reshape_to(take(all, Indices(from.shape(), std::move(sources))), x.shape());
}

namespace {

template <class T>
Var<T> segment_sum_of(const char* operation, const Var<T>& x, const Indices& segments, std::size_t count) {
  check_segments(operation, x.shape(), segments, count);
  Shape to = x.shape();
  to[0] = count;
  size_of(to, operation);
  const op::Take take{{}, segments, 0};
  return scatter<T>(to, {{std::make_shared<PartOf<op::Take>>(take), x}});
}

}  // namespace

template <class T>
Var<T> segment_sum(const Var<T>& x, const Indices& segments, std::size_t count) {
  return segment_sum_of("segment_sum", x, segments, count);
}

template <class T>
Var<T> segment_mean(const Var<T>& x, const Indices& segments, std::size_t count) {
  const Var<T> sums = segment_sum_of("segment_mean", x, segments, count);
  Shape shape(x.dimension(), 1);
  shape[0] = count;
  Array<T> counts = zeros<T>(shape);
  kernels::count_at(segments.values(), counts.data());
  return sums / Var<T>(std::move(counts));
}

template <class T>
Var<T> segment_extreme(const char* operation, const Var<T>& x, const Indices& segments, std::size_t count,
                       bool largest) {
  check_segments(operation, x.shape(), segments, count);
  Shape to = x.shape();
  to[0] = count;
  const T none = (largest ? -1 : 1) * std::numeric_limits<T>::infinity();
  const Indices places = region_of(operation, to, segments, 0).places();
  std::vector<std::ptrdiff_t> sources(size_of(to, operation));
  kernels::segment_extreme_sources(sources.size(), x.shared()->data(), places.values(), largest, sources.data());
  const Var<T> all = concatenate<T>(std::vector<Var<T>>{row_of(x), Var<T>(filled<T>(operation, {1}, none))}, 0);
  return reshape_to(take(all, Indices(Shape{sources.size()}, std::move(sources))), to);
}

template <class T>
Var<T> segment_softmax(const Var<T>& x, const Indices& segments, std::size_t count) {
  const Var<T> largest = segment_extreme("segment_softmax", detail::stopped(x), segments, count, true);
  const Var<T> exponentials = exp(x - take(largest, segments));
  return exponentials / take(segment_sum(exponentials, segments, count), segments);
}

template <class T>
Var<T> fancy_index(const Var<T>& x, std::span<const Indices> indices) {
  const Indices joined = joined_places("fancy_index", x.shape(), indices);
  return take(reshape_to(x, first_joined(x.shape(), indices.size())), joined);
}

Indices nonzero_places(const Array<double>& mask) {
  return kernels::nonzero_places({mask.data(), mask.size()});
}

template <class T>
Var<T> boolean_mask(const Var<T>& x, const Array<double>& mask) {
  const Shape of_mask = shape_of(mask), &shape = x.shape();
  if (of_mask.size() > shape.size() || !std::equal(of_mask.begin(), of_mask.end(), shape.begin())) {
    throw ShapeError("[boolean_mask] a mask of the first extents of " + to_string(shape) + " expected, got " +
                     to_string(of_mask));
  }
  return take(reshape_to(x, first_joined(shape, of_mask.size())), nonzero_places(mask));
}

template <class T>
Var<T> select(std::span<const Var<T>> conditions, std::span<const Var<T>> choices, const Var<T>& otherwise) {
  if (conditions.size() != choices.size()) {
    throw ShapeError("[select] a condition for each choice expected, got " + std::to_string(conditions.size()) +
                     " for " + std::to_string(choices.size()));
  }
  std::vector<const Shape*> shapes;
  for (const auto& some : {conditions, choices}) {
    for (const Var<T>& x : some) shapes.push_back(&x.shape());
  }
  shapes.push_back(&otherwise.shape());
  kernels::broadcast_shapes("select", shapes.data(), shapes.size());
  Var<T> y = otherwise;
  for (std::size_t k = choices.size(); k-- > 0;) y = where(conditions[k], choices[k], y);
  return y;
}

#define XTAPE_INSTANTIATE(T)                                                                      \
  template Var<T> part_of(const PlacedRegion&, const Var<T>&);                                    \
  template Var<T> with_added(const PlacedRegion&, const Var<T>&, const Var<T>&);                  \
  template Var<T> with_put(const PlacedRegion&, const Var<T>&, const Var<T>&);                    \
  template Var<T> with_extreme(const PlacedRegion&, const Var<T>&, const Var<T>&, bool);          \
  template Var<T> segment_sum(const Var<T>&, const Indices&, std::size_t);                        \
  template Var<T> segment_mean(const Var<T>&, const Indices&, std::size_t);                       \
  template Var<T> segment_extreme(const char*, const Var<T>&, const Indices&, std::size_t, bool); \
  template Var<T> segment_softmax(const Var<T>&, const Indices&, std::size_t);                    \
  template Var<T> fancy_index(const Var<T>&, std::span<const Indices>);                           \
  template Var<T> boolean_mask(const Var<T>&, const Array<double>&);                              \
  template Var<T> select(std::span<const Var<T>>, std::span<const Var<T>>, const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_UPDATE_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"
