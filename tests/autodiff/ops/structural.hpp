#pragma once
// What the tests know of every structural op: cases, each with shapes of arguments, the function, and an independent
// reference in plain loops over indices. An op of `StructuralOps` without cases does not compile into the tests.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/functions.hpp"

#include <cmath>
#include <limits>

namespace xtape::tests {

using Arrays = std::vector<Array<double>>;

/// One use of an op.
struct StructuralCase {
  std::string title;
  std::vector<Shape> shapes;  // of the arguments
  Function function;
  std::function<Array<double>(const Arrays& x)> reference;
  bool moves_only = false;  // no arithmetic: results are exact
  bool distinct = false;    // elements must not be equal to one another

  Arrays draw_arguments(Random& rng) const {
    Arrays x;
    for (const Shape& shape : shapes) {
      x.push_back(distinct ? draw_distinct(shape, rng) : draw(shape, {-2, 2}, rng));
    }
    return x;
  }
};
using StructuralCases = std::vector<StructuralCase>;

/// The fallback: an op that nobody declared.
template <class Op>
StructuralCases cases(const Op&) {
  static_assert(kNever<Op>,
                "xtape: a structural op without cases in tests/autodiff/ops: "
                "declare the shapes it is tested with and an independent reference");
  return {};
}

// --- Indices in plain loops -----------------------------------------------------------------------------------------

/// Calls visit(index) for every index of the shape, in the order of the elements.
template <class Visit>
void for_each_index(const Shape& shape, const Visit& visit) {
  const std::size_t size = size_of(shape);
  for (std::size_t i = 0; i < size; ++i) {
    Shape index(shape.size());
    std::size_t rest = i;
    for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d]) index[d] = rest % shape[d];
    visit(index);
  }
}

inline std::size_t offset_of(const Shape& shape, const Shape& index) {
  std::size_t offset = 0;
  for (std::size_t d = 0; d < shape.size(); ++d) offset = offset * shape[d] + index[d];
  return offset;
}

inline double element(const Array<double>& x, const Shape& index) {
  return x.data()[offset_of(shape_of(x), index)];
}

/// The array with value(index) at each index.
template <class Value>
Array<double> array_of(const Shape& shape, const Value& value) {
  Array<double> result = empty<double>(shape);
  std::size_t i = 0;
  for_each_index(shape, [&](const Shape& index) { result.data()[i++] = value(index); });
  return result;
}

/// The index into an operand of shape `from` that broadcasts to where `index` points.
inline Shape broadcast_index(const Shape& from, const Shape& index) {
  Shape result(from.size());
  const std::size_t missing = index.size() - from.size();
  for (std::size_t d = 0; d < from.size(); ++d) result[d] = from[d] == 1 ? 0 : index[d + missing];
  return result;
}

inline std::string list(const std::vector<std::ptrdiff_t>& numbers) {
  std::string text;
  for (const std::ptrdiff_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return "{" + text + "}";
}

}  // namespace xtape::tests
