#pragma once
// A pair of axes with ticks and labels, on which charts draw.

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "examples/programs/drawing/canvas.hpp"

namespace programs {

/// Round numbers (1, 2 or 5 times a power of ten apart) inside [low, high], about `wanted` of them; whole numbers only
/// where `whole` says so.
std::vector<double> round_ticks(double low, double high, double wanted, bool whole = false);

/// Whether both coordinates are finite: charts leave out other points.
bool is_drawable(const std::pair<double, double>& point);

/// The numbers that an axis shows. Empty at first.
struct Interval {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  void include(double value);  ///< nothing where it is not finite
  /// Room at both ends, at least `least`; a single value gets a neighbourhood.
  void widen(double share, double least);
  double length() const { return high - low; }
  /// 0 at the low end, 1 at the high one.
  double position(double value) const { return (value - low) / length(); }
};

/// What is to be drawn where.
struct AxesLook {
  std::string x_label, y_label;
  bool whole_x = false;         ///< x counts
  bool vertical_lines = false;  ///< a hairline at the ticks of x as well as at those of y
};

/// Where on a canvas the axes of a chart stand, in pixels; numbers and labels are outside, left of it and below.
struct Field {
  double left, top, right, bottom;

  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// A pair of axes.
class Axes {
 public:
  static constexpr double kTextSize = 28, kRight = 50, kBottom = 120;  ///< the margins that charts leave

  /// The room that the label and the numbers of y need to the left of a field of this height.
  static double room_left(Canvas& canvas, const Interval& y, double height);

  /// Draws them on a field of the canvas.
  Axes(Canvas& canvas, const Field& field, const Interval& x, const Interval& y, const AxesLook& look);

  double at_x(double x) const;  ///< in pixels of the canvas
  double at_y(double y) const;

 private:
  Field field_;
  Interval x_, y_;
};

/// What stands before a name in a legend: a dot, a piece of a line with one, or of a dashed line.
enum class Mark { kDot, kLine, kDashes };

/// A name in a legend.
struct LegendEntry {
  std::string label;
  Colour colour;
  Mark mark = Mark::kLine;
};

/// The height of a legend with the room around it, on a canvas of this width.
double legend_height(Canvas& canvas, const std::vector<LegendEntry>& entries);

/// At the top, flush right: in one line where the entries fit, else in more.
void draw_legend(Canvas& canvas, const std::vector<LegendEntry>& entries);

}  // namespace programs
