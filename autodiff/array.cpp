#include "autodiff/array.hpp"

#include "autodiff/errors.hpp"

#include <algorithm>

namespace xtape {

std::size_t size_of(const Shape& shape) {
  std::size_t size = 1;
  bool overflow = false;
  for (const std::size_t extent : shape) {
    if (extent == 0) return 0;
    overflow = overflow || size > (std::size_t(-1) >> 1) / extent;
    size *= extent;
  }
  if (overflow) throw ShapeError("[array] the shape " + to_string(shape) + " has more elements than can be counted");
  return size;
}

std::string to_string(const Shape& shape) {
  constexpr std::size_t kMostShown = 16;
  std::string text = "(";
  for (std::size_t i = 0; i < std::min(kMostShown, shape.size()); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  if (shape.size() > kMostShown) text += ", and " + std::to_string(shape.size() - kMostShown) + " more";
  text += shape.size() == 1 ? ",)" : ")";
  return text;
}

}  // namespace xtape
