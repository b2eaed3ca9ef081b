// The ops of autodiff/ops/reduce.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/reduce_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kReduceOps = ops_of(ReduceOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Reduce, StructuralOpTest, testing::ValuesIn(kReduceOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
