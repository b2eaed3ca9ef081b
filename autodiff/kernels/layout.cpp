#include "autodiff/kernels/layout.hpp"

namespace xtape {

Strides dense_strides(const Shape& shape) {
  Strides strides(shape.size());
  std::ptrdiff_t step = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = step;
    step *= std::ptrdiff_t(shape[d]);
  }
  return strides;
}

bool is_dense(const Shape& shape, const Strides& strides) {
  std::ptrdiff_t step = 1;
  bool dense = true;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 0) return true;
    if (shape[d] == 1) continue;
    dense = dense && strides[d] == step;
    step *= std::ptrdiff_t(shape[d]);
  }
  return dense;
}

}  // namespace xtape
