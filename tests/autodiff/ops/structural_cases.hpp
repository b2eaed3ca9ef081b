#pragma once
// The cases of every structural op.

#include "tests/autodiff/ops/index_cases.hpp"
#include "tests/autodiff/ops/linalg_cases.hpp"
#include "tests/autodiff/ops/reduce_cases.hpp"
#include "tests/autodiff/ops/shape_cases.hpp"

#include <ostream>

namespace xtape::tests {

/// One op with all of its cases.
struct StructuralOp {
  std::string name;
  StructuralCases cases;
};

inline void PrintTo(const StructuralOp& op, std::ostream* to) {
  *to << op.name;
}

template <class... Listed>
std::vector<StructuralOp> ops_of(TypeList<Listed...>) {
  return {{Listed::op::name, cases(typename Listed::op{})}...};
}

}  // namespace xtape::tests
