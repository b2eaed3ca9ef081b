// Loops, solutions of equations and of differential equations against JAX, to second order.

#include "autodiff/autodiff.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

class GoldenEquations : public ::testing::Test {
 protected:
  const Golden golden{"equations"};

  // f's value; gradients and Hessian-vector products of sum(sin(f)).
  template <class F>
  void expect_same(const std::string& name, const F& f, double tolerance) const {
    const auto at = [&](const char* what, int k) -> const Array<double>& {
      return golden[name + "." + what + std::to_string(k)];
    };
    const Array<double>&a = at("x", 0), &b = at("x", 1);
    EXPECT_TRUE(close(Var<double>(f(Var<double>(a), Var<double>(b))).value(), golden[name + ".y"], tolerance)) << name;
    const auto loss = [&](const auto& x, const auto& y) { return sum(sin(f(x, y))); };
    const auto [of_a, of_b] = grad(loss)(a, b);
    EXPECT_TRUE(close(of_a, at("g", 0), tolerance)) << name;
    EXPECT_TRUE(close(of_b, at("g", 1), tolerance)) << name;
    const auto [along_a, along_b] = hvp(loss)(a, b, at("v", 0), at("v", 1));
    EXPECT_TRUE(close(along_a, at("h", 0), 10 * tolerance)) << name;
    EXPECT_TRUE(close(along_b, at("h", 1), 10 * tolerance)) << name;
  }
};

TEST_F(GoldenEquations, Scan) {
  const auto cell = [](const auto& h, const auto& x, const auto& w) {
    const auto next = tanh(matmul(w, h) + x);
    return std::pair(next, next);
  };
  const auto f = [&](const auto& h, const auto& xs, const auto& w) { return scan(cell)(h, xs, w).second; };
  const auto loss = [&](const auto&... x) { return sum(sin(f(x...))); };
  const auto at = [&](const std::string& what) { return golden["scan." + what]; };
  EXPECT_TRUE(close(Var<double>(f(Var<double>(at("x0")), at("x1"), at("x2"))).value(), at("y")));
  const auto gradient = grad(loss)(at("x0"), at("x1"), at("x2"));
  const auto product = hvp(loss)(at("x0"), at("x1"), at("x2"), at("v0"), at("v1"), at("v2"));
  EXPECT_TRUE(close(std::get<0>(gradient), at("g0")));
  EXPECT_TRUE(close(std::get<1>(gradient), at("g1")));
  EXPECT_TRUE(close(std::get<2>(gradient), at("g2")));
  EXPECT_TRUE(close(std::get<0>(product), at("h0"), 1e-11));
  EXPECT_TRUE(close(std::get<1>(product), at("h1"), 1e-11));
  EXPECT_TRUE(close(std::get<2>(product), at("h2"), 1e-11));
}

TEST_F(GoldenEquations, LinearSolve) {
  const auto product = [](const auto& v, const auto& a) { return matmul(a, v); };
  expect_same(
      "linear_solve", [&](const auto& a, const auto& b) { return linear_solve(product)(b, a); }, 1e-10);
}

TEST_F(GoldenEquations, Root) {
  const auto f = [](const auto& x, const auto& a, const auto& b) { return matmul(a, x) + pow(tanh(x), 3.0) - b; };
  expect_same(
      "root", [&](const auto& a, const auto& b) { return root(f)(zeros<double>({4}), a, b); }, 1e-10);
}

TEST_F(GoldenEquations, FixedPoint) {
  const auto f = [](const auto& x, const auto& w, const auto& b) { return tanh(matmul(w, x) + b); };
  expect_same(
      "fixed_point", [&](const auto& w, const auto& b) { return fixed_point(f)(zeros<double>({4}), w, b); }, 1e-10);
}

TEST_F(GoldenEquations, Minimize) {
  const auto energy = [](const auto& x, const auto& a, const auto& b) {
    return sum(cosh(x)) + 0.5 * sum(square(matmul(a, x))) - sum(b * x);
  };
  expect_same(
      "minimize", [&](const auto& a, const auto& b) { return minimize(energy)(zeros<double>({4}), a, b); }, 1e-9);
}

TEST_F(GoldenEquations, OdeIntByBothAdjoints) {
  const auto pendulum = [](const auto& y, double t, const auto& p) {
    return stack({y(1), std::sin(2 * t) - p(0) * sin(y(0)) - p(1) * y(1)});
  };
  for (const OdeAdjoint adjoint : {OdeAdjoint::kDiscrete, OdeAdjoint::kContinuous}) {
    const OdeOptions options{.adjoint = adjoint, .relative_tolerance = 1e-12, .absolute_tolerance = 1e-12};
    const auto f = [&](const auto& y0, const auto& p) {
      return odeint(pendulum, options)(y0, Doubles{0, 0.4, 1.5}, p);
    };
    expect_same("odeint", f, 1e-9);
  }
}

}  // namespace
}  // namespace xtape
