#pragma once
// Points of several classes in a plane, or in several planes side by side.

#include <string>
#include <utility>
#include <vector>

#include "examples/programs/drawing/canvas.hpp"

namespace programs {

/// The points of a class.
struct PointClass {
  std::string label;
  std::vector<std::pair<double, double>> points;  ///< those that are not finite are left out
};

/// A plane of its own, with axes of its own.
struct ScatterPanel {
  std::string title;  ///< above the axes; may be empty
  std::vector<PointClass> classes;
  double circle = 0;  ///< the radius of a grey circle around the origin; 0 for none
};

/// Draws panels of the same classes side by side, at most three in a row, under one legend, each class in a colour of
/// its own. In each panel, one unit is as long on both axes, so that the shape of the cloud is its own. Up to ten
/// colours that colour-blind readers can tell apart; more classes repeat them.
/// Throws std::invalid_argument for no panels, and where their classes differ.
Png draw_scatter_chart(const std::vector<ScatterPanel>& panels, const std::string& x_label, const std::string& y_label);

}  // namespace programs
