// Every op inside of vmap and of jvp: on a batch what it is of each example, and forwards what it is backwards.

#include "tests/autodiff/ops/levels.hpp"
#include "tests/autodiff/ops/elementwise_case.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

#include <gtest/gtest.h>

namespace xtape::tests {
namespace {

TEST_P(StructuralOpTest, IsOnABatchWhatItIsOfEachExample) {
  Random rng(31);
  for (const StructuralCase& use : GetParam().cases()) {
    const std::vector<Points> examples{use.draw_arguments(rng), use.draw_arguments(rng), use.draw_arguments(rng)};
    expect_same_of_a_batch(use.function.f64, examples, use.title, 1e-9);
  }
}

TEST_P(StructuralOpTest, HasForwardsTheDerivativeThatItHasBackwards) {
  Random rng(32);
  for (const StructuralCase& use : GetParam().cases()) {
    const Points x = use.draw_arguments(rng);
    Points v;
    for (const Array<double>& each : x) v.push_back(rng.normal(shape_of(each)));
    expect_same_forwards(use.function.f64, x, v, use.title, 1e-8);
  }
}

TEST(Levels, OfEveryElementwiseOp) {
  const std::vector<std::vector<Shape>> families{{{2, 3}, {3}, {2, 1}}, {{}, {4}, {}}, {{3}, {2, 3}, {3}}};
  Random rng(33);
  for (const ElementwiseCase& op : elementwise_cases()) {
    for (const std::vector<Shape>& shapes : families) {
      const auto drawn = [&] { return op.draw_arguments(shapes, rng); };
      const std::string what = op.name + " of " + to_string(shapes[0]);
      expect_same_of_a_batch(op.function.f64, {drawn(), drawn(), drawn()}, what, 1e-12);
      const Points x = drawn();
      Points v;
      for (const Array<double>& each : x) v.push_back(rng.normal(shape_of(each)));
      expect_same_forwards(op.function.f64, x, v, what, 1e-9);
    }
  }
}

}  // namespace
}  // namespace xtape::tests
