// The ops of autodiff/ops/pooling.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/pooling_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kPoolingOps = ops_of(PoolingOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Pooling, StructuralOpTest, testing::ValuesIn(kPoolingOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
