#include "benchmarks/runner/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <utility>

namespace xtape::benchmarks {
namespace {

constexpr int kWidth = 1000, kLeft = 340, kRight = 70, kTop = 92, kBottom = 64;
constexpr int kMargin = 16, kBar = 13, kGap = 12;

// Okabe and Ito's colours, which also those tell apart who do not see all of them.
struct Colour {
  const char *contestant, *fill;
};
constexpr std::array kColours{Colour{"hand-written", "#999999"},     Colour{"OpenBLAS", "#999999"},
                              Colour{"OpenBLAS threads", "#CC79A7"}, Colour{"PyTorch eager", "#D55E00"},
                              Colour{"PyTorch compile", "#E69F00"},  Colour{"JAX", "#0072B2"},
                              Colour{"JAX, thread flags", "#56B4E9"}};

std::string fill_of(const std::string& contestant) {
  for (const Colour& colour : kColours) {
    if (contestant == colour.contestant) return colour.fill;
  }
  return "#009E73";
}

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

std::string multiple_text(double multiple) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), multiple < 10 ? "%.2f" : "%.0f", multiple);
  return text.data();
}

// The logarithmic axis.
struct Axis {
  double low = 0.5, high = 2;

  explicit Axis(const std::vector<BarGroup>& groups) {
    for (const BarGroup& group : groups) {
      for (const BarGroup::Bar& bar : group.bars) {
        low = std::min(low, bar.multiple * 0.9);
        high = std::max(high, bar.multiple * 1.1);
      }
    }
  }
  double x(double multiple) const {
    return kLeft + (kWidth - kLeft - kRight) * std::log(multiple / low) / std::log(high / low);
  }
  /// 1, 2, 5, 10, ... as far as they lie on it.
  std::vector<double> ticks() const {
    std::vector<double> found;
    for (double power = 1e-6; power < 1e7; power *= 10) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= low && factor * power <= high) found.push_back(factor * power);
      }
    }
    return found;
  }
};

class Svg {
 public:
  explicit Svg(std::ostream& out) : out_(out) {}

  void rectangle(double x, double y, double width, double height, const std::string& fill) {
    out_ << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\"" << height << "\" fill=\""
         << fill << "\"/>\n";
  }
  void line(double x, double top, double bottom, const char* colour) {
    out_ << "<line x1=\"" << x << "\" x2=\"" << x << "\" y1=\"" << top << "\" y2=\"" << bottom << "\" stroke=\""
         << colour << "\"/>\n";
  }
  void text(double x, double y, const char* anchor, int size, const std::string& content) {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\" font-size=\"" << size << "\">"
         << escaped(content) << "</text>\n";
  }

 private:
  std::ostream& out_;
};

void write_legend(Svg& svg, const std::vector<BarGroup>& groups) {
  double x = kMargin;
  for (const Colour& colour : kColours) {
    const bool used = std::any_of(groups.begin(), groups.end(), [&](const BarGroup& group) {
      return std::any_of(group.bars.begin(), group.bars.end(),
                         [&](const BarGroup::Bar& bar) { return bar.contestant == colour.contestant; });
    });
    if (!used) continue;
    svg.rectangle(x, 40, 11, 11, colour.fill);
    svg.text(x + 16, 50, "start", 12, colour.contestant);
    x += 36 + 6.7 * double(std::string(colour.contestant).size());
  }
}

double height_of(const BarGroup& group) {
  return double(group.bars.size()) * kBar + kGap;
}

void write_group(Svg& svg, const Axis& axis, const BarGroup& group, double top) {
  svg.text(kLeft - 44, top + (height_of(group) - kGap) / 2 + 4, "end", 12, group.label);
  double y = top;
  for (const BarGroup::Bar& bar : group.bars) {
    const double one = axis.x(1), end = axis.x(bar.multiple);
    svg.rectangle(std::min(one, end), y, std::max(1.0, std::abs(end - one)), kBar - 2, fill_of(bar.contestant));
    const bool slower = bar.multiple >= 1;
    svg.text(end + (slower ? 4 : -4), y + 9, slower ? "start" : "end", 10, multiple_text(bar.multiple));
    y += kBar;
  }
}

// "vae/batch:16/threads:2" as "vae, batch 16, threads 2".
std::string label_of(const RowResult& row) {
  std::string label;
  for (const char c : row.row.name) {
    if (c == '/') label += ',';
    label += c == '/' || c == '_' || c == ':' ? ' ' : c;
  }
  const bool unreliable = row.disturbed_rounds() > 0 && row.used_rounds().size() == row.others.size();
  return unreliable ? label + " (not idle)" : label;
}

}  // namespace

std::vector<BarGroup> bars_of(const std::vector<RowResult>& rows) {
  std::vector<BarGroup> groups;
  for (const RowResult& row : rows) {
    if (!row.row.compares) continue;
    BarGroup group{label_of(row), {}};
    for (std::size_t i = 1; i < row.entries.size(); ++i) {
      const double ratio = row.ratio(i);
      if (ratio > 0) group.bars.push_back({row.entries[i].entry.label, 1 / ratio});
    }
    if (!group.bars.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

void write_plot(std::ostream& out, const std::vector<BarGroup>& groups, const std::string& caption) {
  const Axis axis(groups);
  double height = kTop + kBottom;
  for (const BarGroup& group : groups) height += height_of(group);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kWidth << "\" height=\"" << height
      << "\" viewBox=\"0 0 " << kWidth << " " << height << "\" font-family=\"DejaVu Sans, Helvetica, sans-serif\">\n";
  Svg svg(out);
  svg.rectangle(0, 0, kWidth, height, "white");
  svg.text(kMargin, 26, "start", 16, "Time as a multiple of xtape's (right of 1: slower than xtape)");
  write_legend(svg, groups);
  const double bottom = height - kBottom + 4;
  for (const double tick : axis.ticks()) {
    svg.line(axis.x(tick), kTop - 8, bottom, tick == 1 ? "black" : "#dddddd");
    std::array<char, 32> label{};
    std::snprintf(label.data(), label.size(), "%g", tick);
    for (const double y : {kTop - 14.0, bottom + 16}) svg.text(axis.x(tick), y, "middle", 12, label.data());
  }
  double top = kTop;
  for (const BarGroup& group : groups) {
    write_group(svg, axis, group, top);
    top += height_of(group);
  }
  svg.text(kMargin, height - 14, "start", 11, caption);
  out << "</svg>\n";
}

}  // namespace xtape::benchmarks
