// The ops of autodiff/ops/index.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/index_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kIndexOps = ops_of(IndexOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Index, StructuralOpTest, testing::ValuesIn(kIndexOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
