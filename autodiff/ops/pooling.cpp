#include "autodiff/ops/pooling.hpp"

#include "autodiff/kernels/pooling.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/ops/lists.hpp"
#include "autodiff/ops/pooling_call.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace xtape {

namespace op {

void SparseRows::add(std::size_t at, double number) {
  if (number == 0) return;  // so that an infinity there is not seen
  column.push_back(at);
  weight.push_back(number);
}

namespace {

kernels::SparseMatrix view_of(const SparseRows& rows) {
  return {rows.rows, rows.columns, rows.ends, rows.column, rows.weight};
}

}  // namespace

template <class T>
SharedValue<T> Resample::eval(const SharedValue<T>& x) const {
  Shape shape = x->shape();
  shape[axis] = matrix->rows;
  SharedValue<T> y = new_value<T>(shape);
  kernels::resample_middle(x->data(), kernels::middle_of(x->shape(), axis), view_of(*matrix), y->mutable_data());
  return y;
}

template <class T>
Var<T> Resample::vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
  return xtape::apply(Resample{{}, transpose, matrix, axis}, g);
}

}  // namespace op

namespace detail {

namespace {

using op::SparseRows;

std::string with_rank(const char* function, std::size_t rank) {
  return function + std::to_string(rank) + "d";
}

// Windows along a dimension: what of the data each holds, and how many places it counts with those of the padding.
struct Windows {
  SparseRows rows;
  std::vector<double> counts;
};

struct Window {
  std::size_t extent, kernel, stride, padding, dilation;
};

std::size_t count_of_windows(const PoolingCall& call, std::size_t d, const Window& w, bool ceil_mode) {
  const std::size_t window = saturated_sum(saturated_product(w.dilation, w.kernel - 1), 1);
  const std::size_t padded = saturated_sum(w.extent, saturated_product(2, w.padding));
  const std::string axis = " along axis " + std::to_string(call.axis(d));
  if (window > padded) {
    call.refuse("a window of " + std::to_string(window) + " is larger than the padded data's " +
                std::to_string(padded) + axis);
  }
  if (w.padding > window / 2) {
    call.refuse("a padding of at most half of the window's " + std::to_string(window) + " expected, got " +
                std::to_string(w.padding) + axis);
  }
  const std::size_t rest = padded - window;
  std::size_t count = rest / w.stride + 1;
  // One more for what is left, unless it would begin behind the data.
  if (ceil_mode && rest % w.stride != 0 && count * w.stride < w.extent + w.padding) ++count;
  return count;
}

Windows windows_along(const PoolingCall& call, std::size_t d, const Window& w, std::size_t count, bool filled) {
  Windows windows{{count, w.extent}, {}};
  for (std::size_t o = 0; filled && o < count; ++o) {
    const std::size_t start = o * w.stride;  // in the padded data
    const std::size_t before = windows.rows.column.size();
    for (std::size_t k = 0; k < w.kernel; ++k) {
      const std::size_t at = start + k * w.dilation;
      if (at >= w.padding && at - w.padding < w.extent) windows.rows.add(at - w.padding, 1);
    }
    windows.rows.end_row();
    if (windows.rows.column.size() == before) {
      call.refuse("a window without an element of the data along axis " + std::to_string(call.axis(d)));
    }
    windows.counts.push_back(double(std::min(start + w.kernel, w.extent + 2 * w.padding) - start));
  }
  return windows;
}

// The numbers of elements of the rows.
std::vector<double> lengths(const SparseRows& rows) {
  std::vector<double> result;
  for (std::size_t r = 0; r < rows.ends.size(); ++r) {
    result.push_back(double(rows.ends[r] - (r == 0 ? 0 : rows.ends[r - 1])));
  }
  return result;
}

SparseRows transposed(const SparseRows& of) {
  SparseRows result{of.columns, of.rows, {}, {}, {}};
  if (of.ends.empty()) return result;
  result.ends.assign(of.columns, 0);
  for (const std::size_t c : of.column) ++result.ends[c];
  std::size_t end = 0;
  for (std::size_t& each : result.ends) each = end += each;
  result.column.resize(of.column.size());
  result.weight.resize(of.weight.size());
  std::vector<std::size_t> next(result.ends);  // filled from the back
  for (std::size_t r = of.rows; r-- > 0;) {
    for (std::size_t k = of.ends[r]; k-- > (r == 0 ? 0 : of.ends[r - 1]);) {
      const std::size_t to = --next[of.column[k]];
      result.column[to] = r;
      result.weight[to] = of.weight[k];
    }
  }
  return result;
}

template <class T>
Var<T> resampled(const Var<T>& x, std::size_t axis, SparseRows rows) {
  op::Resample op;
  op.transpose = std::make_shared<const SparseRows>(transposed(rows));
  op.matrix = std::make_shared<const SparseRows>(std::move(rows));
  op.axis = axis;
  return xtape::apply(op, x);
}

// Where in each window the largest element is, as a place in all of x.
template <class T>
Indices largest(const PoolingCall& call, const Var<T>& x, const std::vector<Windows>& windows, const Shape& result) {
  if (const Meaning<T>* const batch = batch_of(x)) {
    const Var<T> all = batch->value.constant();
    std::vector<std::ptrdiff_t> places;
    for (std::size_t i = 0; i < all.shape()[0]; ++i) {
      const Indices each = largest(call, all[std::ptrdiff_t(i)], windows, result);
      places.insert(places.end(), each.values().begin(), each.values().end());
    }
    return Indices::of_example(batch->level, {with_first(all.shape()[0], result), std::move(places)});
  }
  xt::xarray<std::ptrdiff_t> at =
      xt::xarray<std::ptrdiff_t>::from_shape(std::vector<std::size_t>(result.begin(), result.end()));
  std::size_t planes = 1, data = 1;
  for (std::size_t d = 0; d < call.axis(0); ++d) planes *= call.x[d];
  std::vector<kernels::SparseMatrix> along;
  for (std::size_t d = 0; d < call.rank; ++d) {
    data *= call.extent(d);
    along.push_back(op::view_of(windows[d].rows));
  }
  if (at.size() > 0 && data > kernels::kMostOfPlane) call.refuse("fewer than 2^31 elements of a channel expected");
  kernels::largest_places(x.shared()->data(), planes, along, at.data());
  return at;
}

Shape with_windows(const PoolingCall& call, const std::vector<std::size_t>& counts) {
  Shape result = call.x;
  for (std::size_t d = 0; d < call.rank; ++d) result[call.axis(d)] = counts[d];
  size_of(result, call.name);
  return result;
}

template <class T>
Var<T> max_of(const PoolingCall& call, const Var<T>& x, const std::vector<Windows>& windows) {
  std::vector<std::size_t> counts;
  for (const Windows& each : windows) counts.push_back(each.rows.rows);
  const Shape result = with_windows(call, counts);
  // An array without elements has none to take, and is its own derivative's shape.
  const Indices at = largest(call, x, windows, result);
  return take(reshape_to(x, Shape{x.size()}), at);
}

template <class T>
Var<T> mean_of(const PoolingCall& call, Var<T> x, const std::vector<Windows>& windows, std::optional<double> divisor) {
  bool equal = true;
  double count = 1;
  for (std::size_t d = 0; d < call.rank; ++d) {
    x = resampled(x, call.axis(d), windows[d].rows);
    const std::vector<double>& counts = windows[d].counts;
    for (const double each : counts) equal = equal && each == counts[0];
    if (!counts.empty()) count *= counts[0];
  }
  if (divisor || equal) return x / T(divisor.value_or(count));
  Array<T> all = full<T>({}, T(1));
  for (std::size_t d = 0; d < call.rank; ++d) {
    Shape shape(call.rank - d, 1);
    shape[0] = windows[d].counts.size();
    Array<T> along = empty<T>(shape);
    for (std::size_t i = 0; i < along.size(); ++i) along.data()[i] = T(windows[d].counts[i]);
    all = Array<T>(all * along);
  }
  return x / Var<T>(all);
}

// The windows of a call along each dimension.
template <class Options>
std::vector<Windows> windows_of(const PoolingCall& call, const PerDimension& kernel, const Options& options,
                                const PerDimension& dilation) {
  const Shape sizes = call.numbers(kernel, "a kernel", 1);
  const Shape strides = options.stride.empty() ? sizes : call.numbers(options.stride, "a stride", 1),
              paddings = call.numbers(options.padding, "a padding", 0),
              dilations = call.numbers(dilation, "a dilation", 1);
  std::vector<std::size_t> counts;
  std::vector<Window> each;
  for (std::size_t d = 0; d < call.rank; ++d) {
    each.push_back({call.extent(d), sizes[d], strides[d], paddings[d], dilations[d]});
    counts.push_back(count_of_windows(call, d, each[d], options.ceil_mode));
  }
  const bool filled = size_of(with_windows(call, counts)) > 0;
  std::vector<Windows> result;
  for (std::size_t d = 0; d < call.rank; ++d) result.push_back(windows_along(call, d, each[d], counts[d], filled));
  return result;
}

std::vector<Windows> adaptive_windows(const PoolingCall& call, const PerDimension& size) {
  const Shape sizes = call.numbers(size, "a size", 1);
  const bool filled = size_of(with_windows(call, {sizes.begin(), sizes.end()})) > 0;
  std::vector<Windows> result;
  for (std::size_t d = 0; d < call.rank; ++d) {
    const std::size_t n = call.extent(d), count = sizes[d];
    if (n == 0) call.refuse("at least one element expected along axis " + std::to_string(call.axis(d)));
    Windows windows{{count, n}, {}};
    for (std::size_t o = 0; filled && o < count; ++o) {
      // ⌊o n / count⌋ without a product that is too large.
      const auto place = [&](std::size_t i) {
        return i / count * n + i % count * (n / count) + i % count * (n % count) / count;
      };
      const std::size_t end = place(o + 1) + ((o + 1) % count * (n % count) % count != 0 ? 1 : 0);
      for (std::size_t i = place(o); i < end; ++i) windows.rows.add(i, 1);
      windows.rows.end_row();
    }
    windows.counts = lengths(windows.rows);
    result.push_back(std::move(windows));
  }
  return result;
}

SparseRows interpolating(std::size_t n, std::size_t count, std::optional<double> scale_factor,
                         const InterpolateOptions& options, bool filled) {
  SparseRows rows{count, n};
  const double scale = scale_factor ? 1 / *scale_factor : double(n) / double(count);
  for (std::size_t o = 0; filled && o < count; ++o) {
    if (options.mode == Interpolation::kNearest) {
      rows.add(std::min(scale_factor ? std::size_t(double(o) * scale) : o * n / count, n - 1), 1);
    } else {
      const double at = options.align_corners ? (count == 1 ? 0.0 : double(o) * double(n - 1) / double(count - 1))
                                              : std::max(0.0, (double(o) + 0.5) * scale - 0.5);
      const std::size_t below = std::min(std::size_t(at), n - 1);
      const double part = below + 1 < n ? at - double(below) : 0.0;
      rows.add(below, 1 - part);
      rows.add(std::min(below + 1, n - 1), part);
    }
    rows.end_row();
  }
  return rows;
}

}  // namespace

template <class T>
Var<T> max_pool(std::size_t rank, const Var<T>& x, const PerDimension& kernel, const MaxPoolOptions& options) {
  const PoolingCall call(with_rank("max_pool", rank), rank, x.shape());
  return max_of(call, x, windows_of(call, kernel, options, options.dilation));
}

template <class T>
Var<T> avg_pool(std::size_t rank, const Var<T>& x, const PerDimension& kernel, const AvgPoolOptions& options) {
  const PoolingCall call(with_rank("avg_pool", rank), rank, x.shape());
  if (options.divisor_override == 0) call.refuse("a divisor_override other than 0 expected");
  std::vector<Windows> windows = windows_of(call, kernel, options, 1);
  for (Windows& each : windows) {
    if (!options.count_include_pad) each.counts = lengths(each.rows);
  }
  return mean_of(call, x, windows, options.divisor_override);
}

template <class T>
Var<T> adaptive_max_pool(std::size_t rank, const Var<T>& x, const PerDimension& size) {
  const PoolingCall call(with_rank("adaptive_max_pool", rank), rank, x.shape());
  return max_of(call, x, adaptive_windows(call, size));
}

template <class T>
Var<T> adaptive_avg_pool(std::size_t rank, const Var<T>& x, const PerDimension& size) {
  const PoolingCall call(with_rank("adaptive_avg_pool", rank), rank, x.shape());
  return mean_of(call, x, adaptive_windows(call, size), {});
}

template <class T>
Var<T> interpolate(const Var<T>& x, const InterpolateOptions& options) {
  if (x.dimension() < 3 || x.dimension() > 5) {
    throw ShapeError("[interpolate] x (batch, channels, ...) with one to three dimensions expected: x is " +
                     to_string(x.shape()));
  }
  const PoolingCall call("interpolate", x.dimension() - 2, x.shape());
  if (options.size.empty() != options.scale_factor.has_value()) {
    call.refuse("either a size or a scale_factor expected");
  }
  std::vector<std::size_t> counts;
  for (std::size_t d = 0; d < call.rank; ++d) {
    if (!options.size.empty()) {
      counts.push_back(call.numbers(options.size, "a size", 1)[d]);
    } else {
      const double count = double(call.extent(d)) * *options.scale_factor;
      if (!(count >= 1) || !(count < 0x1p62)) {
        call.refuse("a scale_factor that leaves at least one element expected, got " +
                    text::number(*options.scale_factor));
      }
      counts.push_back(std::size_t(count));
    }
    if (call.extent(d) == 0) call.refuse("at least one element expected along axis " + std::to_string(call.axis(d)));
  }
  const bool filled = size_of(with_windows(call, counts)) > 0;
  Var<T> y = x;
  for (std::size_t d = call.rank; d-- > 0;) {  // along rows first, while there are few of them
    y = resampled(y, call.axis(d), interpolating(call.extent(d), counts[d], options.scale_factor, options, filled));
  }
  return y;
}

#define XTAPE_INSTANTIATE(T)                                                                        \
  template Var<T> max_pool(std::size_t, const Var<T>&, const PerDimension&, const MaxPoolOptions&); \
  template Var<T> avg_pool(std::size_t, const Var<T>&, const PerDimension&, const AvgPoolOptions&); \
  template Var<T> adaptive_max_pool(std::size_t, const Var<T>&, const PerDimension&);               \
  template Var<T> adaptive_avg_pool(std::size_t, const Var<T>&, const PerDimension&);               \
  template Var<T> interpolate(const Var<T>&, const InterpolateOptions&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace detail

// clang-format off
XTAPE_RESAMPLE_OPS(XTAPE_DEFINE_STRUCTURAL)
// clang-format on

}  // namespace xtape

#include "autodiff/ops/lists_end.hpp"
