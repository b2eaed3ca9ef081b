#include "examples/programs/data/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "autodiff/random.hpp"

namespace programs {
namespace {

constexpr std::size_t kSide = DrawnDigits::kSide;

struct Point {
  double x, y;
};
using Stroke = std::vector<Point>;  // a polygonal line

/// Part of an ellipse around (x, y); angles in degrees, clockwise from the right, since y points down.
Stroke arc(double x, double y, double radius_x, double radius_y, double from, double to) {
  constexpr int kPieces = 20;
  Stroke stroke;
  for (int i = 0; i <= kPieces; ++i) {
    const double angle = (from + (to - from) * i / kPieces) * std::numbers::pi / 180;
    stroke.push_back({x + radius_x * std::cos(angle), y + radius_y * std::sin(angle)});
  }
  return stroke;
}

/// A straight line in pieces, so that it bends when it is warped.
Stroke line(Point from, Point to) {
  constexpr int kPieces = 8;
  Stroke stroke;
  for (int i = 0; i <= kPieces; ++i)
    stroke.push_back({from.x + (to.x - from.x) * i / kPieces, from.y + (to.y - from.y) * i / kPieces});
  return stroke;
}

/// The strokes of a digit around (0, 0), about 1.2 wide and 2 high. Some digits are written in two ways.
std::vector<Stroke> strokes_of(int digit, bool other_way) {
  switch (digit) {
    case 0:
      return {arc(0, 0, other_way ? 0.5 : 0.62, 1, 0, 360)};
    case 1:
      if (other_way) return {line({0, -1}, {0, 1})};
      return {line({-0.35, -0.6}, {0.05, -1}), line({0.05, -1}, {0.05, 1})};
    case 2:
      return {arc(0, -0.45, 0.55, 0.55, -165, 40), line({0.42, -0.1}, {-0.6, 1}), line({-0.6, 1}, {0.65, 1})};
    case 3:
      return {arc(-0.05, -0.5, 0.55, 0.5, -150, 90), arc(-0.05, 0.5, 0.62, 0.5, -90, 150)};
    case 4:
      if (other_way)
        return {line({-0.45, -0.95}, {-0.55, 0.1}), line({-0.55, 0.1}, {0.6, 0.1}), line({0.4, -0.9}, {0.35, 1})};
      return {line({0.25, -1}, {-0.65, 0.35}), line({-0.65, 0.35}, {0.65, 0.35}), line({0.25, -1}, {0.25, 1})};
    case 5:
      return {line({0.5, -1}, {-0.4, -1}), line({-0.4, -1}, {-0.47, -0.15}), arc(-0.08, 0.38, 0.6, 0.62, -125, 140)};
    case 6:
      return {arc(0.35, 0.35, 0.92, 1.35, -95, -180), arc(0, 0.42, 0.56, 0.58, 0, 360)};
    case 7:
      if (other_way) return {line({-0.6, -1}, {0.6, -1}), line({0.6, -1}, {-0.2, 1}), line({-0.25, 0}, {0.5, 0})};
      return {line({-0.6, -1}, {0.6, -1}), line({0.6, -1}, {-0.2, 1})};
    case 8:
      return {arc(0, -0.5, 0.46, 0.48, 0, 360), arc(0, 0.48, 0.58, 0.52, 0, 360)};
    default:
      return {arc(0, -0.42, 0.54, 0.56, 0, 360),
              other_way ? line({0.54, -0.42}, {0.45, 1}) : arc(-0.36, -0.42, 0.9, 1.4, 0, 85)};
  }
}

/// Numbers uniform in a range, drawn one by one.
class Dice {
 public:
  explicit Dice(xtape::Random& random) : numbers_(random.uniform<double>({kMost})) {}
  double operator()(double low, double high) { return low + (high - low) * numbers_(next_++); }

 private:
  static constexpr std::size_t kMost = 16;
  xtape::Array<double> numbers_;
  std::size_t next_ = 0;
};

/// How one writer places and bends the strokes, from the digit's own units to pixels.
struct Hand {
  double cosine, sine, slant, width, height, shift_x, shift_y, wave, phase;

  explicit Hand(Dice& dice) {
    const double angle = dice(-0.22, 0.22);
    cosine = std::cos(angle);
    sine = std::sin(angle);
    slant = dice(-0.05, 0.3);
    height = dice(7.6, 9.8);
    width = height * dice(0.8, 1.15);
    shift_x = dice(-1.8, 1.8);
    shift_y = dice(-1.8, 1.8);
    wave = dice(0, 0.09);
    phase = dice(0, 2 * std::numbers::pi);
  }

  Point operator()(Point p) const {
    const double wavy_x = p.x + wave * std::sin(2.5 * p.y + phase), wavy_y = p.y + wave * std::sin(3 * p.x - phase);
    const double x = width * (wavy_x - slant * wavy_y), y = height * wavy_y;
    constexpr double kMiddle = (kSide - 1) / 2.0;
    return {kMiddle + shift_x + cosine * x - sine * y, kMiddle + shift_y + sine * x + cosine * y};
  }
};

double distance_to_piece(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
  const double t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0.0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

using Levels = std::array<double, kSide * kSide>;

/// Lays one straight piece of a stroke onto the paper; the pen's edge fades over a little more than a pixel.
void ink_piece(Levels& levels, Point a, Point b, double radius) {
  constexpr double kSoft = 0.65;
  const double reach = radius + kSoft;
  const auto first = [&](double low) {
    return static_cast<std::size_t>(std::clamp(std::ceil(low - reach), 0.0, double(kSide)));
  };
  const auto last = [&](double high) {
    return static_cast<std::size_t>(std::clamp(std::floor(high + reach) + 1, 0.0, double(kSide)));
  };
  for (std::size_t y = first(std::min(a.y, b.y)); y < last(std::max(a.y, b.y)); ++y)
    for (std::size_t x = first(std::min(a.x, b.x)); x < last(std::max(a.x, b.x)); ++x) {
      const double distance = distance_to_piece({double(x), double(y)}, a, b);
      double& level = levels[y * kSide + x];
      level = std::max(level, std::clamp((reach - distance) / (2 * kSoft), 0.0, 1.0));
    }
}

Levels draw_digit(int digit, xtape::Random& random) {
  Dice dice(random);
  const Hand hand(dice);
  const double radius = dice(0.8, 1.7);
  const bool other_way = dice(0, 1) < 0.3;
  Levels levels{};
  for (const Stroke& stroke : strokes_of(digit, other_way))
    for (std::size_t i = 1; i < stroke.size(); ++i) ink_piece(levels, hand(stroke[i - 1]), hand(stroke[i]), radius);
  const double ink = dice(0.85, 1);
  const xtape::Array<double> noise = random.normal<double>({levels.size()});
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i] *= ink * (1 + 0.06 * noise(i));  // uneven ink, clean paper
  return levels;
}

}  // namespace

DrawnDigits draw_digits(std::size_t count, std::uint64_t seed) {
  DrawnDigits digits;
  digits.images.reserve(count * kSide * kSide);
  digits.labels.reserve(count);
  xtape::Random seeds(seed);
  for (std::size_t i = 0; i < count; ++i) {
    xtape::Random random = seeds.fork();
    const int digit = static_cast<int>(i % 10);  // the loader shuffles
    for (const double level : draw_digit(digit, random))
      digits.images.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(level, 0.0, 1.0))));
    digits.labels.push_back(static_cast<std::uint8_t>(digit));
  }
  return digits;
}

}  // namespace programs
