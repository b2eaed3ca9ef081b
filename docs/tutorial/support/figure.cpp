#include "docs/tutorial/support/figure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace tutorial {

// Paul Tol's "bright" scheme, which colour-blind readers can tell apart; on dark pages somewhat lighter.
const char* const kStyle = R"(<style>
.f{font:13px system-ui,sans-serif;fill:#24292f}.a{stroke:#57606a;stroke-width:1}.g{stroke:#57606a33;stroke-width:1}
.l{fill:none;stroke-width:2;stroke-linejoin:round}.d{stroke-dasharray:6 4}.b{fill-opacity:.2;stroke:none}
.s0{stroke:#4477aa;fill:#4477aa}.s1{stroke:#d0577a;fill:#d0577a}.s2{stroke:#228833;fill:#228833}
.s3{stroke:#b58900;fill:#b58900}.s4{stroke:#8855aa;fill:#8855aa}.s5{stroke:#3a9aa8;fill:#3a9aa8}
@media (prefers-color-scheme:dark){.f{fill:#d0d7de}.a{stroke:#8b949e}.g{stroke:#8b949e44}
.s0{stroke:#79a8d9;fill:#79a8d9}.s1{stroke:#f28ba8;fill:#f28ba8}.s2{stroke:#6bc46d;fill:#6bc46d}
.s3{stroke:#dcb74a;fill:#dcb74a}.s4{stroke:#bf94dd;fill:#bf94dd}.s5{stroke:#7fd0dc;fill:#7fd0dc}}
.l{fill:none}.b{stroke:none}</style>
)";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

namespace {

constexpr std::size_t kColours = 6;

std::string number(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

std::string label_of(double value) {
  std::array<char, 32> text;
  const double exponent = std::log10(std::abs(value));
  if (value > 0 && std::abs(exponent) >= 4 && std::abs(exponent - std::round(exponent)) < 1e-9) {
    constexpr std::array<const char*, 10> kRaised{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string power = exponent < 0 ? "10⁻" : "10";
    for (const char digit : std::to_string(std::lround(std::abs(exponent)))) power += kRaised[std::size_t(digit - '0')];
    return power;
  }
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

// From numbers to places along an axis, and where its ticks are.
struct Scale {
  bool logarithmic;
  double low, high, from, to;

  double of(double value) const { return logarithmic ? std::log10(value) : value; }
  bool shows(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  double at(double value) const { return from + (of(value) - low) / (high - low) * (to - from); }
  std::vector<double> ticks() const {
    std::vector<double> result;
    const double span = high - low;
    if (logarithmic && span >= 1) {
      const double step = std::max(1.0, std::ceil(span / 6));
      for (double e = std::ceil(low - 1e-9); e <= high + 1e-9; e += step) result.push_back(std::pow(10, e));
      return result;
    }
    const double rough = span / 5, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    for (double v = std::ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) {
      result.push_back(logarithmic ? std::pow(10, v) : std::abs(v) < 1e-9 * step ? 0 : v);
    }
    return result;
  }
};

}  // namespace

Figure::Figure(Axis x, Axis y, std::string title) : x_(std::move(x)), y_(std::move(y)), title_(std::move(title)) {}

void Figure::add(Kind kind, const std::string& name, const Numbers& x, const Numbers& y, const Numbers& more,
                 const std::vector<std::string>& labels) {
  if (x.size() != y.size()) throw std::invalid_argument("figure: as many x as y expected of '" + name + "'");
  series_.push_back({kind, name, x, y, more, labels});
}

Figure& Figure::line(const std::string& name, const Numbers& x, const Numbers& y) {
  add(Kind::kLine, name, x, y);
  return *this;
}
Figure& Figure::dashed(const std::string& name, const Numbers& x, const Numbers& y) {
  add(Kind::kDashed, name, x, y);
  return *this;
}
Figure& Figure::points(const std::string& name, const Numbers& x, const Numbers& y) {
  add(Kind::kPoints, name, x, y);
  return *this;
}
Figure& Figure::errors(const std::string& name, const Numbers& x, const Numbers& y, const Numbers& error) {
  add(Kind::kErrors, name, x, y, error);
  return *this;
}
Figure& Figure::band(const Numbers& x, const Numbers& low, const Numbers& high) {
  add(Kind::kBand, "", x, low, high);
  return *this;
}
Figure& Figure::bars(const std::vector<std::string>& labels, const Numbers& heights) {
  Numbers x;
  for (std::size_t i = 0; i < heights.size(); ++i) x.push_back(double(i) + 0.5);
  add(Kind::kBars, "", x, heights, {}, labels);
  return *this;
}
Figure& Figure::text(double x, double y, const std::string& words) {
  add(Kind::kText, words, {x}, {y});
  return *this;
}

std::string Figure::svg(double width, double height) const {
  Scale x{x_.logarithmic, INFINITY, -INFINITY, 72, width - 14};
  Scale y{y_.logarithmic, INFINITY, -INFINITY, height - 46, title_.empty() ? 14.0 : 32.0};
  const auto fit = [](Scale& scale, double value) {
    if (!scale.shows(value)) return;
    scale.low = std::min(scale.low, scale.of(value));
    scale.high = std::max(scale.high, scale.of(value));
  };
  bool bars = false;
  for (const Series& s : series_) {
    if (s.kind == Kind::kText) continue;
    bars = bars || s.kind == Kind::kBars;
    for (const double v : s.x) fit(x, v);
    for (std::size_t i = 0; i < s.y.size(); ++i) {
      fit(y, s.y[i]);
      if (s.kind == Kind::kBand) fit(y, s.more[i]);
      if (s.kind == Kind::kErrors) {
        fit(y, s.y[i] + s.more[i]);
        fit(y, s.y[i] - s.more[i]);
      }
    }
    if (s.kind == Kind::kBars) {
      fit(y, 0);
      fit(x, 0);
      fit(x, double(s.x.size()));
    }
  }
  const auto finish = [](Scale& scale, const Axis& axis, double margin) {
    if (!(scale.low <= scale.high)) scale.low = 0, scale.high = 1;
    if (scale.low == scale.high) scale.low -= 0.5, scale.high += 0.5;
    const double room = margin * (scale.high - scale.low);
    scale.low = axis.low ? scale.of(*axis.low) : scale.low - room;
    scale.high = axis.high ? scale.of(*axis.high) : scale.high + room;
  };
  finish(x, x_, bars ? 0 : 0.02);
  finish(y, y_, 0.06);
  if (bars && y.low < 0 && y.low > -0.07 * y.high) y.low = 0;

  std::string out;
  const auto put = [&out](const std::string& text) { out += text + "\n"; };
  const auto words = [&](double at_x, double at_y, const std::string& anchor, const std::string& text,
                         const std::string& more = "") {
    put("<text class=\"f\" x=\"" + number(at_x) + "\" y=\"" + number(at_y) + "\" text-anchor=\"" + anchor + "\"" +
        more + ">" + escaped(text) + "</text>");
  };
  const auto rule = [&](const char* style, double x1, double y1, double x2, double y2) {
    put("<line class=\"" + std::string(style) + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
        number(x2) + "\" y2=\"" + number(y2) + "\"/>");
  };
  for (const double tick : y.ticks()) {
    rule("g", x.from, y.at(tick), x.to, y.at(tick));
    words(x.from - 6, y.at(tick) + 4, "end", label_of(tick));
  }
  if (!bars) {
    for (const double tick : x.ticks()) {
      rule("g", x.at(tick), y.from, x.at(tick), y.to);
      words(x.at(tick), y.from + 17, "middle", label_of(tick));
    }
  }
  rule("a", x.from, y.from, x.to, y.from);
  rule("a", x.from, y.from, x.from, y.to);
  words((x.from + x.to) / 2, height - 8, "middle", x_.label);
  const double middle = (y.from + y.to) / 2;
  words(14, middle, "middle", y_.label, " transform=\"rotate(-90 14 " + number(middle) + ")\"");
  if (!title_.empty()) words((x.from + x.to) / 2, 18, "middle", title_, " font-weight=\"600\"");

  // What reaches out of the axes is cut off: an svg within the svg.
  const std::string inside =
      number(x.from) + " " + number(y.to) + " " + number(x.to - x.from) + " " + number(y.from - y.to);
  put("<svg x=\"" + number(x.from) + "\" y=\"" + number(y.to) + "\" width=\"" + number(x.to - x.from) + "\" height=\"" +
      number(y.from - y.to) + "\" viewBox=\"" + inside + "\">");
  std::string outside;  // the labels of bars, and the legend
  std::size_t colour = 0;
  double legend = y.to + 14;
  for (const Series& s : series_) {
    if (s.kind == Kind::kDashed && s.name.empty() && colour > 0) --colour;
    const std::string style = "s" + std::to_string(colour % kColours);
    if (s.kind == Kind::kText) {
      words(x.at(s.x[0]), y.at(s.y[0]), "middle", s.name);
      continue;
    }
    std::string path;
    const auto shown = [&](std::size_t i) {
      return x.shows(s.x[i]) && y.shows(s.y[i]) && (s.kind != Kind::kBand || y.shows(s.more[i]));
    };
    if (s.kind == Kind::kLine || s.kind == Kind::kDashed) {
      bool on = false;
      for (std::size_t i = 0; i < s.x.size(); ++i) {
        if (shown(i)) path += (on ? " L" : " M") + number(x.at(s.x[i])) + " " + number(y.at(s.y[i]));
        on = shown(i);
      }
      put("<path class=\"" + style + " l" + (s.kind == Kind::kDashed ? " d" : "") + "\" d=\"" + path + "\"/>");
    } else if (s.kind == Kind::kBand) {
      for (std::size_t i = 0; i < s.x.size(); ++i) {
        if (shown(i)) path += (path.empty() ? "M" : " L") + number(x.at(s.x[i])) + " " + number(y.at(s.y[i]));
      }
      for (std::size_t i = s.x.size(); i-- > 0;) {
        if (shown(i)) path += " L" + number(x.at(s.x[i])) + " " + number(y.at(s.more[i]));
      }
      put("<path class=\"" + style + " b\" d=\"" + path + " Z\"/>");
      continue;  // the colour of what comes next
    } else if (s.kind == Kind::kBars) {
      for (std::size_t i = 0; i < s.x.size(); ++i) {
        const double left = x.at(double(i) + 0.15), right = x.at(double(i) + 0.85);
        const double top = y.at(std::max(s.y[i], 0.0)), bottom = y.at(std::min(s.y[i], 0.0));
        put("<rect class=\"s" + std::to_string(i % kColours) + "\" x=\"" + number(left) + "\" y=\"" + number(top) +
            "\" width=\"" + number(right - left) + "\" height=\"" + number(bottom - top) + "\"/>");
        std::swap(out, outside);
        words((left + right) / 2, s.y[i] < 0 ? bottom + 14 : top - 5, "middle", label_of(s.y[i]));
        words((left + right) / 2, y.from + 17, "middle", s.labels[i]);
        std::swap(out, outside);
      }
    } else {
      for (std::size_t i = 0; i < s.x.size(); ++i) {
        if (!shown(i)) continue;
        put("<circle class=\"" + style + "\" cx=\"" + number(x.at(s.x[i])) + "\" cy=\"" + number(y.at(s.y[i])) +
            "\" r=\"2.5\"/>");
        if (s.kind != Kind::kErrors) continue;
        const double low = s.y[i] - s.more[i], high = s.y[i] + s.more[i];
        if (y.shows(low) && y.shows(high))
          rule((style + " l").c_str(), x.at(s.x[i]), y.at(low), x.at(s.x[i]), y.at(high));
      }
    }
    if (!s.name.empty()) {
      std::swap(out, outside);
      const bool dots = s.kind == Kind::kPoints || s.kind == Kind::kErrors;
      if (dots) {
        put("<circle class=\"" + style + "\" cx=\"" + number(x.to - 10) + "\" cy=\"" + number(legend - 4) +
            "\" r=\"3\"/>");
      } else {
        rule((style + " l" + (s.kind == Kind::kDashed ? " d" : "")).c_str(), x.to - 22, legend - 4, x.to - 2,
             legend - 4);
      }
      words(x.to - 28, legend, "end", s.name);
      legend += 17;
      std::swap(out, outside);
    }
    ++colour;
  }
  put("</svg>");
  return out + outside;
}

void save(const std::filesystem::path& path, const std::vector<Figure>& figures) {
  constexpr double kWidth = 480, kHeight = 340;
  std::ofstream file(path);
  const std::string width = number(kWidth * double(figures.size())), height = number(kHeight);
  file << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << " " << height << "\" width=\"" << width
       << "\" height=\"" << height << "\" role=\"img\">\n"
       << kStyle;
  for (std::size_t k = 0; k < figures.size(); ++k) {
    file << "<g transform=\"translate(" << number(kWidth * double(k)) << " 0)\">\n"
         << figures[k].svg(kWidth, kHeight) << "</g>\n";
  }
  file << "</svg>\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace tutorial
