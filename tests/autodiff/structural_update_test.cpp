// The ops of autodiff/ops/update.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/structural_ops.hpp"
#include "tests/autodiff/ops/update_cases.hpp"

namespace xtape::tests {
namespace {

const auto kUpdateOps = ops_of(UpdateOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Update, StructuralOpTest, testing::ValuesIn(kUpdateOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
