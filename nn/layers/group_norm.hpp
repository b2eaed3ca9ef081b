#pragma once
// Normalization of each example over groups of channels.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// What a GroupNorm has.
struct GroupNormOptions {
  double epsilon = 1e-5;  ///< what is added to the variance
  bool affine = true;     ///< whether there are a weight and a bias
};

/// y = w (x - μ) / √(σ² + ε) + b with mean and variance over each of `groups` groups of the channels of each example; w
/// and b: (channels), 1 and 0 at the start. Source: Y. Wu, K. He, "Group normalization", ECCV 2018.
template <class T>
class GroupNorm : public Layer<T> {
 public:
  /// Throws Error unless the channels are a multiple of the groups, and for an epsilon that is negative or not finite.
  GroupNorm(std::size_t groups, std::size_t channels, const GroupNormOptions& options = {});

  /// x: (batch, channels, ...) gives the same shape. Throws ShapeError for another number of channels.
  Var<T> operator()(const Var<T>& x) const;

 private:
  std::size_t groups_, channels_;
  double epsilon_;
  std::optional<Parameter<T>> weight_, bias_;
};

extern template class GroupNorm<float>;
extern template class GroupNorm<double>;

}  // namespace xtape::nn
