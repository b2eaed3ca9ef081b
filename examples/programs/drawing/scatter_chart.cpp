#include "examples/programs/drawing/scatter_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "examples/programs/drawing/axes.hpp"

namespace programs {
namespace {

// One panel is a square of the first; several share the width of the second, larger than a page shows it.
constexpr double kAlone = 1200, kShared = 1800, kTitleSize = 32, kTitleRoom = 56;
constexpr std::size_t kPanelsInRow = 3;

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

Colour colour_of(std::size_t index) {
  return kColours[index % kColours.size()];
}

std::vector<std::string> labels_of(const ScatterPanel& panel) {
  std::vector<std::string> labels;
  for (const PointClass& one : panel.classes) labels.push_back(one.label);
  return labels;
}

std::string listed(const std::vector<std::string>& labels) {
  std::string text;
  for (const std::string& label : labels) text += (text.empty() ? "" : ", ") + label;
  return "(" + text + ")";
}

// The shorter of the two as long as the longer one, measured in pixels: `shape` is the width of the field over its
// height.
void make_equal(Interval& x, Interval& y, double shape) {
  const double wanted = std::max(x.length(), shape * y.length());
  x.widen(0, (wanted - x.length()) / 2);
  y.widen(0, (wanted / shape - y.length()) / 2);
}

/// On a panel of this width.
void draw_points(Canvas& canvas, const Axes& axes, const std::vector<PointClass>& classes, double width) {
  std::size_t total = 0, longest = 0;
  for (const PointClass& one : classes) {
    total += one.points.size();
    longest = std::max(longest, one.points.size());
  }
  const double crowd = std::clamp(std::sqrt(500 / static_cast<double>(total + 1)), 0.4, 1.0);
  const double radius = crowd * 8 * std::clamp(width / kAlone, 0.5, 1.0);
  // One of each class in turn, so that no class covers the others.
  for (std::size_t i = 0; i < longest; ++i)
    for (std::size_t c = 0; c < classes.size(); ++c)
      if (i < classes[c].points.size() && is_drawable(classes[c].points[i])) {
        const double x = axes.at_x(classes[c].points[i].first), y = axes.at_y(classes[c].points[i].second);
        canvas.colour(kWhite);  // a rim, by which points that overlap are told apart
        canvas.disc(x, y, 1.25 * radius);
        canvas.colour(colour_of(c));
        canvas.disc(x, y, radius);
      }
}

/// `sheet` is all that the panel may take: title, axes, numbers and labels.
void draw_panel(Canvas& canvas, const ScatterPanel& panel, const Field& sheet, const std::string& x_label,
                const std::string& y_label) {
  Interval x, y;
  for (const PointClass& one : panel.classes)
    for (const auto& point : one.points)
      if (is_drawable(point)) {
        x.include(point.first);
        y.include(point.second);
      }
  if (panel.circle > 0) {
    for (Interval* axis : {&x, &y}) {
      axis->include(-panel.circle);
      axis->include(panel.circle);
    }
  }
  x.widen(0.05, 1e-3);
  y.widen(0.05, 1e-3);
  Field field = sheet;
  field.top += panel.title.empty() ? 0 : kTitleRoom;
  field.right -= Axes::kRight;
  field.bottom -= Axes::kBottom;
  make_equal(x, y, field.width() / field.height());  // about, for the numbers at the ticks and the room they need
  field.left += Axes::room_left(canvas, y, field.height());
  make_equal(x, y, field.width() / field.height());
  canvas.colour(kInk);
  canvas.text((field.left + field.right) / 2, field.top - kTitleRoom / 2, panel.title, kTitleSize, {0, 0});
  const Axes axes(canvas, field, x, y, {x_label, y_label, false, true});
  draw_points(canvas, axes, panel.classes, sheet.width());
  canvas.colour(kMuted);
  if (panel.circle > 0) canvas.circle(axes.at_x(0), axes.at_y(0), axes.at_x(panel.circle) - axes.at_x(0), 4);
}

}  // namespace

Png draw_scatter_chart(const std::vector<ScatterPanel>& panels, const std::string& x_label,
                       const std::string& y_label) {
  if (panels.empty()) throw std::invalid_argument("a scatter chart needs at least one panel");
  const std::vector<std::string> labels = labels_of(panels.front());
  std::vector<LegendEntry> legend;
  for (std::size_t i = 0; i < labels.size(); ++i) legend.push_back({labels[i], colour_of(i), Mark::kDot});
  for (const ScatterPanel& panel : panels)
    if (labels_of(panel) != labels)
      throw std::invalid_argument("all panels of a scatter chart must have the classes of the first, " +
                                  listed(labels) + ", got " + listed(labels_of(panel)));

  const std::size_t rows = (panels.size() + kPanelsInRow - 1) / kPanelsInRow;
  const std::size_t columns = (panels.size() + rows - 1) / rows;  // four are two by two
  const double width = columns == 1 ? kAlone : kShared, panel_width = width / static_cast<double>(columns);
  Canvas ruler(static_cast<std::size_t>(width), 1);
  const double top = legend_height(ruler, legend);
  const double panel_height = panel_width + (columns == 1 ? 0 : kTitleRoom);
  Canvas canvas(static_cast<std::size_t>(width), static_cast<std::size_t>(top + panel_height * double(rows)));
  draw_legend(canvas, legend);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double left = panel_width * double(i % columns), upper = top + panel_height * double(i / columns);
    draw_panel(canvas, panels[i], {left, upper, left + panel_width, upper + panel_height}, x_label, y_label);
  }
  return canvas.png();
}

}  // namespace programs
