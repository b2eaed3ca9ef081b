#pragma once
// Every element-wise op as a value, for tests that compile once for all of them.

#include "tests/autodiff/ops/elementwise_trait.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace xtape::tests {

/// One op, ready to be tested.
struct ElementwiseCase : ElementwiseTrait {
  std::string name;
  std::size_t arity;
  bool saves_nothing;
  bool flat;  // a constant for the tape
  Function function;

  /// Arguments of these shapes, for gradients.
  std::vector<Array<double>> draw_arguments(const std::vector<Shape>& shapes, Random& rng) const {
    std::vector<Array<double>> x;
    for (std::size_t k = 0; k < arity; ++k) {
      x.push_back(kinks ? draw_off_kinks(shapes[k], domain[k], k, arity, rng) : draw(shapes[k], domain[k], rng));
    }
    return x;
  }
};

inline void PrintTo(const ElementwiseCase& op, std::ostream* to) {
  *to << op.name;
}

/// Every element-wise op (elementwise_values_test.cpp, which alone compiles them).
const std::vector<ElementwiseCase>& elementwise_cases();

}  // namespace xtape::tests
