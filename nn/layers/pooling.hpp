#pragma once
// Windows of images and sequences as one number each.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <utility>

namespace xtape::nn {

namespace detail {

/// Throws ShapeError, naming the layer, for a window that no input would do for.
template <class Options>
void check_window(const char* layer, std::size_t rank, const PerDimension& kernel, const Options& options) {
  (void)kernel.of(layer, "a kernel", rank, 1);
  if (!options.stride.empty()) (void)options.stride.of(layer, "a stride", rank, 1);
  (void)options.padding.of(layer, "a padding", rank, 0);
  if constexpr (requires { options.dilation; }) (void)options.dilation.of(layer, "a dilation", rank, 1);
}

}  // namespace detail

/// max_pool1d: x: (batch, channels, length) gives (batch, channels, places of the window).
template <class T>
class MaxPool1d : public Layer<T> {
 public:
  /// Throws ShapeError for a kernel, a dilation or a stride below 1 and a padding below 0.
  explicit MaxPool1d(PerDimension kernel, MaxPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {
    detail::check_window("MaxPool1d", 1, kernel_, options_);
  }
  /// Throws ShapeError where the window does not fit.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return max_pool1d(x, kernel_, options_); });
  }

 private:
  PerDimension kernel_;
  MaxPoolOptions options_;
};

/// max_pool2d: x: (batch, channels, height, width) gives (batch, channels, ...).
template <class T>
class MaxPool2d : public Layer<T> {
 public:
  /// Throws ShapeError for a kernel, a dilation or a stride below 1 and a padding below 0.
  explicit MaxPool2d(PerDimension kernel, MaxPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {
    detail::check_window("MaxPool2d", 2, kernel_, options_);
  }
  /// Throws ShapeError where the window does not fit.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return max_pool2d(x, kernel_, options_); });
  }

 private:
  PerDimension kernel_;
  MaxPoolOptions options_;
};

/// avg_pool1d: x: (batch, channels, length) gives (batch, channels, places of the window).
template <class T>
class AvgPool1d : public Layer<T> {
 public:
  /// Throws ShapeError for a kernel or a stride below 1 and a padding below 0.
  explicit AvgPool1d(PerDimension kernel, AvgPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {
    detail::check_window("AvgPool1d", 1, kernel_, options_);
  }
  /// Throws ShapeError where the window does not fit.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return avg_pool1d(x, kernel_, options_); });
  }

 private:
  PerDimension kernel_;
  AvgPoolOptions options_;
};

/// avg_pool2d: x: (batch, channels, height, width) gives (batch, channels, ...).
template <class T>
class AvgPool2d : public Layer<T> {
 public:
  /// Throws ShapeError for a kernel or a stride below 1 and a padding below 0.
  explicit AvgPool2d(PerDimension kernel, AvgPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {
    detail::check_window("AvgPool2d", 2, kernel_, options_);
  }
  /// Throws ShapeError where the window does not fit.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return avg_pool2d(x, kernel_, options_); });
  }

 private:
  PerDimension kernel_;
  AvgPoolOptions options_;
};

}  // namespace xtape::nn
