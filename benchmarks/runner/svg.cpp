#include "benchmarks/runner/svg.hpp"

#include <cmath>
#include <cstdio>
#include <ostream>
#include <utility>

namespace xtape::benchmarks {
namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

const char* name_of(Svg::Anchor anchor) {
  return anchor == Svg::Anchor::kStart ? "start" : anchor == Svg::Anchor::kMiddle ? "middle" : "end";
}

}  // namespace

Svg::Svg(std::ostream& out, double width, double height) : out_(out) {
  out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << width << "\" height=\"" << height
       << "\" viewBox=\"0 0 " << width << " " << height << "\" font-family=\"DejaVu Sans, Helvetica, sans-serif\">\n";
  rectangle(0, 0, width, height, "white");
}

Svg::~Svg() {
  out_ << "</svg>\n";
}

void Svg::rectangle(double x, double y, double width, double height, const std::string& fill) {
  out_ << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\"" << height << "\" fill=\""
       << fill << "\"/>\n";
}

void Svg::line(const Point& from, const Point& to, const std::string& colour) {
  out_ << "<line x1=\"" << from.x << "\" x2=\"" << to.x << "\" y1=\"" << from.y << "\" y2=\"" << to.y << "\" stroke=\""
       << colour << "\"/>\n";
}

void Svg::polyline(const std::vector<Point>& points, const std::string& colour) {
  out_ << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
  for (const Point& point : points) out_ << point.x << "," << point.y << " ";
  out_ << "\"/>\n";
}

void Svg::dot(const Point& at, const std::string& colour) {
  out_ << "<circle cx=\"" << at.x << "\" cy=\"" << at.y << "\" r=\"4\" fill=\"" << colour << "\"/>\n";
}

void Svg::text(double x, double y, Anchor anchor, int size, const std::string& content) {
  out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << name_of(anchor) << "\" font-size=\"" << size
       << "\">" << escaped(content) << "</text>\n";
}

void Svg::upright_text(const Point& at, int size, const std::string& content) {
  out_ << "<g transform=\"translate(" << at.x << " " << at.y << ") rotate(-90)\">";
  text(0, 0, Anchor::kMiddle, size, content);
  out_ << "</g>\n";
}

double LogAxis::position(double value) const {
  return from + (to - from) * std::log(value / low) / std::log(high / low);
}

std::vector<double> LogAxis::ticks() const {
  std::vector<double> tens, all;
  for (int power = -12; power <= 15; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, power);
      if (tick < low || tick > high) continue;
      all.push_back(tick);
      if (factor == 1) tens.push_back(tick);
    }
  }
  return tens.size() >= 3 ? tens : all;
}

std::string short_number(double number) {
  const char* suffix = "";
  for (const auto& [unit, name] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
    if (number < unit) continue;
    number /= unit;
    suffix = name;
    break;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%g%s", number, suffix);
  return text;
}

}  // namespace xtape::benchmarks
