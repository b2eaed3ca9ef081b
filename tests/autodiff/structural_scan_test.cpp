// The ops of autodiff/ops/scan.hpp in the tests of structural_test.cpp.

#include "tests/autodiff/ops/scan_cases.hpp"
#include "tests/autodiff/ops/structural_ops.hpp"

namespace xtape::tests {
namespace {

const auto kScanOps = ops_of(ScanOps{}, [](const auto& op) { return cases(op); });
INSTANTIATE_TEST_SUITE_P(Scan, StructuralOpTest, testing::ValuesIn(kScanOps), name_of_op);

}  // namespace
}  // namespace xtape::tests
