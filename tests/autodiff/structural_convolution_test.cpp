// The ops of autodiff/ops/convolution.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/convolution_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kConvolutionOps = ops_of(ConvolutionOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Convolution, StructuralOpTest, testing::ValuesIn(kConvolutionOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
