// The ops of autodiff/ops/order.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/order_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kOrderOps = ops_of(OrderOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Order, StructuralOpTest, testing::ValuesIn(kOrderOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
