// The ops of autodiff/ops/shape.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/shape_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kShapeOps = ops_of(ShapeOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Shape, StructuralOpTest, testing::ValuesIn(kShapeOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
