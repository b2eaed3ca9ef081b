#include "autodiff/core/axes.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape {

namespace {

[[noreturn]] void refuse(const char* operation, std::ptrdiff_t axis, const std::string& of_what) {
  throw ShapeError(text::bracketed(operation) + "axis " + saturated_text(axis) + " is out of range for " + of_what);
}

std::size_t from_the_front(std::ptrdiff_t axis, std::size_t rank) {
  const std::ptrdiff_t n = std::ptrdiff_t(rank);
  return axis < -n || axis >= n ? rank : std::size_t(axis < 0 ? axis + n : axis);
}

}  // namespace

std::string saturated_text(std::ptrdiff_t number) {
  return std::to_string(number) + (number == std::numeric_limits<std::ptrdiff_t>::max() ? " or above" : "");
}

std::size_t normalize_axis(const char* operation, std::ptrdiff_t axis, const Shape& shape) {
  const std::size_t found = from_the_front(axis, shape.size());
  if (found == shape.size()) refuse(operation, axis, "an array of shape " + to_string(shape));
  return found;
}

std::size_t normalize_new_axis(const char* operation, std::ptrdiff_t axis, std::size_t rank) {
  const std::size_t found = from_the_front(axis, rank);
  if (found == rank) refuse(operation, axis, "a result of " + std::to_string(rank) + " dimensions");
  return found;
}

xt::dynamic_shape<bool> normalize_axes(const char* operation, const Axes& axes, const Shape& shape) {
  xt::dynamic_shape<bool> marked(shape.size(), axes.all());
  for (const std::ptrdiff_t axis : axes) {
    bool& mark = marked[normalize_axis(operation, axis, shape)];
    if (mark) {
      throw ShapeError(text::bracketed(operation) + "axis " + std::to_string(axis) + " is named twice, the shape is " +
                       to_string(shape));
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
