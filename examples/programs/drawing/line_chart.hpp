#pragma once
// Curves over the epochs, with axes, ticks, labels and a legend.

#include <string>
#include <utility>
#include <vector>

#include "examples/programs/drawing/canvas.hpp"

namespace programs {

/// One curve.
struct Series {
  std::string label;
  Colour colour;
  std::vector<std::pair<double, double>> points;  ///< by ascending x; those that are not finite are left out
  bool dashed = false;
};

/// Draws the curves on one pair of axes; x counts in whole numbers.
Png draw_line_chart(const std::vector<Series>& series, const std::string& x_label, const std::string& y_label);

}  // namespace programs
