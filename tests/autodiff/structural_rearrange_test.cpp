// The ops of autodiff/ops/rearrange.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/rearrange_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kRearrangeOps = ops_of(RearrangeOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Rearrange, StructuralOpTest, testing::ValuesIn(kRearrangeOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
