#include "autodiff/ops/index.hpp"

#include "autodiff/kernels/strided.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <string>

namespace xtape {

namespace {

// Parts of nothing take memory too; else there are no more than elements.
constexpr std::size_t kMostEmptyParts = 65536;

Shape replaced(const Shape& shape, std::size_t axis, const Shape& by) {
  Shape result(shape.begin(), shape.begin() + std::ptrdiff_t(axis));
  for (const std::size_t extent : by) result.push_back(extent);
  for (std::size_t d = axis + 1; d < shape.size(); ++d) result.push_back(shape[d]);
  return result;
}

}  // namespace

namespace op {

Layout Slice::of(const Layout& x) const {
  Layout result{{}, {}, x.offset};
  for (std::size_t d = 0; d < windows.size(); ++d) {
    const Window& window = windows[d];
    result.offset += std::ptrdiff_t(window.start) * x.strides[d];
    if (window.dropped) continue;
    result.shape.push_back(window.count);
    result.strides.push_back(window.step * x.strides[d]);
  }
  return result;
}

Slice Slice::in_batch(std::size_t n) const {
  Slice result = *this;
  result.windows.insert(result.windows.begin(), Window{0, n, 1});
  return result;
}

template <class T>
SharedValue<T> Slice::eval(const SharedValue<T>& x) const {
  return Value<T>::view(x, of(x->layout()));
}

template <class T>
void Slice::add_into(const Shape& x, T* dx, const Value<T>& g) const {
  if (g.size() == 0) return;
  const Layout part = of({x, dense_strides(x), 0});
  const auto from = g.in_place();
  kernels::strided_add(part.shape, from.first, from.strides, dx + part.offset, &part.strides);
}

Slice Split::part(std::size_t r) const {
  const std::ptrdiff_t begin = ends.empty() ? std::ptrdiff_t(r) : r == 0 ? 0 : std::ptrdiff_t(ends[r - 1]);
  const Range range = ends.empty() ? Range(begin) : Range(begin, std::ptrdiff_t(ends[r]));
  return xtape::detail::make_slice_along(name, shape, std::ptrdiff_t(axis), range);
}

template <class T>
std::vector<SharedValue<T>> Split::eval(const SharedValue<T>& x) const {
  std::vector<SharedValue<T>> parts;
  for (std::size_t r = 0; r < count(); ++r) parts.push_back(part(r).eval(x));
  return parts;
}

template <class T>
SharedValue<T> Take::eval(const SharedValue<T>& x) const {
  SharedValue<T> y = new_value<T>(replaced(x->shape(), axis, indices.shape()));
  kernels::take_middle<T>(x->data(), kernels::middle_of(x->shape(), axis), indices.values(), y->mutable_data());
  return y;
}

template <class T>
void Take::add_into(const Shape& x, T* dx, const Value<T>& g) const {
  kernels::add_at_middle<T>(g.data(), kernels::middle_of(x, axis), indices.values(), dx);
}

// Other files make parts of these two as well.
template void Slice::add_into(const Shape&, float*, const Value<float>&) const;
template void Slice::add_into(const Shape&, double*, const Value<double>&) const;
template void Take::add_into(const Shape&, float*, const Value<float>&) const;
template void Take::add_into(const Shape&, double*, const Value<double>&) const;

template <class T>
SharedValue<T> Concatenate::eval(std::span<const Var<T>> x) const {
  SharedValue<T> y = new_value<T>(replaced(x[0].shape(), axis, Shape{ends.back()}));
  if (y->size() == 0) return y;
  const Strides strides = dense_strides(y->shape());
  T* to = y->mutable_data();
  for (const Var<T>& part : x) {
    const auto from = part.shared()->in_place();
    kernels::strided_copy(part.shape(), from.first, from.strides, to, &strides);
    to += std::ptrdiff_t(part.shape()[axis]) * strides[axis];
  }
  return y;
}

template <class T>
Var<T> Concatenate::vjp(std::size_t k, const Var<T>& g) const {
  const Range part{k == 0 ? 0 : std::ptrdiff_t(ends[k - 1]), std::ptrdiff_t(ends[k])};
  const Slice slice = xtape::detail::make_slice_along("concatenate", g.shape(), std::ptrdiff_t(axis), part);
  return xtape::apply(slice, g);
}

}  // namespace op

namespace detail {

namespace {

[[noreturn]] void refuse_index(const char* operation, std::ptrdiff_t index, std::size_t axis, const Shape& shape) {
  throw ShapeError(text::bracketed(operation) + "index " + saturated_text(index) + " is out of range for axis " +
                   std::to_string(axis) + " of shape " + to_string(shape));
}

std::size_t fit_index(const char* operation, std::ptrdiff_t index, std::size_t axis, const Shape& shape) {
  const std::ptrdiff_t extent = std::ptrdiff_t(shape[axis]);
  if (index < -extent || index >= extent) refuse_index(operation, index, axis, shape);
  return std::size_t(index < 0 ? index + extent : index);
}

op::Window fit(const char* operation, const Range& range, const Shape& shape, std::size_t axis) {
  const std::size_t extent = shape[axis];
  if (range.is_index) return {fit_index(operation, *range.start, axis, shape), 1, 1, true};
  if (range.step == 0) {
    throw ShapeError(text::bracketed(operation) + "a step of 0 along axis " + std::to_string(axis) + " of shape " +
                     to_string(shape));
  }
  const std::ptrdiff_t n = std::ptrdiff_t(extent);
  const std::ptrdiff_t step =
      std::clamp(range.step, -n - 1, n + 1);  // a longer one leads nowhere else, and may overflow
  const bool forward = step > 0;
  const auto place = [&](std::ptrdiff_t i) {
    return std::clamp<std::ptrdiff_t>(i < 0 ? i + n : i, forward ? 0 : -1, forward ? n : n - 1);
  };
  const std::ptrdiff_t start = range.start ? place(*range.start) : forward ? 0 : n - 1;
  const std::ptrdiff_t stop = range.stop ? place(*range.stop) : forward ? n : -1;
  const std::ptrdiff_t span = forward ? stop - start : start - stop, size = forward ? step : -step;
  const std::ptrdiff_t count = span <= 0 ? 0 : (span - 1) / size + 1;
  return {count == 0 ? 0 : std::size_t(start), std::size_t(count), step};
}

op::Slice whole_slice(const Shape& shape) {
  op::Slice slice;
  for (const std::size_t extent : shape) slice.windows.push_back({0, extent, 1});
  return slice;
}

}  // namespace

op::Slice make_slice(const Shape& shape, std::span<const Range> ranges, const char* operation) {
  if (ranges.size() > shape.size()) {
    throw ShapeError(text::bracketed(operation) + std::to_string(ranges.size()) +
                     " ranges given for an array of shape " + to_string(shape));
  }
  op::Slice slice = whole_slice(shape);
  for (std::size_t d = 0; d < ranges.size(); ++d) slice.windows[d] = fit(operation, ranges[d], shape, d);
  return slice;
}

op::Slice make_slice_along(const char* operation, const Shape& shape, std::ptrdiff_t axis, const Range& range) {
  const std::size_t d = normalize_axis(operation, axis, shape);
  op::Slice slice = whole_slice(shape);
  slice.windows[d] = fit(operation, range, shape, d);
  return slice;
}

template <class T>
Var<T> element(const Var<T>& x, std::initializer_list<std::ptrdiff_t> index) {
  const Shape& shape = x.shape();
  if (index.size() != shape.size()) {
    throw ShapeError("[element] one index for each dimension of shape " + to_string(shape) + " expected, got " +
                     std::to_string(index.size()) + "; x[i] and slice give a part of an array");
  }
  op::Slice slice = whole_slice(shape);
  std::size_t d = 0;
  for (const std::ptrdiff_t i : index) {
    slice.windows[d] = fit("element", Range(i), shape, d);
    ++d;
  }
  return xtape::apply(slice, x);
}

template <class T>
Var<T> part(const Var<T>& x, std::ptrdiff_t index) {
  return xtape::apply(make_slice_along("element", x.shape(), 0, Range(index)), x);
}

op::Take make_take(const Shape& shape, const Indices& indices, std::ptrdiff_t axis, const char* operation) {
  const std::size_t d = normalize_axis(operation, axis, shape);
  size_of(replaced(shape, d, indices.shape()), operation);
  const std::ptrdiff_t extent = std::ptrdiff_t(shape[d]);
  if (const std::ptrdiff_t* index = indices.outside(-extent, extent)) refuse_index(operation, *index, d, shape);
  return {{}, indices, d};
}

template <class T>
Var<T> concatenate(std::span<const Var<T>> x, std::ptrdiff_t axis) {
  if (x.empty()) throw ShapeError("[concatenate] at least one array expected");
  const Shape& first = x[0].shape();
  op::Concatenate op{{}, normalize_axis("concatenate", axis, first), {}};
  std::size_t end = 0;
  for (const Var<T>& input : x) {
    Shape shape = input.shape();
    const bool same_rank = shape.size() == first.size();
    if (same_rank) {
      end += shape[op.axis];
      Shape joined = shape;
      joined[op.axis] = end;
      size_of(joined, "concatenate");
      shape[op.axis] = first[op.axis];
    }
    if (!same_rank || shape != first) {
      throw ShapeError("[concatenate] shapes must agree but for axis " + std::to_string(op.axis) + ": " +
                       to_string(first) + " and " + to_string(input.shape()));
    }
    op.ends.push_back(end);
  }
  return xtape::apply(op, x);
}

template <class T>
Var<T> stack(std::span<const Var<T>> x, std::ptrdiff_t axis) {
  if (x.empty()) throw ShapeError("[stack] at least one array expected");
  for (const Var<T>& input : x) {
    if (input.shape() != x[0].shape()) {
      throw ShapeError("[stack] all arrays must have one shape: " + to_string(x[0].shape()) + " and " +
                       to_string(input.shape()));
    }
  }
  const std::ptrdiff_t place = std::ptrdiff_t(normalize_new_axis("stack", axis, x[0].dimension() + 1));
  std::vector<Var<T>> expanded;
  for (const Var<T>& input : x) expanded.push_back(expand_dims(input, place));
  return concatenate<T>(expanded, place);
}

op::Split make_split(const Shape& shape, std::size_t sections, std::ptrdiff_t axis) {
  op::Split split{{}, shape, normalize_axis("split", axis, shape), {}};
  const std::string where = "axis " + std::to_string(split.axis) + " of shape " + to_string(shape);
  const std::size_t extent = shape[split.axis];
  if (sections == 0 || extent % sections != 0) {
    throw ShapeError("[split] " + where + " does not split into " + std::to_string(sections) + " equal parts");
  }
  if (sections > kMostEmptyParts && size_of(shape) == 0) {
    throw ShapeError("[split] an array of no elements splits into at most " + std::to_string(kMostEmptyParts) +
                     " parts, got " + std::to_string(sections) + " along " + where);
  }
  for (std::size_t s = 1; s <= sections; ++s) split.ends.push_back(s * (extent / sections));
  return split;
}

op::Split make_unstack(const Shape& shape, std::ptrdiff_t axis) {
  op::Split split{{}, shape, normalize_axis("unstack", axis, shape), {}};
  const std::size_t extent = shape[split.axis];
  if (extent == 0 || (extent > kMostEmptyParts && size_of(shape) == 0)) {
    throw ShapeError("[unstack] 1 to " + std::to_string(kMostEmptyParts) +
                     " slices of an array of no elements expected, got " + std::to_string(extent) + " along axis " +
                     std::to_string(split.axis) + " of shape " + to_string(shape));
  }
  return split;
}

template <class T>
std::vector<Var<T>> split(const op::Split& split, const Var<T>& x) {
  return xtape::apply(split, x);
}

#define XTAPE_INSTANTIATE(T)                                                     \
  template Var<T> concatenate(std::span<const Var<T>>, std::ptrdiff_t);          \
  template Var<T> stack(std::span<const Var<T>>, std::ptrdiff_t);                \
  template std::vector<Var<T>> split(const op::Split&, const Var<T>&);           \
  template Var<T> element(const Var<T>&, std::initializer_list<std::ptrdiff_t>); \
  template Var<T> part(const Var<T>&, std::ptrdiff_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

template <class T>
Array<T> detail::one_hot(const char* operation, const Indices& labels, std::size_t classes) {
  Shape to = labels.shape();
  to.push_back(classes);
  Array<T> hot = filled<T>(operation, to, T(0));
  if (const std::ptrdiff_t* label = labels.outside(0, std::ptrdiff_t(classes))) {
    throw ShapeError(text::bracketed(operation) + "label " + saturated_text(*label) + " at place " +
                     std::to_string(label - labels.values().data()) + " is not one of " + std::to_string(classes) +
                     " classes");
  }
  T* row = hot.data();
  for (const std::ptrdiff_t label : labels.values()) {
    row[label] = T(1);
    row += classes;
  }
  return hot;
}
template Array<float> detail::one_hot(const char*, const Indices&, std::size_t);
template Array<double> detail::one_hot(const char*, const Indices&, std::size_t);

// clang-format off
XTAPE_INDEX_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"
