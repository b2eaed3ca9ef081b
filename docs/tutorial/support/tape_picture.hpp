#pragma once
// A tape drawn as SVG from what to_dot says of it, in the style of the charts.

#include "autodiff/array.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tutorial {

/// What is written at a node: what its value is called, the gradient that arrives there, what that is by a formula, and
/// the formula's value beside it.
struct TapeNote {
  std::string value;
  xtape::Array<double> gradient = xtape::Array<double>::from_shape({0});
  std::string formula = {};
  xtape::Array<double> expected = xtape::Array<double>::from_shape({0});
};

/// Writes the tape that `dot` describes: each node below those that it reads, under its first operand. Solid arrows are
/// values on their way down, dashed ones gradients on their way up. `notes[n]` is of the n-th node of a tape, as it was
/// recorded, and `constant` the name of the constants.
void save_tape(const std::filesystem::path& path, const std::string& dot, const std::vector<TapeNote>& notes,
               const std::string& constant);

}  // namespace tutorial
