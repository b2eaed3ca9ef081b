#pragma once
// Convolutions, and transposed ones.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// How the window of a convolution moves, as ConvOptions say it, and whether there is a bias.
struct ConvLayerOptions {
  PerDimension stride = 1, padding = 0, dilation = 1;
  std::ptrdiff_t groups = 1;
  bool bias = true;
};

/// The same of a transposed convolution: ConvTransposeOptions.
struct ConvTransposeLayerOptions {
  PerDimension stride = 1, padding = 0, output_padding = 0;
  std::ptrdiff_t groups = 1;
  bool bias = true;
  PerDimension dilation = 1;
};

/// What the layers of convolutions have in common: a weight of PyTorch's shape and, unless it is made without, a bias.
/// Both start uniform in ±1/√n with n = weight.shape(1) times the size of the window, as PyTorch's.
template <class T>
class Convolution : public Layer<T> {
 public:
  const Parameter<T>& weight() const {
    return weight_;
  }  ///< (out, in / groups, window...); transposed (in, out / groups, ...)
  bool has_bias() const { return bias_.has_value(); }  ///< unless it was made without
  /// (out). Throws Error where there is none.
  const Parameter<T>& bias() const;

 protected:
  Convolution(const char* name, std::size_t first, std::size_t second, std::size_t out, const PerDimension& kernel,
              std::size_t rank, std::ptrdiff_t groups, bool bias, Random& rng);
  template <class Apply>
  Var<T> convolved(const Apply& apply) const {
    return this->located([&] { return bias_ ? apply(weight_.var(), bias_->var()) : apply(weight_.var()); });
  }

 private:
  Parameter<T> weight_;
  std::optional<Parameter<T>> bias_;
};

/// conv1d: x: (batch, in, length) gives (batch, out, places of the window); also one example without the batch.
template <class T>
class Conv1d : public Convolution<T> {
 public:
  /// Throws ShapeError unless `in` and `out` are multiples of the groups, and for a stride or a dilation below 1 and a
  /// padding below 0.
  Conv1d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
         const ConvLayerOptions& options = {});
  /// Throws ShapeError for other channels, and where the window does not fit.
  Var<T> operator()(const Var<T>& x) const;

 private:
  ConvOptions options_;
};

/// conv2d: x: (batch, in, height, width) gives (batch, out, ...); also one example without the batch.
template <class T>
class Conv2d : public Convolution<T> {
 public:
  /// Throws ShapeError unless `in` and `out` are multiples of the groups, and for a stride or a dilation below 1 and a
  /// padding below 0.
  Conv2d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
         const ConvLayerOptions& options = {});
  /// Throws ShapeError for other channels, and where the window does not fit.
  Var<T> operator()(const Var<T>& x) const;

 private:
  ConvOptions options_;
};

/// conv_transpose2d: x: (batch, in, height, width) gives (batch, out, ...); also one example without the batch.
template <class T>
class ConvTranspose2d : public Convolution<T> {
 public:
  /// Throws ShapeError unless `in` and `out` are multiples of the groups, and for a stride or a dilation below 1 and a
  /// padding below 0.
  ConvTranspose2d(std::size_t in, std::size_t out, const PerDimension& kernel, Random& rng,
                  const ConvTransposeLayerOptions& options = {});
  /// Throws ShapeError for other channels.
  Var<T> operator()(const Var<T>& x) const;

 private:
  ConvTransposeOptions options_;
};

#define XTAPE_EXTERN(T)                 \
  extern template class Convolution<T>; \
  extern template class Conv1d<T>;      \
  extern template class Conv2d<T>;      \
  extern template class ConvTranspose2d<T>;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
