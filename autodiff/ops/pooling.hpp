#pragma once
// Pooling, interpolation, and windows as columns, under PyTorch's names: arrays are (batch, channels, ...), or one of
// them without the batch.

#include "autodiff/core/apply.hpp"
#include "autodiff/core/per_dimension.hpp"
#include "autodiff/kernels/convolution.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace xtape {

/// How the window of max_pool moves: `stride` places at a time, as many as it is long unless said, over data with
/// `padding` places of -infinity at each end, its own elements `dilation` places apart. With `ceil_mode` a last window
/// may reach out of the padded data.
struct MaxPoolOptions {
  PerDimension stride = {}, padding = 0, dilation = 1;
  bool ceil_mode = false;
};

/// The same of avg_pool, over data with zeros at each end. The sum is divided by the number of places in the window,
/// those of the padding among them unless `count_include_pad` is false; or by `divisor_override`.
struct AvgPoolOptions {
  PerDimension stride = {}, padding = 0;
  bool ceil_mode = false, count_include_pad = true;
  std::optional<std::ptrdiff_t> divisor_override = {};
};

/// How the window of unfold and fold moves.
struct UnfoldOptions {
  PerDimension dilation = 1, padding = 0, stride = 1;
};

/// What interpolate gives: the element that is there (nearest), or a mixture of the two neighbours along each dimension
/// (linear: bilinear of images).
enum class Interpolation { kNearest, kLinear };

/// The extents of the result, or how many times the data's they are; and of linear interpolation whether the first and
/// last elements keep their places, or the ends of the array.
struct InterpolateOptions {
  PerDimension size = {};
  std::optional<double> scale_factor = {};
  Interpolation mode = Interpolation::kNearest;
  bool align_corners = false;
};

namespace op {

/// A matrix of few numbers in each row, row by row: where they stand, and what they are.
struct SparseRows {
  std::size_t rows = 0, columns = 0;
  std::vector<std::size_t> ends{}, column{};  // of each row; of each number
  std::vector<double> weight{};
  void add(std::size_t at, double number);
  void end_row() { ends.push_back(column.size()); }
};

/// y[.., r, ..] = Σ over c of matrix[r, c] x[.., c, ..] along `axis`; dx is the same of its transpose.
struct Resample : Operation<"resample"> {
  std::shared_ptr<const SparseRows> matrix, transpose;
  std::size_t axis = 0;
  static constexpr Linearity linear = Linearity::kTogether;
  Resample in_batch(std::size_t) const { return detail::next_axis(*this); }
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

/// y[n, (c, j), o] = x[n, c, o stride - padding + j dilation], 0 outside; `folds`: the transpose, the sum of all that
/// came from a place. Each is the other's derivative.
struct Unfold : Operation<"unfold"> {
  static constexpr Linearity linear = Linearity::kTogether;
  kernels::Convolution of{};
  Shape data{}, columns{};
  bool folds = false;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const;
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly& x) const;
};

}  // namespace op

namespace detail {

template <class T>
Var<T> max_pool(std::size_t rank, const Var<T>& x, const PerDimension& kernel, const MaxPoolOptions& options);
template <class T>
Var<T> avg_pool(std::size_t rank, const Var<T>& x, const PerDimension& kernel, const AvgPoolOptions& options);
template <class T>
Var<T> adaptive_max_pool(std::size_t rank, const Var<T>& x, const PerDimension& size);
template <class T>
Var<T> adaptive_avg_pool(std::size_t rank, const Var<T>& x, const PerDimension& size);
template <class T>
Var<T> unfold(const Var<T>& x, const PerDimension& kernel, const UnfoldOptions& options);
template <class T>
Var<T> fold(const Var<T>& x, const PerDimension& size, const PerDimension& kernel, const UnfoldOptions& options);
template <class T>
Var<T> interpolate(const Var<T>& x, const InterpolateOptions& options);
extern template Var<float> max_pool(std::size_t, const Var<float>&, const PerDimension&, const MaxPoolOptions&);
extern template Var<double> max_pool(std::size_t, const Var<double>&, const PerDimension&, const MaxPoolOptions&);
extern template Var<float> avg_pool(std::size_t, const Var<float>&, const PerDimension&, const AvgPoolOptions&);
extern template Var<double> avg_pool(std::size_t, const Var<double>&, const PerDimension&, const AvgPoolOptions&);
extern template Var<float> adaptive_max_pool(std::size_t, const Var<float>&, const PerDimension&);
extern template Var<double> adaptive_max_pool(std::size_t, const Var<double>&, const PerDimension&);
extern template Var<float> adaptive_avg_pool(std::size_t, const Var<float>&, const PerDimension&);
extern template Var<double> adaptive_avg_pool(std::size_t, const Var<double>&, const PerDimension&);
extern template Var<float> unfold(const Var<float>&, const PerDimension&, const UnfoldOptions&);
extern template Var<double> unfold(const Var<double>&, const PerDimension&, const UnfoldOptions&);
extern template Var<float> fold(const Var<float>&, const PerDimension&, const PerDimension&, const UnfoldOptions&);
extern template Var<double> fold(const Var<double>&, const PerDimension&, const PerDimension&, const UnfoldOptions&);
extern template Var<float> interpolate(const Var<float>&, const InterpolateOptions&);
extern template Var<double> interpolate(const Var<double>&, const InterpolateOptions&);

}  // namespace detail

/// The largest element of each window of x: (batch, channels, length), NaN if one is; the first of equal largest ones
/// gets the gradient. Throws ShapeError where x has another rank, a window is longer than the padded data, or the
/// padding more than half of it.
auto max_pool1d(const ArrayOperand auto& x, const PerDimension& kernel, const MaxPoolOptions& options = {}) {
  return detail::max_pool(1, as_own_number(x), kernel, options);
}
/// As max_pool1d, over height and width: max_pool2d(x, 2) halves them.
auto max_pool2d(const ArrayOperand auto& x, const PerDimension& kernel, const MaxPoolOptions& options = {}) {
  return detail::max_pool(2, as_own_number(x), kernel, options);
}
/// As max_pool1d, over three dimensions.
auto max_pool3d(const ArrayOperand auto& x, const PerDimension& kernel, const MaxPoolOptions& options = {}) {
  return detail::max_pool(3, as_own_number(x), kernel, options);
}

/// The mean of each window of x: (batch, channels, length). Throws ShapeError as max_pool1d does, and for a
/// `divisor_override` of 0.
auto avg_pool1d(const ArrayOperand auto& x, const PerDimension& kernel, const AvgPoolOptions& options = {}) {
  return detail::avg_pool(1, as_own_number(x), kernel, options);
}
/// As avg_pool1d, over height and width.
auto avg_pool2d(const ArrayOperand auto& x, const PerDimension& kernel, const AvgPoolOptions& options = {}) {
  return detail::avg_pool(2, as_own_number(x), kernel, options);
}
/// As avg_pool1d, over three dimensions.
auto avg_pool3d(const ArrayOperand auto& x, const PerDimension& kernel, const AvgPoolOptions& options = {}) {
  return detail::avg_pool(3, as_own_number(x), kernel, options);
}

/// The largest elements of `size` windows that cover x: (batch, channels, length), window i from ⌊i length / size⌋ to
/// ⌈(i + 1) length / size⌉. Throws ShapeError where x has another rank or no length.
auto adaptive_max_pool1d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_max_pool(1, as_own_number(x), size);
}
/// As adaptive_max_pool1d, over height and width.
auto adaptive_max_pool2d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_max_pool(2, as_own_number(x), size);
}
/// As adaptive_max_pool1d, over three dimensions.
auto adaptive_max_pool3d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_max_pool(3, as_own_number(x), size);
}

/// The means of the same windows. Throws ShapeError as adaptive_max_pool1d does.
auto adaptive_avg_pool1d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_avg_pool(1, as_own_number(x), size);
}
/// As adaptive_avg_pool1d, over height and width: adaptive_avg_pool2d(x, 1) is the mean over all places.
auto adaptive_avg_pool2d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_avg_pool(2, as_own_number(x), size);
}
/// As adaptive_avg_pool1d, over three dimensions.
auto adaptive_avg_pool3d(const ArrayOperand auto& x, const PerDimension& size) {
  return detail::adaptive_avg_pool(3, as_own_number(x), size);
}

/// The windows of x: (batch, channels, height, width) as columns: (batch, channels · kernel height · kernel width,
/// windows), so that conv2d is a matrix product with them. Throws ShapeError where x has another rank, or the window is
/// larger than the padded data.
auto unfold(const ArrayOperand auto& x, const PerDimension& kernel, const UnfoldOptions& options = {}) {
  return detail::unfold(as_own_number(x), kernel, options);
}
/// The transpose of unfold: x: (batch, channels · kernel height · kernel width, windows) added up where the windows of
/// an array of height and width `size` lie. Throws ShapeError where x has not the shape that unfold gives.
auto fold(const ArrayOperand auto& x, const PerDimension& size, const PerDimension& kernel,
          const UnfoldOptions& options = {}) {
  return detail::fold(as_own_number(x), size, kernel, options);
}

/// x: (batch, channels, ...), the batch not left out, with one to three dimensions of other extents: interpolate(x,
/// {.scale_factor = 2}), interpolate(x, {.size = {28, 28}, .mode = Interpolation::kLinear}). Nearest is element
/// ⌊i / scale⌋. Throws ShapeError for another rank, unless either `size` or `scale_factor` is given, and where nothing
/// would be left.
auto interpolate(const ArrayOperand auto& x, const InterpolateOptions& options) {
  return detail::interpolate(as_own_number(x), options);
}

}  // namespace xtape
