#include "autodiff/transforms/structure.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/ravel.hpp"

#include <algorithm>

namespace xtape::detail {

std::string name_of(const Place& place) {
  if (place.outer == nullptr) return place.index == Place::kResult ? "" : "argument " + std::to_string(place.index);
  const std::string inner = place.name != nullptr ? text::quoted(*place.name) : std::to_string(place.index);
  return name_of(*place.outer) + "[" + inner + "]";
}

void check_parts(const char* operation, const std::string& what, const PartShapes& expected, const PartShapes& got) {
  const auto place = [](const PartShapes& parts, std::size_t i) {
    if (i >= parts.size()) return std::string("nothing more");
    return parts[i].first.empty() ? std::string("one array") : parts[i].first;
  };
  for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    if (place(expected, i) != place(got, i)) {
      throw ShapeError(text::bracketed(operation) + what +
                       " must have the parts that are expected: " + place(expected, i) + ", got " + place(got, i));
    }
    if (expected[i].second == got[i].second) continue;
    const std::string of = expected[i].first.empty() ? "" : " of " + expected[i].first;
    throw ShapeError(text::bracketed(operation) + what + of + " must have the shape " + to_string(expected[i].second) +
                     ", got " + to_string(got[i].second));
  }
}

void check_row(const Shape& row, const PartShapes& parts) {
  std::size_t size = 0;
  for (const auto& [place, shape] : parts) size += size_of(shape);
  if (row == Shape{size}) return;
  throw ShapeError("[unravel_structure] a row of " + std::to_string(size) + " elements expected for the structure's " +
                   std::to_string(parts.size()) + " parts, got shape " + to_string(row));
}

}  // namespace xtape::detail
