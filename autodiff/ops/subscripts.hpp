#pragma once
// What the text of einsum says.

#include "autodiff/array.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

namespace xtape::einsums {

/// A dimension: a letter, or one of an ellipsis, -1 for the last of them.
using Label = int;
using Labels = std::vector<Label>;
using LabelExtents = std::map<Label, std::size_t>;

struct Subscripts {
  std::vector<Labels> operands;
  Labels result;
  LabelExtents extents;
};

/// The labels of operands of these shapes, and of the result. Throws ShapeError for what NumPy would not take.
Subscripts read(std::string_view text, const std::vector<Shape>& shapes);

inline bool has(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

}  // namespace xtape::einsums
