// The ops of autodiff/ops/linalg.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/linalg_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kLinalgOps = ops_of(LinalgOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Linalg, StructuralOpTest, testing::ValuesIn(kLinalgOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
