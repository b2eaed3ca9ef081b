#include "autodiff/ops/all.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace xtape::detail {

namespace {

// Of a place beside an axis of n elements the element that stands there.
std::ptrdiff_t source_of(std::ptrdiff_t place, std::ptrdiff_t n, PadMode mode) {
  if (mode == PadMode::kEdge || n == 1) return std::clamp<std::ptrdiff_t>(place, 0, n - 1);
  const std::ptrdiff_t period = mode == PadMode::kWrap ? n : mode == PadMode::kSymmetric ? 2 * n : 2 * n - 2;
  const std::ptrdiff_t inside = (place % period + period) % period;
  if (inside < n) return inside;
  return mode == PadMode::kSymmetric ? period - 1 - inside : period - inside;
}

// `width` elements along the axis: what comes before it, or after.
template <class T>
Var<T> margin(const Var<T>& x, std::size_t axis, std::size_t width, bool before, PadMode mode, double value) {
  Shape shape = x.shape();
  shape[axis] = width;
  const auto along = std::ptrdiff_t(axis);
  switch (mode) {
    case PadMode::kMaximum:
      return broadcast_to(max(x, along, true), shape);
    case PadMode::kMinimum:
      return broadcast_to(min(x, along, true), shape);
    case PadMode::kMean:
      return broadcast_to(mean(x, along, true), shape);
    case PadMode::kMedian:
      return broadcast_to(median(x, along, true), shape);
    case PadMode::kLinearRamp: {
      Shape line(shape.size(), 1);
      line[axis] = width;
      Array<T> shares = empty<T>(line);
      for (std::size_t i = 0; i < width; ++i) shares.data()[before ? i : width - 1 - i] = T(double(i) / double(width));
      const Var<T> edge =
          xtape::apply(make_slice_along("pad", x.shape(), along, before ? Range({}, 1) : Range(-1, {})), x);
      return value + (edge - value) * Var<T>(std::move(shares));
    }
    default:
      return Var<T>(filled<T>("pad", shape, T(value)));
  }
}

}  // namespace

template <class T>
Var<T> pad(const Var<T>& x, std::span<const PadWidth> widths, PadMode mode, double value) {
  const std::size_t rank = x.dimension();
  if (widths.size() != rank && widths.size() != 1) {
    throw ShapeError("[pad] a width for each axis of shape " + to_string(x.shape()) +
                     ", or one for all, expected, got " + std::to_string(widths.size()));
  }
  Var<T> y = x;
  for (std::size_t d = 0; d < rank; ++d) {
    const PadWidth width = widths[widths.size() == 1 ? 0 : d];
    const std::size_t extent = x.shape()[d];
    const auto too_many = std::ptrdiff_t(kTooMany);
    if (width.before < 0 || width.after < 0 || width.before > too_many || width.after > too_many) {
      throw ShapeError("[pad] widths from 0 on expected, got {" + saturated_text(width.before) + ", " +
                       saturated_text(width.after) + "}");
    }
    if (width.before == 0 && width.after == 0) continue;
    if (extent == 0 && mode != PadMode::kConstantValue) {
      throw ShapeError("[pad] no elements along axis " + std::to_string(d) + " of shape " + to_string(x.shape()) +
                       " to pad with");
    }
    Shape to = y.shape();
    to[d] = std::size_t(width.before) + extent + std::size_t(width.after);
    if (size_of(to, "pad") == 0) {  // the axis may be long all the same
      y = reshape_to(y, to);
    } else if (mode == PadMode::kEdge || mode == PadMode::kReflect || mode == PadMode::kSymmetric ||
               mode == PadMode::kWrap) {
      std::vector<std::ptrdiff_t> places;
      for (std::ptrdiff_t i = -width.before; i < std::ptrdiff_t(extent) + width.after; ++i) {
        places.push_back(source_of(i, std::ptrdiff_t(extent), mode));
      }
      y = take(y, Indices(Shape{places.size()}, std::move(places)), std::ptrdiff_t(d));
    } else {
      std::vector<Var<T>> parts;
      if (width.before > 0) parts.push_back(margin(y, d, std::size_t(width.before), true, mode, value));
      parts.push_back(y);
      if (width.after > 0) parts.push_back(margin(y, d, std::size_t(width.after), false, mode, value));
      y = concatenate<T>(parts, std::ptrdiff_t(d));
    }
  }
  return y;
}

template Var<float> pad(const Var<float>&, std::span<const PadWidth>, PadMode, double);
template Var<double> pad(const Var<double>&, std::span<const PadWidth>, PadMode, double);

}  // namespace xtape::detail
