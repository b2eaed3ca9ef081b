#pragma once
// Several dimensions as one.

#include "nn/layers/layer.hpp"

#include <cstddef>

namespace xtape::nn {

/// The dimensions from `first` to `last` as one, row by row: (batch, channels, height, width) becomes (batch, channels
/// height width). Negative ones count from the end.
template <class T>
class Flatten : public Layer<T> {
 public:
  explicit Flatten(std::ptrdiff_t first = 1, std::ptrdiff_t last = -1) : first_(first), last_(last) {}

  /// Throws ShapeError for dimensions that x does not have, or in the wrong order.
  Var<T> operator()(const Var<T>& x) const;

 private:
  std::ptrdiff_t first_, last_;
};

extern template class Flatten<float>;
extern template class Flatten<double>;

}  // namespace xtape::nn
