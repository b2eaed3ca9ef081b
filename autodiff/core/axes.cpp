#include "autodiff/core/axes.hpp"

#include "autodiff/errors.hpp"

#include <string>

namespace xtape {

std::size_t normalize_axis(const char* operation, std::ptrdiff_t axis, std::size_t rank) {
  const std::ptrdiff_t n = std::ptrdiff_t(rank);
  if (axis >= -n && axis < n) return std::size_t(axis < 0 ? axis + n : axis);
  throw ShapeError("[" + std::string(operation) + "] axis " + std::to_string(axis) +
                   " is out of range for an array of " + std::to_string(rank) + " dimensions");
}

xt::dynamic_shape<bool> normalize_axes(const char* operation, const Axes& axes, const Shape& shape) {
  xt::dynamic_shape<bool> marked(shape.size(), axes.all());
  for (const std::ptrdiff_t axis : axes) {
    bool& mark = marked[normalize_axis(operation, axis, shape.size())];
    if (mark) {
      throw ShapeError("[" + std::string(operation) + "] axis " + std::to_string(axis) +
                       " is named twice, the shape is " + to_string(shape));
    }
    mark = true;
  }
  return marked;
}

Shape reduced_shape(const Shape& shape, const xt::dynamic_shape<bool>& axes, bool keepdims) {
  Shape result;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (!axes[d]) {
      result.push_back(shape[d]);
    } else if (keepdims) {
      result.push_back(1);
    }
  }
  return result;
}

std::size_t count_along(const Shape& shape, const xt::dynamic_shape<bool>& axes) {
  std::size_t count = 1;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (axes[d]) count *= shape[d];
  }
  return count;
}

}  // namespace xtape
