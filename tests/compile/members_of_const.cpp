// error: xtape: members.Line& line. takes its struct by reference, not const, and gives std::tie
#include "autodiff/autodiff.hpp"

struct Line {
  xtape::Var<double> slope, offset;
  friend auto members(const Line& line) { return std::tie(line.slope, line.offset); }
};

auto slope(const Line& at) {
  return xtape::grad([](const Line& line) { return line.slope; })(at);
}
