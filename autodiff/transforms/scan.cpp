#include "autodiff/transforms/scan.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

namespace xtape::detail {

void refuse_endless(std::size_t steps) {
  throw NumericError("[while_loop] the condition still holds after " + std::to_string(steps) +
                     " steps, as many as `max_steps` allows");
}

std::size_t steps_of(const PartShapes& xs) {
  if (xs.empty()) throw ShapeError("[scan] at least one array to step over expected, got none");
  const auto name = [](const std::string& place) { return place.empty() ? "xs" : "xs" + place; };
  for (const auto& [place, shape] : xs) {
    if (shape.empty() || shape[0] == 0) {
      throw ShapeError("[scan] at least one step in the first dimension of " + name(place) + " expected, got shape " +
                       to_string(shape));
    }
    if (shape[0] != xs[0].second[0]) {
      throw ShapeError("[scan] as many steps expected in each array: " + name(xs[0].first) + " has shape " +
                       to_string(xs[0].second) + ", " + name(place) + " " + to_string(shape));
    }
  }
  return xs[0].second[0];
}

}  // namespace xtape::detail
