#include "benchmarks/runner/chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace xtape::benchmarks {
namespace {

constexpr double kWidth = 420, kOnlyWidth = 640, kHeight = 400;  // of one of several charts, of a chart alone
constexpr double kLeft = 66, kRight = 16, kTop = 40, kBottom = 60, kLegendLine = 18, kCaption = 26;

constexpr double kLeastSpan = 30;  // of an axis, from its lowest value to its highest: small changes look small

using Anchor = Svg::Anchor;

std::vector<Point> drawable(const Series& series) {
  std::vector<Point> points;
  for (const Point& p : series.points) {
    if (p.x > 0 && p.y > 0 && std::isfinite(p.x) && std::isfinite(p.y)) points.push_back(p);
  }
  return points;
}

// An axis for these values, with some room at both ends.
LogAxis axis_for(const Chart& chart, double Point::*coordinate, double from, double to) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const Series& series : chart.series) {
    for (const Point& point : drawable(series)) {
      low = std::min(low, point.*coordinate);
      high = std::max(high, point.*coordinate);
    }
  }
  if (!(low <= high)) return {1, 10, from, to};
  const double room = std::max(std::pow(high / low, 0.06), std::sqrt(kLeastSpan * low / high));
  return {low / room, high * room, from, to};
}

void draw_axes(Svg& svg, const Chart& chart, const LogAxis& x, const LogAxis& y) {
  for (const double tick : x.ticks()) {
    const double at = x.position(tick);
    svg.line({at, y.from}, {at, y.to}, "#dddddd");
    svg.text(at, y.from + 16, Anchor::kMiddle, 11, short_number(tick));
  }
  for (const double tick : y.ticks()) {
    const double at = y.position(tick);
    svg.line({x.from, at}, {x.to, at}, "#dddddd");
    svg.text(x.from - 6, at + 4, Anchor::kEnd, 11, short_number(tick));
  }
  svg.line({x.from, y.from}, {x.to, y.from}, "black");
  svg.line({x.from, y.from}, {x.from, y.to}, "black");
  svg.text(x.from, y.to - 14, Anchor::kStart, 14, chart.title);
  svg.text((x.from + x.to) / 2, y.from + 36, Anchor::kMiddle, 12, chart.x_label);
  svg.upright_text({x.from - 48, (y.from + y.to) / 2}, 12, chart.y_label);
}

void draw_series(Svg& svg, const Series& series, const std::string& colour, const LogAxis& x, const LogAxis& y) {
  std::vector<Point> points;
  for (const Point& p : drawable(series)) points.push_back({x.position(p.x), y.position(p.y)});
  if (series.line) svg.polyline(points, colour);
  if (!series.dots) return;
  for (const Point& point : points) svg.dot(point, colour);
}

std::size_t legend_lines(const Chart& chart) {
  return std::size_t(std::count_if(chart.series.begin(), chart.series.end(),
                                   [](const Series& series) { return !series.label.empty(); }));
}

void draw_chart(Svg& svg, const Chart& chart, double left, double width) {
  const LogAxis x = axis_for(chart, &Point::x, left + kLeft, left + width - kRight);
  const LogAxis y = axis_for(chart, &Point::y, kHeight - kBottom, kTop);
  draw_axes(svg, chart, x, y);
  double legend = kHeight;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    const std::string colour = kPalette[i % kPalette.size()];
    draw_series(svg, series, colour, x, y);
    if (series.label.empty()) continue;
    svg.rectangle(x.from, legend - 4, 16, 4, colour);
    svg.text(x.from + 22, legend + 2, Anchor::kStart, 12, series.label);
    legend += kLegendLine;
  }
}

}  // namespace

void write_charts(std::ostream& out, const std::vector<Chart>& charts, const std::string& caption) {
  std::size_t lines = 0;
  for (const Chart& chart : charts) lines = std::max(lines, legend_lines(chart));
  const double height = kHeight + double(lines) * kLegendLine + kCaption;
  const double width = charts.size() > 1 ? kWidth : kOnlyWidth;
  Svg svg(out, width * double(std::max<std::size_t>(charts.size(), 1)), height);
  for (std::size_t i = 0; i < charts.size(); ++i) draw_chart(svg, charts[i], width * double(i), width);
  svg.text(16, height - 12, Anchor::kStart, 11, caption);
}

}  // namespace xtape::benchmarks
