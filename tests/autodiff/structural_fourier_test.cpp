// The ops of autodiff/ops/fourier.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/fourier_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kFourierOps = ops_of(FourierOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Fourier, StructuralOpTest, testing::ValuesIn(kFourierOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
