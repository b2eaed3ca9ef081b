#pragma once
// What the plots are drawn with. They have a white ground of their own, so that they can be read on a dark page too.

#include <array>
#include <iosfwd>
#include <string>
#include <vector>

namespace xtape::benchmarks {

struct Point {
  double x, y;
};

/// Okabe and Ito's colours, which also those tell apart who do not see all of them.
inline constexpr std::array kPalette{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999"};

/// An SVG picture, begun and ended with this object.
class Svg {
 public:
  enum class Anchor { kStart, kMiddle, kEnd };

  Svg(std::ostream& out, double width, double height);
  ~Svg();
  Svg(const Svg&) = delete;
  Svg& operator=(const Svg&) = delete;

  void rectangle(double x, double y, double width, double height, const std::string& fill);
  void line(const Point& from, const Point& to, const std::string& colour);
  void polyline(const std::vector<Point>& points, const std::string& colour);
  void dot(const Point& at, const std::string& colour);
  void text(double x, double y, Anchor anchor, int size, const std::string& content);
  /// Read from below to above, in the middle of `at`.
  void upright_text(const Point& at, int size, const std::string& content);

 private:
  std::ostream& out_;
};

/// A logarithmic axis, from `low` at `from` to `high` at `to` on the paper.
struct LogAxis {
  double low, high, from, to;

  double position(double value) const;
  /// 1, 2, 5, 10, ... as far as they lie on it; powers of ten alone where it holds three or more of them.
  std::vector<double> ticks() const;
};

/// 20000 as "20k", 0.5 as "0.5".
std::string short_number(double number);

}  // namespace xtape::benchmarks
