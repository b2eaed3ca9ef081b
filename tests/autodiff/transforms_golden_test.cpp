// All transforms of a small network against JAX, to third order.

#include "autodiff/autodiff.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

const auto kNetwork = [](const auto& x, const auto& w, const auto& b) {
  const auto h = tanh(matmul(x, w) + b);
  return softmax(h) * exp(-square(h));
};
const auto kLoss = [](const auto& x, const auto& w, const auto& b) {
  return mean(logsumexp(kNetwork(x, w, b), -1)) + sum(softplus(w)) * var(x);
};

class GoldenTransforms : public ::testing::Test {
 protected:
  const Golden golden{"transforms"};
  const Array<double>&x = golden["x"], &w = golden["w"], &b = golden["b"];
  const Array<double>&vx = golden["vx"], &vw = golden["vw"], &vb = golden["vb"];

  // A tuple of arrays against golden[name + "x"], ... "w", ... "b".
  template <class Tuple>
  void expect_same(const Tuple& arrays, const std::string& name) const {
    EXPECT_TRUE(close(std::get<0>(arrays), golden[name + "x"])) << name << "x";
    EXPECT_TRUE(close(std::get<1>(arrays), golden[name + "w"])) << name << "w";
    EXPECT_TRUE(close(std::get<2>(arrays), golden[name + "b"])) << name << "b";
  }
};

TEST_F(GoldenTransforms, Gradient) {
  const auto [value, gradients] = value_and_grad(kLoss)(x, w, b);
  EXPECT_NEAR(value, golden["value"](), 1e-12);
  expect_same(gradients, "gradient_");
}

TEST_F(GoldenTransforms, Hessian) {
  const auto rows = hessian(kLoss)(x, w, b);
  expect_same(std::get<0>(rows), "hessian_x");
  expect_same(std::get<1>(rows), "hessian_w");
  expect_same(std::get<2>(rows), "hessian_b");
}

TEST_F(GoldenTransforms, Products) {
  expect_same(hvp(kLoss)(x, w, b, vx, vw, vb), "hvp_");
  const auto [value, tangent] = jvp(kNetwork)(x, w, b, vx, vw, vb);
  EXPECT_TRUE(close(value, golden["network"]));
  EXPECT_TRUE(close(tangent, golden["jvp"]));
  expect_same(vjp(kNetwork)(x, w, b).pullback(golden["cotangent"]), "vjp_");
}

TEST_F(GoldenTransforms, Jacobian) {
  expect_same(jacobian(kNetwork)(x, w, b), "jacobian_");
}

TEST_F(GoldenTransforms, OfEachExample) {
  const auto of_row = [](const auto& v, const auto& m, const auto& a) {
    const auto h = tanh(matmul(v, m) + a);
    return logsumexp(softmax(h) * exp(-square(h))) * sum(v);
  };
  const VmapOptions rows{.in_axes = {0, {}, {}}};
  const Var<double> xs(x), ws(w), bs(b);
  const auto each_gradient = [&](const auto& m) { return vmap(grad(of_row, argnums<1>), rows)(xs, m, bs); };
  EXPECT_TRUE(close(each_gradient(ws).value(), golden["each_gradient"]));
  const auto hessian_of_row = [&](const auto& v) { return hessian([&](const auto& u) { return of_row(u, w, b); })(v); };
  EXPECT_TRUE(close(vmap(hessian_of_row)(x).value(), golden["each_hessian"]));
  const auto tangent = [&](const auto& v, const auto& along) {
    return jvp(grad(of_row, argnums<0>))(v, ws, bs, along, vw, vb).tangent;
  };
  EXPECT_TRUE(close(vmap(tangent)(xs, vx).value(), golden["each_tangent"]));
  const auto pairs = [&](const auto& v) {
    const auto one = [&](const auto& column, const auto& scale) { return sin(matmul(column, v)) * scale; };
    return vmap(one, {.in_axes = {1, 0}})(w, b);
  };
  EXPECT_TRUE(close(vmap(pairs, {.out_axes = {1}})(x).value(), golden["each_pair"]));
  const auto penalty = [&](const auto& m) { return sum(sin(each_gradient(m))); };
  EXPECT_TRUE(close(grad(penalty)(ws).value(), golden["penalty_gradient"]));
  EXPECT_TRUE(close(hvp(penalty)(w, vw), golden["penalty_hvp"]));
  EXPECT_TRUE(close(jvp([&](const auto& m) { return grad(penalty)(m); })(w, vw).tangent, golden["penalty_hvp"]));
}

TEST_F(GoldenTransforms, HigherOrders) {
  const auto loss = [&](const auto& v) { return kLoss(Var<double>(x), Var<double>(w), v); };
  const auto squared_slope = [&](const auto& v) { return sum(square(grad(loss)(v))); };
  const auto second = grad(squared_slope);
  EXPECT_TRUE(close(second(b), golden["second_order"]));
  EXPECT_TRUE(close(grad([&](const auto& v) { return sum(square(second(v))); })(b), golden["third_order"]));
}

}  // namespace
}  // namespace xtape
