#include "autodiff/array.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>

namespace xtape {

std::size_t detail::checked_size(const Shape& shape, std::string_view operation) {
  std::size_t product = 1;  // without the extents of 0
  bool too_many = false, empty = false;
  for (const std::size_t extent : shape) {
    empty |= extent == 0;
    too_many |= __builtin_mul_overflow(product, extent == 0 ? 1 : extent, &product);
  }
  if (too_many || product >= kTooMany) {
    throw ShapeError(text::bracketed(operation) + "the shape " + to_string(shape) +
                     " has too many elements: fewer than 2^60 expected, not counting extents of 0");
  }
  return empty ? 0 : product;
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
