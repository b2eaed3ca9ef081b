#pragma once
// Bars, as SVG.

#include <iosfwd>
#include <string>
#include <vector>

#include "benchmarks/runner/results.hpp"

namespace xtape::benchmarks {

/// One row of bars; each is a time as a multiple of ours.
struct BarGroup {
  struct Bar {
    std::string contestant;
    double multiple;
  };
  std::string label;
  std::vector<Bar> bars;
};

/// The rows that compare contestants, without those that had a problem.
std::vector<BarGroup> bars_of(const std::vector<RowResult>& rows);

/// Horizontal bars from 1 on a logarithmic axis, to the right where the contestant takes longer than xtape. `caption`
/// stands below.
void write_plot(std::ostream& out, const std::vector<BarGroup>& groups, const std::string& caption);

}  // namespace xtape::benchmarks
