#pragma once
// What the runner prints and writes.

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "benchmarks/runner/options.hpp"
#include "benchmarks/runner/results.hpp"
#include "benchmarks/runner/roofline.hpp"

namespace xtape::benchmarks {

/// All that a run gave.
struct Report {
  std::string commit, processor, date;
  std::size_t cores = 0;
  double memory = 0, load_before = 0, load_after = 0;
  int rounds = 0;
  double seconds = 0;
  std::map<std::string, std::string> versions;  ///< by contestant
  std::vector<RowResult> rows;
  Peaks peaks;
};

/// As printf writes it.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

/// 0.00281 as "2.81 ms".
std::string time_text(double seconds);

void print_machine(std::ostream& out, const Report& report);
/// With the share of the roofline where the peaks are known.
void print_row(std::ostream& out, const RowResult& row, const Peaks& peaks);
void print_goals(std::ostream& out, const std::vector<RowResult>& rows);

/// The whole of it, for programs to read.
void write_json(std::ostream& out, const Report& report);

}  // namespace xtape::benchmarks
