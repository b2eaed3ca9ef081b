// The ops of autodiff/ops/linalg.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/linalg_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

INSTANTIATE_TEST_SUITE_P(Linalg, StructuralOpTest, testing::ValuesIn(ops_of(LinalgOps{})), name_of_op);

}  // namespace
}  // namespace xtape::tests
