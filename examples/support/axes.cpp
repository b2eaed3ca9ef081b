#include "examples/support/axes.hpp"

#include <algorithm>
#include <cmath>

#include "examples/support/text.hpp"

namespace examples {
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

}  // namespace

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

Axes::Axes(Canvas& canvas, const Interval& x, const Interval& y, const AxesLook& look) : canvas_(canvas), x_(x), y_(y) {
  const auto y_ticks = labelled(round_ticks(y.low, y.high, 6));
  const std::vector<double> places = round_ticks(x.low, x.high, 10, look.whole_x);
  std::vector<std::pair<double, std::string>> x_ticks = labelled(places);
  if (look.whole_x) {
    for (auto& [tick, label] : x_ticks) label = fixed(tick, 0);
  }
  double widest = 0;
  for (const auto& tick : y_ticks) widest = std::max(widest, canvas.text_width(tick.second, kTextSize));
  left_ = 3 * kTextSize + widest;
  const double right = canvas.width() - kRight, bottom = canvas.height() - kBottom;
  for (const auto& [tick, label] : y_ticks) {
    canvas.colour(kHairline);
    canvas.line(left_, at_y(tick), right, at_y(tick), 2);
    canvas.colour(kMuted);
    canvas.text(left_ - 2 * kTick, at_y(tick), label, kTextSize, {-1, 0});
  }
  for (const auto& [tick, label] : x_ticks) {
    if (look.vertical_lines) {
      canvas.colour(kHairline);
      canvas.line(at_x(tick), kTop, at_x(tick), bottom, 2);
    }
    canvas.colour(kMuted);
    canvas.line(at_x(tick), bottom, at_x(tick), bottom + kTick, 2);
    canvas.text(at_x(tick), bottom + 2 * kTick, label, kTextSize, {0, 1});
  }
  canvas.colour(kInk);
  canvas.line(left_, bottom, right, bottom, 3);
  canvas.line(left_, kTop, left_, bottom, 3);
  canvas.text((left_ + right) / 2, canvas.height() - 34, look.x_label, kTextSize, {0, 0});
  canvas.upright_text(30, (kTop + bottom) / 2, look.y_label, kTextSize);
}

double Axes::at_x(double x) const {
  return left_ + x_.position(x) * (canvas_.width() - left_ - kRight);
}
double Axes::at_y(double y) const {
  return canvas_.height() - kBottom - y_.position(y) * (canvas_.height() - kTop - kBottom);
}

void draw_legend(Canvas& canvas, const std::vector<LegendEntry>& entries) {
  constexpr double kSample = 60, kDotRoom = 16, kSpace = 16, kBetween = 50, kDot = 6;
  const auto room = [](const LegendEntry& entry) { return entry.line ? kSample : kDotRoom; };
  if (entries.empty()) return;
  double between = kBetween, texts = 0;
  for (const LegendEntry& entry : entries)
    texts += room(entry) + kSpace + canvas.text_width(entry.label, Axes::kTextSize);
  if (entries.size() > 1) {  // closer together where they would not fit otherwise
    between = std::min(kBetween, (canvas.width() - 2 * Axes::kRight - texts) / static_cast<double>(entries.size() - 1));
  }
  double x = canvas.width() - Axes::kRight - texts - between * static_cast<double>(entries.size() - 1);
  const double y = Axes::kTop / 2;
  for (const LegendEntry& entry : entries) {
    canvas.colour(entry.colour);
    if (entry.line) canvas.line(x, y, x + kSample, y, 5);
    canvas.disc(x + room(entry) / 2, y, entry.line ? kDot : 1.5 * kDot);
    canvas.colour(kInk);
    canvas.text(x + room(entry) + kSpace, y, entry.label, Axes::kTextSize, {1, 0});
    x += room(entry) + kSpace + canvas.text_width(entry.label, Axes::kTextSize) + between;
  }
}

}  // namespace examples
