#include "examples/support/scatter_chart.hpp"

#include <array>
#include <cmath>

#include "examples/support/axes.hpp"

namespace examples {
namespace {

constexpr std::size_t kSide = 1200;
constexpr double kDot = 8;

// P. Tol's muted scheme (SRON/EPS/TN/09-002), and black.
constexpr std::array<Colour, 10> kColours{{{0.20, 0.13, 0.53},
                                           {0.53, 0.80, 0.93},
                                           {0.27, 0.67, 0.60},
                                           {0.07, 0.47, 0.20},
                                           {0.60, 0.60, 0.20},
                                           {0.87, 0.80, 0.47},
                                           {0.80, 0.40, 0.47},
                                           {0.53, 0.13, 0.33},
                                           {0.67, 0.27, 0.60},
                                           {0.10, 0.10, 0.10}}};

// The shorter of the two as long as the longer one, measured in pixels: `shape` is the width of the field over its
// height.
void make_equal(Interval& x, Interval& y, double shape) {
  const double wanted = std::max(x.length(), shape * y.length());
  x.widen(0, (wanted - x.length()) / 2);
  y.widen(0, (wanted / shape - y.length()) / 2);
}

}  // namespace

Png draw_scatter_chart(const std::vector<PointClass>& classes, const std::string& x_label, const std::string& y_label) {
  Interval x, y;
  const auto is_finite = [](const auto& point) { return std::isfinite(point.first) && std::isfinite(point.second); };
  for (const PointClass& one : classes)
    for (const auto& point : one.points)
      if (is_finite(point)) {
        x.include(point.first);
        y.include(point.second);
      }
  x.widen(0.05, 1e-3);
  y.widen(0.05, 1e-3);
  Canvas canvas(kSide, kSide);
  // About what the field will be: its left edge depends on the numbers at the ticks.
  constexpr double kLeft = 5 * Axes::kTextSize;
  make_equal(x, y, (kSide - kLeft - Axes::kRight) / (kSide - Axes::kTop - Axes::kBottom));
  const Axes axes(canvas, x, y, {x_label, y_label, false, true});
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    canvas.colour(kColours[i % kColours.size()]);
    for (const auto& point : classes[i].points)
      if (is_finite(point)) canvas.disc(axes.at_x(point.first), axes.at_y(point.second), kDot);
    legend.push_back({classes[i].label, kColours[i % kColours.size()], false});
  }
  draw_legend(canvas, legend);
  return canvas.png();
}

}  // namespace examples
