#pragma once
// Every structural op with its cases, as a parameter of the tests that all of them must pass (structural_test.cpp).

#include "tests/autodiff/ops/structural.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>

namespace xtape::tests {

/// One op with all of its cases, which GoogleTest's copies share: every start of the program makes some for each test.
struct StructuralOp {
  std::string name;
  std::shared_ptr<const StructuralCases> shared;

  const StructuralCases& cases() const { return *shared; }
};

inline void PrintTo(const StructuralOp& op, std::ostream* to) {
  *to << op.name;
}

class StructuralOpTest : public testing::TestWithParam<StructuralOp> {};

/// The ops of a family, for INSTANTIATE_TEST_SUITE_P; `cases_of` calls `cases`, where all of the family's are declared.
template <class... Listed, class Cases>
std::vector<StructuralOp> ops_of(TypeList<Listed...>, const Cases& cases_of) {
  return {{Listed::op::name, std::make_shared<const StructuralCases>(cases_of(typename Listed::op{}))}...};
}
inline std::string name_of_op(const testing::TestParamInfo<StructuralOp>& info) {
  return info.param.name;
}

}  // namespace xtape::tests
