#include "examples/support/line_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "examples/support/text.hpp"

namespace examples {
namespace {

// Larger than a page shows it, for dense screens.
constexpr std::size_t kWidth = 1200, kHeight = 720;
constexpr double kRight = 50, kTop = 90, kBottom = 120, kTextSize = 28, kTick = 10, kDot = 6;

bool is_finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Room at both ends; a single value gets a neighbourhood.
  void widen(double share, double least) {
    if (low > high) low = high = 0;
    const double room = std::max(share * (high - low), least);
    low -= room;
    high += room;
  }
  double position(double value) const { return (value - low) / (high - low); }
};

/// Decimals that tell ticks `step` apart.
int decimals_for(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
}

class Axes {
 public:
  Axes(Canvas& canvas, Range x, Range y) : canvas_(canvas), x_(x), y_(y) {
    const std::vector<double> ticks = round_ticks(y.low, y.high, 6);
    const int decimals = ticks.size() > 1 ? decimals_for(ticks[1] - ticks[0]) : 2;
    double widest = 0;
    for (const double tick : ticks) {
      y_ticks_.emplace_back(tick, fixed(tick, decimals));
      widest = std::max(widest, canvas.text_width(y_ticks_.back().second, kTextSize));
    }
    left_ = 3 * kTextSize + widest;
  }

  double at_x(double x) const { return left_ + x_.position(x) * (canvas_.width() - left_ - kRight); }
  double at_y(double y) const {
    return canvas_.height() - kBottom - y_.position(y) * (canvas_.height() - kTop - kBottom);
  }

  void draw(const std::string& x_label, const std::string& y_label) {
    const double right = canvas_.width() - kRight, bottom = canvas_.height() - kBottom;
    for (const auto& [tick, label] : y_ticks_) {
      canvas_.colour(kHairline);
      canvas_.line(left_, at_y(tick), right, at_y(tick), 2);
      canvas_.colour(kMuted);
      canvas_.text(left_ - 2 * kTick, at_y(tick), label, kTextSize, {-1, 0});
    }
    for (const double tick : round_ticks(x_.low, x_.high, 10, true)) {
      canvas_.colour(kMuted);
      canvas_.line(at_x(tick), bottom, at_x(tick), bottom + kTick, 2);
      canvas_.text(at_x(tick), bottom + 2 * kTick, fixed(tick, 0), kTextSize, {0, 1});
    }
    canvas_.colour(kInk);
    canvas_.line(left_, bottom, right, bottom, 3);
    canvas_.line(left_, kTop, left_, bottom, 3);
    canvas_.text((left_ + right) / 2, canvas_.height() - 34, x_label, kTextSize, {0, 0});
    canvas_.upright_text(30, (kTop + bottom) / 2, y_label, kTextSize);
  }

  void draw(const Series& series) {
    canvas_.colour(series.colour);
    std::vector<std::pair<double, double>> points;
    for (const auto& point : series.points)
      if (is_finite(point)) points.emplace_back(at_x(point.first), at_y(point.second));
    canvas_.polyline(points, 5);
    if (points.size() <= 40)  // more dots than that run into one another
      for (const auto& [x, y] : points) canvas_.disc(x, y, kDot);
  }

 private:
  Canvas& canvas_;
  Range x_, y_;
  std::vector<std::pair<double, std::string>> y_ticks_;
  double left_;  // room for the label of the axis and the widest number
};

/// In one line above the axes, flush right, where no curve can run into it.
void draw_legend(Canvas& canvas, const std::vector<Series>& series) {
  constexpr double kSample = 60, kSpace = 16, kBetween = 50;
  double x = canvas.width() - kRight;
  for (const Series& one : series) x -= kSample + kSpace + canvas.text_width(one.label, kTextSize);
  x -= kBetween * static_cast<double>(series.size() - 1);
  const double y = kTop / 2;
  for (const Series& one : series) {
    canvas.colour(one.colour);
    canvas.line(x, y, x + kSample, y, 5);
    canvas.disc(x + kSample / 2, y, kDot);
    canvas.colour(kInk);
    canvas.text(x + kSample + kSpace, y, one.label, kTextSize, {1, 0});
    x += kSample + kSpace + canvas.text_width(one.label, kTextSize) + kBetween;
  }
}

}  // namespace

std::vector<double> round_ticks(double low, double high, std::size_t wanted, bool whole) {
  std::vector<double> ticks;
  if (!(high > low) || wanted == 0) return ticks;
  const double rough = (high - low) / static_cast<double>(wanted), power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double multiple : {1.0, 2.0, 5.0})
    if (multiple * power >= 0.75 * rough) {
      step = multiple * power;
      break;
    }
  if (whole) step = std::max(1.0, step);
  const double first = std::ceil(low / step - 1e-9);
  for (double i = first; i * step <= high + 1e-9 * step; ++i) ticks.push_back(i * step + 0.0);  // + 0.0 turns -0 into 0
  return ticks;
}

Png draw_line_chart(const std::vector<Series>& series, const std::string& x_label, const std::string& y_label) {
  Range x, y;
  for (const Series& one : series)
    for (const auto& point : one.points)
      if (is_finite(point)) {
        x.include(point.first);
        y.include(point.second);
      }
  x.widen(0.02, 0.25);
  y.widen(0.06, 1e-3 * std::max(1.0, std::abs(y.high)));
  Canvas canvas(kWidth, kHeight);
  Axes axes(canvas, x, y);
  axes.draw(x_label, y_label);
  for (const Series& one : series) axes.draw(one);
  if (!series.empty()) draw_legend(canvas, series);
  return canvas.png();
}

}  // namespace examples
