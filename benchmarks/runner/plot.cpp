#include "benchmarks/runner/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <utility>

#include "benchmarks/runner/svg.hpp"

namespace xtape::benchmarks {
namespace {

using Anchor = Svg::Anchor;

constexpr int kWidth = 1000, kLeft = 340, kRight = 70, kTop = 92, kBottom = 64;
constexpr int kMargin = 16, kBar = 13, kGap = 12;

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

std::string multiple_text(double multiple) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), multiple < 10 ? "%.2f" : "%.0f", multiple);
  return text.data();
}

LogAxis axis_for(const std::vector<BarGroup>& groups) {
  LogAxis axis{0.5, 2, kLeft, kWidth - kRight};
  for (const BarGroup& group : groups) {
    for (const BarGroup::Bar& bar : group.bars) {
      axis.low = std::min(axis.low, bar.multiple * 0.9);
      axis.high = std::max(axis.high, bar.multiple * 1.1);
    }
  }
  return axis;
}

void write_legend(Svg& svg, const std::vector<BarGroup>& groups) {
  double x = kMargin;
  for (const Colour& colour : kColours) {
    const bool used = std::any_of(groups.begin(), groups.end(), [&](const BarGroup& group) {
      return std::any_of(group.bars.begin(), group.bars.end(),
                         [&](const BarGroup::Bar& bar) { return bar.contestant == colour.contestant; });
    });
    if (!used) continue;
    svg.rectangle(x, 40, 11, 11, colour.fill);
    svg.text(x + 16, 50, Anchor::kStart, 12, colour.contestant);
    x += 36 + 6.7 * double(std::string(colour.contestant).size());
  }
}

double height_of(const BarGroup& group) {
  return double(group.bars.size()) * kBar + kGap;
}

void write_group(Svg& svg, const LogAxis& axis, const BarGroup& group, double top) {
  svg.text(kLeft - 44, top + (height_of(group) - kGap) / 2 + 4, Anchor::kEnd, 12, group.label);
  double y = top;
  for (const BarGroup::Bar& bar : group.bars) {
    const double one = axis.position(1), end = axis.position(bar.multiple);
    svg.rectangle(std::min(one, end), y, std::max(1.0, std::abs(end - one)), kBar - 2, fill_of(bar.contestant));
    const bool slower = bar.multiple >= 1;
    svg.text(end + (slower ? 4 : -4), y + 9, slower ? Anchor::kStart : Anchor::kEnd, 10, multiple_text(bar.multiple));
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
  const LogAxis axis = axis_for(groups);
  double height = kTop + kBottom;
  for (const BarGroup& group : groups) height += height_of(group);
  Svg svg(out, kWidth, height);
  svg.text(kMargin, 26, Anchor::kStart, 16, "Time as a multiple of xtape's (right of 1: slower than xtape)");
  write_legend(svg, groups);
  const double bottom = height - kBottom + 4;
  for (const double tick : axis.ticks()) {
    const double x = axis.position(tick);
    svg.line({x, kTop - 8}, {x, bottom}, tick == 1 ? "black" : "#dddddd");
    for (const double y : {kTop - 14.0, bottom + 16}) svg.text(x, y, Anchor::kMiddle, 12, short_number(tick));
  }
  double top = kTop;
  for (const BarGroup& group : groups) {
    write_group(svg, axis, group, top);
    top += height_of(group);
  }
  svg.text(kMargin, height - 14, Anchor::kStart, 11, caption);
}

}  // namespace xtape::benchmarks
