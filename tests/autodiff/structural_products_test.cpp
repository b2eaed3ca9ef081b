// The ops of autodiff/ops/products.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/product_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kProductOps = ops_of(ProductOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Products, StructuralOpTest, testing::ValuesIn(kProductOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
