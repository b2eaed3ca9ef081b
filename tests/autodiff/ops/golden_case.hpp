#pragma once
// A function in a golden file of PyTorch's (tests/golden/torch_cases.py): its values, gradients and Hessian-vector
// products.

#include "autodiff/autodiff.hpp"
#include "tests/autodiff/ops/functions.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace xtape::tests {

struct GoldenCase {
  std::string name;
  std::size_t arity;
  detail::ErasedFunction<double> f;
  double tolerance = 1e-12;
};

inline void PrintTo(const GoldenCase& golden_case, std::ostream* to) {
  *to << golden_case.name;
}
inline std::string name_of_golden(const testing::TestParamInfo<GoldenCase>& info) {
  return info.param.name;
}

inline void expect_golden(const Golden& golden, const GoldenCase& golden_case) {
  using Arrays = std::vector<Array<double>>;
  using Vars = std::vector<Var<double>>;
  const double tolerance = golden_case.tolerance;
  const auto array = [&](const std::string& what) { return golden[golden_case.name + "." + what]; };
  const auto arrays = [&](const std::string& letter) {
    Arrays result;
    for (std::size_t k = 0; k < golden_case.arity; ++k) result.push_back(array(letter + std::to_string(k)));
    return result;
  };
  Tape<double> tape;
  Vars x;
  for (const Array<double>& argument : arrays("x")) x.push_back(tape.watch(argument));
  const Var<double> y = golden_case.f(x);
  EXPECT_TRUE(close(y.value(), array("y"), tolerance));
  const Arrays gradient = arrays("g"), directions = arrays("v"), expected_products = arrays("h");
  const Vars slopes = recorded_gradients<double>(*tape.record(), y, Var<double>(array("c")), x);
  Var<double> along(0.0);
  for (std::size_t k = 0; k < x.size(); ++k) {
    EXPECT_TRUE(close(slopes[k].value(), gradient[k], tolerance)) << "the recorded gradient of argument " << k;
    along = along + sum(slopes[k] * directions[k]);
  }
  const Arrays fused = tape.gradient({y}, x, {array("c")}, {.retain = true});
  const Arrays products = tape.gradient(along, x, {.allow_unused = true});  // of linear functions zero
  for (std::size_t k = 0; k < x.size(); ++k) {
    EXPECT_TRUE(close(fused[k], gradient[k], tolerance)) << "the gradient of argument " << k;
    EXPECT_TRUE(close(products[k], expected_products[k], tolerance)) << "the second derivative of argument " << k;
  }
}

}  // namespace xtape::tests
