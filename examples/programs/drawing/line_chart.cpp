#include "examples/programs/drawing/line_chart.hpp"

#include <algorithm>
#include <cmath>

#include "examples/programs/drawing/axes.hpp"

namespace programs {
namespace {

// Larger than a page shows it, for dense screens.
constexpr std::size_t kWidth = 1200, kHeight = 720;
constexpr double kDot = 6;

void draw(Canvas& canvas, const Axes& axes, const Series& series) {
  canvas.colour(series.colour);
  std::vector<std::pair<double, double>> points;
  for (const auto& point : series.points)
    if (is_drawable(point)) points.emplace_back(axes.at_x(point.first), axes.at_y(point.second));
  canvas.polyline(points, 5, series.dashed);
  if (!series.dashed && points.size() <= 40)  // more dots than that run into one another
    for (const auto& [x, y] : points) canvas.disc(x, y, kDot);
}

}  // namespace

Png draw_line_chart(const std::vector<Series>& series, const std::string& x_label, const std::string& y_label) {
  Interval x, y;
  for (const Series& one : series)
    for (const auto& point : one.points)
      if (is_drawable(point)) {
        x.include(point.first);
        y.include(point.second);
      }
  x.widen(0.02, 0.25);
  y.widen(0.06, 1e-3 * std::max(1.0, std::abs(y.high)));
  Canvas canvas(kWidth, kHeight);
  std::vector<LegendEntry> legend;
  for (const Series& one : series) legend.push_back({one.label, one.colour, one.dashed ? Mark::kDashes : Mark::kLine});
  draw_legend(canvas, legend);
  Field field{0, legend_height(canvas, legend), kWidth - Axes::kRight, kHeight - Axes::kBottom};
  field.left = Axes::room_left(canvas, y, field.height());
  const Axes axes(canvas, field, x, y, {x_label, y_label, true});
  for (const Series& one : series) draw(canvas, axes, one);
  return canvas.png();
}

}  // namespace programs
