#pragma once
// Windows of images and sequences as one number each.

#include "nn/layers/layer.hpp"

#include <utility>

namespace xtape::nn {

/// max_pool1d: x: (batch, channels, length) gives (batch, channels, places of the window).
template <class T>
class MaxPool1d : public Layer<T> {
 public:
  explicit MaxPool1d(PerDimension kernel, MaxPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {}
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
  explicit MaxPool2d(PerDimension kernel, MaxPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {}
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
  explicit AvgPool1d(PerDimension kernel, AvgPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {}
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
  explicit AvgPool2d(PerDimension kernel, AvgPoolOptions options = {})
      : kernel_(std::move(kernel)), options_(std::move(options)) {}
  /// Throws ShapeError where the window does not fit.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return avg_pool2d(x, kernel_, options_); });
  }

 private:
  PerDimension kernel_;
  AvgPoolOptions options_;
};

}  // namespace xtape::nn
