#pragma once
// Which rows and columns of a sparse matrix share a sweep, and where its products have the entries.

#include "autodiff/transforms/sparse.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace xtape::detail {

/// One product: with the matrix (forward) or its transpose, and a vector that is 1 for `lines`, its columns or rows.
struct PlannedSweep {
  bool forward = false;
  std::vector<std::size_t> lines;
  /// Of an entry its place among the values, and where the product has it.
  std::vector<std::pair<std::size_t, std::size_t>> reads;
};

struct SweepPlan {
  SparsityPattern pattern;
  std::vector<PlannedSweep> sweeps;
};

/// Colours 0, 1, ... of rows, columns or nodes; kNoColor for those that need none.
inline constexpr std::size_t kNoColor = std::size_t(-1);
struct Coloring {
  std::vector<std::size_t> color;
  std::size_t count = 0;

  /// Those of each colour.
  std::vector<std::vector<std::size_t>> groups() const;
};

/// A matrix by its lines, rows or columns, and by what they cross.
struct TwoWays {
  const SparsityPattern &lines, &crossings;
  TwoWays turned() const { return {crossings, lines}; }
};

/// Colours of lines of which no two of one colour cross the same crossing. Lines that are marked in `left_out`, and
/// those without an entry, get none; crossings that are marked in `not_counted` do not matter. Either may be empty.
Coloring color_lines(const TwoWays& matrix, const std::vector<char>& left_out = {},
                     const std::vector<char>& not_counted = {});

/// A star colouring of the graph of a symmetric pattern: neighbours differ, and no path of four nodes has two colours.
Coloring color_stars(const SparsityPattern& symmetric);

}  // namespace xtape::detail
