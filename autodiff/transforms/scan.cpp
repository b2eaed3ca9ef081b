#include "autodiff/transforms/scan.hpp"

#include "autodiff/errors.hpp"

namespace xtape::detail {

std::size_t steps_of(const PartShapes& xs) {
  if (xs.empty()) throw ShapeError("[scan] at least one array to step over expected, got none");
  for (const auto& [place, shape] : xs) {
    // xs is the second argument of the loop, and the first here.
    if (shape.empty() || shape[0] == 0) {
      throw ShapeError("[scan] an array to step over needs at least one step in its first dimension, got shape " +
                       to_string(shape));
    }
    if (shape[0] != xs[0].second[0]) {
      throw ShapeError("[scan] the arrays to step over must have as many steps: " + to_string(xs[0].second) + " and " +
                       to_string(shape));
    }
  }
  return xs[0].second[0];
}

void refuse_carry(const PartShapes& expected, const PartShapes& got) {
  check_parts("scan", "the carry after a step", expected, got);
  throw Error("[scan] the carry changed");  // not reached: they differ
}

}  // namespace xtape::detail
