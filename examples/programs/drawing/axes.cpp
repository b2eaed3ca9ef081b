#include "examples/programs/drawing/axes.hpp"

#include <algorithm>
#include <cmath>

#include "examples/programs/command_line/text.hpp"

namespace programs {
namespace {

constexpr double kTick = 10;

/// Decimals that tell ticks `step` apart.
int decimals_for(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
}

std::vector<std::pair<double, std::string>> labelled(const std::vector<double>& ticks) {
  const int decimals = ticks.size() > 1 ? decimals_for(ticks[1] - ticks[0]) : 2;
  std::vector<std::pair<double, std::string>> result;
  for (const double tick : ticks) result.emplace_back(tick, fixed(tick, decimals));
  return result;
}

/// How many ticks an axis of this length has room for. No whole number, so that axes of the same units get the same
/// steps.
double ticks_on(double length) {
  return length / 100;
}

// Of an entry of a legend: a piece of a line or a dot, a space, the label, and what sets it apart from the next.
constexpr double kLegendLine = 46, kSample = 60, kDotRoom = 24, kSpace = 14, kBetween = 44, kDot = 6;

double sample_room(const LegendEntry& entry) {
  return entry.mark == Mark::kDot ? kDotRoom : kSample;
}
double room_of(Canvas& canvas, const LegendEntry& entry) {
  return sample_room(entry) + kSpace + canvas.text_width(entry.label, Axes::kTextSize) + kBetween;
}

std::vector<std::vector<LegendEntry>> broken_into_lines(Canvas& canvas, const std::vector<LegendEntry>& entries) {
  const double most = canvas.width() - 2 * Axes::kRight + kBetween;
  std::vector<std::vector<LegendEntry>> lines;
  double taken = 0;
  for (const LegendEntry& entry : entries) {
    const double room = room_of(canvas, entry);
    if (lines.empty() || taken + room > most) {
      lines.emplace_back();
      taken = 0;
    }
    lines.back().push_back(entry);
    taken += room;
  }
  return lines;
}

}  // namespace

bool is_drawable(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

void Interval::include(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

void Interval::widen(double share, double least) {
  if (low > high) low = high = 0;
  const double room = std::max(share * length(), least);
  low -= room;
  high += room;
}

std::vector<double> round_ticks(double low, double high, double wanted, bool whole) {
  std::vector<double> ticks;
  if (!(high > low) || !(wanted > 0)) return ticks;
  const double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
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

double Axes::room_left(Canvas& canvas, const Interval& y, double height) {
  double widest = 0;
  for (const auto& [tick, label] : labelled(round_ticks(y.low, y.high, ticks_on(height))))
    widest = std::max(widest, canvas.text_width(label, kTextSize));
  return 3 * kTextSize + widest;
}

Axes::Axes(Canvas& canvas, const Field& field, const Interval& x, const Interval& y, const AxesLook& look)
    : field_(field), x_(x), y_(y) {
  const auto [left, top, right, bottom] = field;
  auto x_ticks = labelled(round_ticks(x.low, x.high, ticks_on(field.width()), look.whole_x));
  if (look.whole_x) {
    for (auto& [tick, label] : x_ticks) label = fixed(tick, 0);
  }
  double widest = 0;
  for (const auto& [tick, label] : labelled(round_ticks(y.low, y.high, ticks_on(field.height())))) {
    widest = std::max(widest, canvas.text_width(label, kTextSize));
    canvas.colour(kHairline);
    canvas.line(left, at_y(tick), right, at_y(tick), 2);
    canvas.colour(kMuted);
    canvas.text(left - 2 * kTick, at_y(tick), label, kTextSize, {-1, 0});
  }
  for (const auto& [tick, label] : x_ticks) {
    if (look.vertical_lines) {
      canvas.colour(kHairline);
      canvas.line(at_x(tick), top, at_x(tick), bottom, 2);
    }
    canvas.colour(kMuted);
    canvas.line(at_x(tick), bottom, at_x(tick), bottom + kTick, 2);
    canvas.text(at_x(tick), bottom + 2 * kTick, label, kTextSize, {0, 1});
  }
  canvas.colour(kInk);
  canvas.line(left, bottom, right, bottom, 3);
  canvas.line(left, top, left, bottom, 3);
  canvas.text((left + right) / 2, bottom + kBottom - 34, look.x_label, kTextSize, {0, 0});
  canvas.upright_text(left - widest - 2 * kTextSize, (top + bottom) / 2, look.y_label, kTextSize);
}

double Axes::at_x(double x) const {
  return field_.left + x_.position(x) * field_.width();
}
double Axes::at_y(double y) const {
  return field_.bottom - y_.position(y) * field_.height();
}

double legend_height(Canvas& canvas, const std::vector<LegendEntry>& entries) {
  return kLegendLine * static_cast<double>(broken_into_lines(canvas, entries).size() + 1);
}

void draw_legend(Canvas& canvas, const std::vector<LegendEntry>& entries) {
  double y = kLegendLine;
  for (const auto& line : broken_into_lines(canvas, entries)) {
    double x = canvas.width() - Axes::kRight + kBetween;
    for (const LegendEntry& entry : line) x -= room_of(canvas, entry);
    for (const LegendEntry& entry : line) {
      canvas.colour(entry.colour);
      if (entry.mark != Mark::kDot) canvas.polyline({{x, y}, {x + kSample, y}}, 5, entry.mark == Mark::kDashes);
      if (entry.mark != Mark::kDashes)
        canvas.disc(x + sample_room(entry) / 2, y, entry.mark == Mark::kLine ? kDot : 2 * kDot);
      canvas.colour(kInk);
      canvas.text(x + sample_room(entry) + kSpace, y, entry.label, Axes::kTextSize, {1, 0});
      x += room_of(canvas, entry);
    }
    y += kLegendLine;
  }
}

}  // namespace programs
