#pragma once
// Normalization of each example over its features.

#include "nn/layers/layer.hpp"

#include <optional>

namespace xtape::nn {

/// What a LayerNorm has.
struct LayerNormOptions {
  double epsilon = 1e-5;  ///< what is added to the variance
  bool affine = true;     ///< whether there are a weight and a bias
  bool bias = true;       ///< whether there is a bias beside the weight
};

/// y = w (x - μ) / √(σ² + ε) + b with mean and variance over the last dimensions of x, which have `shape`, as w and b
/// have. w starts as 1, b as 0. Source: J. Ba, J. Kiros, G. Hinton, "Layer normalization", arXiv 1607.06450.
template <class T>
class LayerNorm : public Layer<T> {
 public:
  /// Throws Error for a shape of no dimension, and an epsilon that is negative or not finite.
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& options = {});
  /// Over the last dimension alone, of `size` numbers.
  explicit LayerNorm(std::size_t size, const LayerNormOptions& options = {}) : LayerNorm(Shape(1, size), options) {}

  /// x: (..., shape...) gives the same shape. Throws ShapeError for other last dimensions.
  Var<T> operator()(const Var<T>& x) const;

 private:
  Shape shape_;
  double epsilon_;
  std::optional<Parameter<T>> weight_, bias_;
};

extern template class LayerNorm<float>;
extern template class LayerNorm<double>;

}  // namespace xtape::nn
