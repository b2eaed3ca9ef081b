#pragma once
// Points of several classes in a plane.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "examples/support/canvas.hpp"

namespace examples {

/// The points of a class.
struct PointClass {
  std::string label;
  std::vector<std::pair<double, double>> points;  ///< those that are not finite are left out
};

/// Draws the points of each class in a colour of its own, with a legend. One unit is as long on both axes, so that the
/// shape of the cloud is its own. Up to ten colours that colour-blind readers can tell apart; more classes repeat them.
Png draw_scatter_chart(const std::vector<PointClass>& classes, const std::string& x_label, const std::string& y_label);

}  // namespace examples
