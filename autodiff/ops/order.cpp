#include "autodiff/ops/order.hpp"

#include "autodiff/kernels/order.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace xtape {

namespace op {

// Of shape `from`, repeated to `to`.
static Indices broadcast_indices(const Indices& indices, const Shape& to) {
  if (indices.shape() == to) return indices;
  if (indices.level() != nullptr) {
    const Shape &own = indices.shape(), all = indices.of_all().shape();
    Shape from(to.size() + 1, 1), to_all = detail::with_first(all[0], to);
    from[0] = all[0];
    std::copy(own.begin(), own.end(), from.end() - std::ptrdiff_t(own.size()));
    return Indices::of_example(indices.level(), broadcast_indices(indices.of_all().reshaped(from), to_all));
  }
  std::vector<std::ptrdiff_t> values(size_of(to));
  kernels::broadcast_places(indices.shape(), indices.values().data(), to, values.data());
  return {to, std::move(values)};
}

TakeAlong TakeAlong::in_batch(BatchSize n) const {
  const bool of_each = indices.level() != nullptr && indices.level()->age() == n.level;
  const Shape all = detail::with_first(n, indices.shape());
  return {{}, of_each ? indices.of_all() : broadcast_indices(indices, all), axis + 1};
}

template <class T>
SharedValue<T> TakeAlong::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(indices.shape());
  kernels::take_along_middle(x->data(), kernels::middle_of(x->shape(), axis), indices.values().data(),
                             indices.shape()[axis], y->mutable_data());
  return y;
}

template <class T>
void TakeAlong::add_into(const Shape& x, T* dx, const Value<T>& g) const {
  kernels::add_along_middle(g.data(), kernels::middle_of(x, axis), indices.values().data(), indices.shape()[axis], dx);
}

// Other files make parts of it as well.
template void TakeAlong::add_into(const Shape&, float*, const Value<float>&) const;
template void TakeAlong::add_into(const Shape&, double*, const Value<double>&) const;

}  // namespace op

namespace detail {

namespace {

Shape with_extent(Shape shape, std::size_t axis, std::size_t extent) {
  shape[axis] = extent;
  return shape;
}

// x along an axis, or all of it as a row.
template <class T>
std::pair<Var<T>, std::size_t> along_axis(const char* operation, const Var<T>& x, OptionalAxis axis) {
  if (!axis) return {reshape_to(x, Shape{x.size()}), 0};
  return {x, normalize_axis(operation, *axis, x.shape())};
}

template <class T>
Indices places(const Var<T>& x, std::size_t axis, std::span<const std::size_t> ranks, bool descending,
               kernels::Wanted wanted) {
  if (const Meaning<T>* const batch = batch_of(x)) {
    return Indices::of_example(batch->level, places(batch->value, axis + 1, ranks, descending, wanted));
  }
  const bool all = wanted == kernels::Wanted::kPartition;
  const Shape shape = with_extent(x.shape(), axis, all ? x.shape()[axis] : ranks.size());
  std::vector<std::ptrdiff_t> result(size_of(shape));
  kernels::places_by_rank(x.shared()->data(), kernels::middle_of(x.shape(), axis), ranks, descending, wanted,
                          result.data());
  return {shape, std::move(result)};
}

template <class T>
Indices running_places(const Var<T>& x, std::size_t axis, bool largest) {
  if (const Meaning<T>* const batch = batch_of(x)) {
    return Indices::of_example(batch->level, running_places(batch->value, axis + 1, largest));
  }
  std::vector<std::ptrdiff_t> result(x.size());
  kernels::running_extreme_places(x.shared()->data(), kernels::middle_of(x.shape(), axis), largest, result.data());
  return {x.shape(), std::move(result)};
}

// The places of the first `count` elements in order.
template <class T>
Indices first_places(const Var<T>& x, std::size_t axis, std::size_t count, bool descending) {
  if (x.size() == 0) return {with_extent(x.shape(), axis, count), {}};  // the axis may be long all the same
  std::vector<std::size_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), std::size_t(0));
  return places(x, axis, ranks, descending, kernels::Wanted::kRanks);
}

void check_not_empty(const char* operation, const Shape& shape, std::size_t count) {
  if (count > 0) return;
  throw ShapeError(text::bracketed(operation) + "no elements along the axes to reduce, the shape is " +
                   to_string(shape));
}

std::size_t fit_rank(const char* operation, std::ptrdiff_t kth, std::size_t axis, const Shape& shape) {
  const std::ptrdiff_t extent = std::ptrdiff_t(shape[axis]);
  if (kth >= -extent && kth < extent) return std::size_t(kth < 0 ? kth + extent : kth);
  throw ShapeError(text::bracketed(operation) + "place " + saturated_text(kth) + " is out of range for axis " +
                   std::to_string(axis) + " of shape " + to_string(shape));
}

// y = (1 - share) x[lower] + share x[upper] of sorted elements.
struct Between {
  std::size_t lower, upper;
  double share;
};

Between place_of(double q, std::size_t count, QuantileMethod method) {
  const double place = q * double(count - 1), below = std::floor(place);
  const std::size_t lower = std::size_t(below), upper = std::min(lower + 1, count - 1);
  const double share = place - below;
  if (share == 0) return {lower, lower, 0};
  switch (method) {
    case QuantileMethod::kLower:
      return {lower, lower, 0};
    case QuantileMethod::kHigher:
      return {upper, upper, 0};
    case QuantileMethod::kMidpoint:
      return {lower, upper, 0.5};
    case QuantileMethod::kNearest: {
      const std::size_t nearest = std::size_t(std::nearbyint(place));  // halves to even, as NumPy
      return {nearest, nearest, 0};
    }
    case QuantileMethod::kLinear:
      break;
  }
  return {lower, upper, share};
}

}  // namespace

op::TakeAlong make_take_along(const char* operation, Shape& x, const Indices& indices, std::ptrdiff_t axis) {
  const std::size_t d = normalize_axis(operation, axis, x);
  if (indices.shape().size() != x.size()) {
    throw ShapeError(text::bracketed(operation) + "indices of as many dimensions as the array expected: " +
                     to_string(indices.shape()) + " beside " + to_string(x));
  }
  const Shape rest = with_extent(x, d, 1), of_indices = with_extent(indices.shape(), d, 1);
  const Shape whole = kernels::broadcast_shapes(operation, {&rest, &of_indices});
  const std::ptrdiff_t extent = std::ptrdiff_t(x[d]);
  if (const std::ptrdiff_t* index = indices.outside(-extent, extent)) {
    throw ShapeError(text::bracketed(operation) + "index " + saturated_text(*index) + " is out of range for axis " +
                     std::to_string(d) + " of shape " + to_string(x));
  }
  const Shape to = with_extent(whole, d, indices.shape()[d]);
  size_of(to, operation);
  x = with_extent(whole, d, x[d]);
  return {{}, op::broadcast_indices(indices, to), d};
}

template <class T>
Var<T> take_along_axis(const Var<T>& x, const Indices& indices, std::ptrdiff_t axis) {
  Shape shape = x.shape();
  const op::TakeAlong op = make_take_along(op::TakeAlong::name, shape, indices, axis);
  return xtape::apply(op, conform(x, shape));
}

template <class T>
Var<T> take_for_each(const Var<T>& x, const op::Take& take) {
  const std::ptrdiff_t axis = std::ptrdiff_t(take.axis), rank = std::ptrdiff_t(take.indices.shape().size());
  const Var<T> first = moveaxis(x, axis, 0);
  const std::size_t extent = first.shape()[0], rest = extent == 0 ? 0 : x.size() / extent;
  const Var<T> lines = reshape_to(first, Shape{extent, rest});
  const Var<T> taken = take_along_axis(lines, take.indices.reshaped(Shape{take.indices.size(), 1}), 0);
  Shape shape = take.indices.shape();
  shape.insert(shape.end(), first.shape().begin() + 1, first.shape().end());
  std::vector<std::ptrdiff_t> from, to;
  for (std::ptrdiff_t d = 0; d < rank; ++d) {
    from.push_back(d);
    to.push_back(axis + d);
  }
  return moveaxis(reshape_to(taken, shape), Axes(from), Axes(to));
}

template <class T>
Indices argsort(const char* operation, const Var<T>& x, OptionalAxis axis, bool descending) {
  const auto [line, d] = along_axis(operation, x, axis);
  return first_places(line, d, line.shape()[d], descending);
}

template <class T>
Var<T> sort(const Var<T>& x, OptionalAxis axis, bool descending) {
  const auto [line, d] = along_axis("sort", x, axis);
  return xtape::apply(op::TakeAlong{{}, argsort("sort", line, std::ptrdiff_t(d), descending), d}, line);
}

template <class T>
TopK<T> topk(const Var<T>& x, std::size_t k, std::ptrdiff_t axis, bool largest) {
  const std::size_t d = normalize_axis("topk", axis, x.shape());
  if (k > x.shape()[d]) {
    throw ShapeError("[topk] at most " + std::to_string(x.shape()[d]) + " elements lie along axis " +
                     std::to_string(d) + " of shape " + to_string(x.shape()) + ", got k = " + std::to_string(k));
  }
  const Indices indices = first_places(x, d, k, largest);
  return {xtape::apply(op::TakeAlong{{}, indices, d}, x), indices};
}

template <class T>
Indices argpartition(const char* operation, const Var<T>& x, std::ptrdiff_t kth, std::ptrdiff_t axis) {
  const std::size_t d = normalize_axis(operation, axis, x.shape());
  const std::size_t ranks[] = {fit_rank(operation, kth, d, x.shape())};
  return places(x, d, ranks, false, kernels::Wanted::kPartition);
}

template <class T>
Var<T> partition(const Var<T>& x, std::ptrdiff_t kth, std::ptrdiff_t axis) {
  return take_along_axis(x, argpartition("partition", x, kth, axis), axis);
}

template <class T>
Var<T> quantile(const char* operation, const Var<T>& x, double q, const Axes& axes, bool keepdims,
                QuantileMethod method) {
  if (!(q >= 0 && q <= 1)) {
    throw Error(text::bracketed(operation) + "a share from 0 to 1 expected, got " + text::number(q));
  }
  const Reduction over(operation, x.shape(), axes, keepdims);
  const std::size_t count = count_along(x.shape(), over.axes);
  check_not_empty(operation, x.shape(), count);
  const Between at = place_of(q, count, method);
  std::vector<std::size_t> ranks{at.lower};
  if (at.upper != at.lower) ranks.push_back(at.upper);
  const Var<T> lines = lines_of(x, over);
  const Var<T> found =
      xtape::apply(op::TakeAlong{{}, places(lines, 1, ranks, false, kernels::Wanted::kStatistics), 1}, lines);
  if (ranks.size() == 1) return reshape_to(found, over.result);
  const std::vector<Var<T>> ends = unstack(found, 1);
  return reshape_to((1 - at.share) * ends[0] + at.share * ends[1], over.result);
}

template <class T>
Var<T> quantiles(const Var<T>& x, const std::vector<double>& q, const Axes& axes, bool keepdims,
                 QuantileMethod method) {
  std::vector<Var<T>> each;
  for (const double share : q) each.push_back(quantile("quantile", x, share, axes, keepdims, method));
  return stack<T>(each, 0);
}

template <class T>
Indices extreme_places(const char* operation, const Var<T>& x, OptionalAxis axis, bool keepdims, bool largest) {
  const auto [line, d] = along_axis(operation, x, axis);
  if (const Meaning<T>* const batch = batch_of(line)) {
    const OptionalAxis next = std::ptrdiff_t(d) + 1;
    const Indices all = extreme_places(operation, batch->value, next, axis.has_value() && keepdims, largest);
    const Shape each(!axis && keepdims ? x.dimension() : 0, 1);
    return Indices::of_example(batch->level, axis ? all : all.reshaped(with_first(all.size(), each)));
  }
  Shape shape = with_extent(line.shape(), d, 1);
  if (size_of(shape) > 0) check_not_empty(operation, x.shape(), line.shape()[d]);
  std::vector<std::ptrdiff_t> result(size_of(shape));
  if (!result.empty()) {
    kernels::extreme_places(line.shared()->data(), kernels::middle_of(line.shape(), d), largest, result.data());
  }
  if (!axis) return {Shape(keepdims ? x.dimension() : 0, 1), std::move(result)};
  if (!keepdims) shape.erase(shape.begin() + std::ptrdiff_t(d));
  return {shape, std::move(result)};
}

template <class T>
Var<T> running_extreme(const char* operation, const Var<T>& x, OptionalAxis axis, bool largest) {
  const auto [line, d] = along_axis(operation, x, axis);
  return xtape::apply(op::TakeAlong{{}, running_places(line, d, largest), d}, line);
}

template <class T>
Indices searchsorted(const Var<T>& sorted, const Var<T>& v, bool right) {
  if (sorted.dimension() != 1) {
    throw ShapeError("[searchsorted] a vector in rising order expected, the shape is " + to_string(sorted.shape()));
  }
  const Value<T>& in = *sorted.shared();
  const Value<T>& x = *v.shared();
  std::vector<std::ptrdiff_t> result(x.size());
  kernels::searchsorted<T>({in.data(), in.size()}, {x.data(), x.size()}, right, result.data());
  return {v.shape(), std::move(result)};
}

#define XTAPE_INSTANTIATE(T)                                                                               \
  template Var<T> take_along_axis(const Var<T>&, const Indices&, std::ptrdiff_t);                          \
  template Var<T> take_for_each(const Var<T>&, const op::Take&);                                           \
  template Indices argsort(const char*, const Var<T>&, OptionalAxis, bool);                                \
  template Var<T> sort(const Var<T>&, OptionalAxis, bool);                                                 \
  template TopK<T> topk(const Var<T>&, std::size_t, std::ptrdiff_t, bool);                                 \
  template Indices argpartition(const char*, const Var<T>&, std::ptrdiff_t, std::ptrdiff_t);               \
  template Var<T> partition(const Var<T>&, std::ptrdiff_t, std::ptrdiff_t);                                \
  template Var<T> quantile(const char*, const Var<T>&, double, const Axes&, bool, QuantileMethod);         \
  template Var<T> quantiles(const Var<T>&, const std::vector<double>&, const Axes&, bool, QuantileMethod); \
  template Indices extreme_places(const char*, const Var<T>&, OptionalAxis, bool, bool);                   \
  template Var<T> running_extreme(const char*, const Var<T>&, OptionalAxis, bool);                         \
  template Indices searchsorted(const Var<T>&, const Var<T>&, bool);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_ORDER_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"
