#pragma once
// Curves and points on two logarithmic axes, as SVG.

#include <iosfwd>
#include <string>
#include <vector>

#include "benchmarks/runner/svg.hpp"

namespace xtape::benchmarks {

struct Series {
  std::string label;          ///< for the legend; none without
  std::vector<Point> points;  ///< positive; others are not drawn
  bool line = true;           ///< joined by lines
  bool dots = true;
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Series> series;
};

/// The charts side by side, with `caption` below.
void write_charts(std::ostream& out, const std::vector<Chart>& charts, const std::string& caption);

}  // namespace xtape::benchmarks
