// error: xtape: a struct whose parts are arrays or numbers is a template of their type
#include "autodiff/autodiff.hpp"

struct Line {
  double slope, offset;
  friend auto members(Line& line) { return std::tie(line.slope, line.offset); }
};

auto slope() {
  return xtape::grad([](const auto& line) { return line.slope; })(Line{1, 2});
}
