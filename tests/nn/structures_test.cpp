// Modules as arguments of transforms: derivatives by the parameters' names.

#include <gtest/gtest.h>

#include "nn/nn.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kX{{0.1, -0.4, 0.9}, {1.2, 0.3, -0.7}};
const xt::xtensor<double, 2> kY{{0.5}, {-0.2}};

struct Net : nn::Mlp<double> {
  explicit Net(Random& rng)
      : Mlp(
            {3, 4, 1}, [](const Var<double>& h) { return tanh(h); }, rng) {}
};

Var<double> loss(const Net& net, const Var<double>& x) {
  return mean(square(net(x) - kY));
}

TEST(ModulesAsArguments, GiveGradientsByName) {
  Random rng(1);
  const Net net(rng);
  const auto [value, gradient] = value_and_grad([](const Net& m) { return loss(m, kX); })(net);
  static_assert(std::same_as<decltype(gradient), const std::map<std::string, Array<double>>>);
  Tape<double> tape;
  const Var<double> same = loss(net, kX);
  EXPECT_EQ(value, same.item());
  const std::vector<Array<double>> expected = tape.gradient(same, net.parameters());
  ASSERT_EQ(gradient.size(), expected.size());
  std::size_t k = 0;
  for (const auto& [name, parameter] : net.named_parameters()) EXPECT_EQ(gradient.at(name), expected[k++]) << name;
}

TEST(ModulesAsArguments, StandBesideArraysAndOthers) {
  Random rng(1);
  const Net net(rng), other(rng);
  const auto f = [&](const Net& m, const Var<double>& x) { return loss(m, x) * loss(other, x); };
  const auto [of_net, of_x] = grad(f)(net, kX);
  EXPECT_EQ(of_net.size(), 4u);
  const auto in_x = [&](const Var<double>& x) { return f(net, x); };
  EXPECT_TRUE(close(of_x, grad(in_x)(kX)));
  const auto of_net_alone = grad(f, argnums<0>)(net, kX);
  EXPECT_TRUE(close(of_net_alone.begin()->second, of_net.begin()->second));
}

// A variable of the tape that depends on the same parameters is a constant to the derivative.
TEST(ModulesAsArguments, AreDifferentiatedAlone) {
  Random rng(1);
  const Net net(rng);
  const auto direct = grad([](const Net& m) { return 2.0 * sum(m(kX)); })(net);
  Tape<double> tape;
  const Var<double> x = tape.watch(kX), outside = sum(net(kX)) * 0.0 + 2.0;
  const auto [of_net, of_x] = grad([&](const Net& m, const Var<double>& v) { return outside * sum(m(v)); })(net, x);
  for (const auto& [name, g] : direct) EXPECT_TRUE(close(of_net.at(name).value(), g)) << name;
  // And a variable all the same: a penalty on the gradient has a gradient.
  Var<double> penalty = 0.0;
  for (const auto& [name, g] : of_net) penalty = penalty + sum(square(g));
  const auto slopes = tape.gradient(penalty, net.parameters());
  double largest = 0;
  for (const auto& slope : slopes) largest = std::max(largest, xt::amax(xt::abs(slope))());
  EXPECT_GT(largest, 0.1);
}

TEST(ModulesAsArguments, HaveHessiansTimesVectorsAndJacobians) {
  Random rng(1);
  const Net net(rng);
  std::map<std::string, Array<double>> along;
  for (const auto& [name, parameter] : net.named_parameters()) along[name] = rng.normal<double>(parameter.shape());
  const auto f = [](const Net& m) { return loss(m, kX); };
  const auto product = hvp(f)(net, along);
  const auto blocks = hessian(f)(net);
  for (const auto& [name, row] : blocks) {
    Array<double> expected = zeros<double>(shape_of(product.at(name)));
    for (const auto& [other, block] : row) {
      const std::size_t n = expected.size(), m = along.at(other).size();
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j) expected.data()[i] += block.data()[i * m + j] * along.at(other).data()[j];
    }
    EXPECT_TRUE(close(product.at(name), expected, 1e-12)) << name;
  }
  const auto [value, tangent] = jvp([](const Net& m) { return m(kX); })(net, along);
  const auto pulled = vjp([](const Net& m) { return m(kX); })(net).pullback(ones<double>(shape_of(value)));
  double by_tangent = xt::sum(tangent)(), by_pullback = 0;
  for (const auto& [name, g] : pulled) by_pullback += xt::sum(g * along.at(name))();
  EXPECT_NEAR(by_tangent, by_pullback, 1e-12);
}

TEST(ModulesAsArguments, InsideVmap) {
  Random rng(1);
  const Net net(rng);
  const Array<double> xs = rng.normal({5, 3}), ys = rng.normal({5, 1});
  const auto of_one = [](const Net& m, const auto& x, const auto& y) { return sum(square(m(x) - y)); };
  const auto each = vmap(grad(of_one, argnums<0>))(net, Var<double>(xs), Var<double>(ys));
  static_assert(std::same_as<decltype(each), const std::map<std::string, Var<double>>>);
  for (std::size_t i = 0; i < 5; ++i) {
    const Var<double> x = Var<double>(xs)[i], y = Var<double>(ys)[i];
    for (const auto& [name, g] : grad([&](const Net& m) { return of_one(m, x, y); })(net)) {
      EXPECT_TRUE(close(each.at(name)[i].value(), g, 1e-13)) << name << " of example " << i;
    }
  }
  // The loss of all, on a tape, and a penalty on the slope of each.
  const auto of_all = [&](const Net& m) {
    const auto slope = [&](const auto& x) { return grad([&](const auto& u) { return sum(m(u)); })(x); };
    return sum(vmap(of_one)(m, xs, ys)) + sum(square(vmap(slope)(xs)));
  };
  Tape<double> tape;
  const auto got = tape.gradient(of_all(net), net.parameters());
  Tape<double> written_out;
  Var<double> total(0.0);
  for (std::size_t i = 0; i < 5; ++i) {
    const Var<double> x = Var<double>(xs)[i];
    total =
        total + of_one(net, x, Var<double>(ys)[i]) + sum(square(grad([&](const auto& u) { return sum(net(u)); })(x)));
  }
  const auto expected = written_out.gradient(total, net.parameters());
  for (std::size_t k = 0; k < got.size(); ++k) EXPECT_TRUE(close(got[k], expected[k], 1e-13)) << k;
  EXPECT_TRUE(has(message_of<Error>([&] { vmap(of_one, {.in_axes = {0, 0}})(net, xs, ys); }), {"in_axes", "3", "2"}));
}

TEST(ModulesAsArguments, HaveDerivativesForwards) {
  Random rng(1);
  const Net net(rng);
  std::map<std::string, Array<double>> along;
  for (const auto& [name, parameter] : net.named_parameters()) along[name] = rng.normal<double>(parameter.shape());
  const auto f = [](const Net& m, const auto& x) { return m(x); };
  const Array<double> vx = rng.normal({2, 3});
  const auto forwards = jvp(f)(net, kX, along, vx);
  const auto backwards = linearize(f)(net, kX);
  EXPECT_TRUE(close(forwards.value, backwards.value, 1e-15));
  EXPECT_TRUE(close(forwards.tangent, backwards.pushforward(along, vx), 1e-13));
}

TEST(ModulesAsArguments, AreChecked) {
  Random rng(1);
  const Net net(rng);
  const GradientReport report = check_gradient({.order = 4}, loss, net, kX);
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_LT(report.higher_order_error, 1e-6);
  EXPECT_GT(report.higher_order_error, 0.0);
}

TEST(ModulesAsArguments, UnderATapeAskForVars) {
  Random rng(1);
  const Net net(rng);
  Tape<double> tape;
  const auto f = [](const Net& m) { return loss(m, kX); };
  EXPECT_THROW(grad(f)(net), TapeError);
  EXPECT_THROW(hvp(f)(net, std::map<std::string, Doubles>{{"layers.0.weight", kX}}), ShapeError);
}

// What the function inside closes over is the argument of the derivative outside: it would get no gradient.
TEST(ModulesAsArguments, MayNotBeClosedOverWithin) {
  Random rng(1);
  const Net net(rng), other(rng);
  const auto through = [](const Net& closed_over, const auto& solve) {
    return grad([&](const Net&) { return sum(solve(closed_over)); });
  };
  const auto by_root = [](const Net& m) {
    return root([&](const auto& u) { return u - 0.1 * tanh(sum(m(kX)) * u) - 1.0; })(Var<double>(0.5));
  };
  const auto by_linear_solve = [](const Net& m) {
    return linear_solve([&](const auto& u) { return u * (2.0 + square(sum(m(kX)))); })(Var<double>(0.5));
  };
  const auto by_rule = [](const Net& m) {
    return custom_vjp([&](const auto& x) { return m(x); },
                      [](const auto& g, const auto&, const auto&) {
                        return matmul(g, ones<double>({1, 3}));
                      })(Var<double>(kX));
  };
  const auto by_array = [](const Net& m) { return Var<double>(grad([&](const auto& x) { return sum(m(x)); })(kX)); };
  const auto in_a_checkpoint = [&](const Net& m) {
    return checkpoint([&](const Var<double>& x) { return by_root(m) * x; })(Var<double>(1.0));
  };
  const auto expect_refused = [&](const auto& solve) {
    EXPECT_THROW(through(net, solve)(net), TapeError);
    // That of another module is a constant.
    const auto gradient = grad([&](const Net& m) { return sum(m(kX)) * sum(solve(other)); })(net);
    EXPECT_NE(gradient.at("1.bias")(0), 0.0);
  };
  expect_refused(by_root);
  expect_refused(by_linear_solve);
  expect_refused(by_rule);
  expect_refused(by_array);
  expect_refused(in_a_checkpoint);
}

TEST(ModulesAsArguments, MayStandThereOnce) {
  Random rng(1);
  const Net net(rng);
  EXPECT_EQ(message_of<Error>(
                [&] { grad([](const Net& a, const Net& b) { return sum(a(kX)) + 3.0 * sum(b(kX)); })(net, net); }),
            "[grad] two arguments have a parameter in common; a module, or a parameter, may be an argument once");
  // And nothing stays behind.
  EXPECT_EQ(grad([](const Net& m) { return sum(m(kX)); })(net).size(), 4u);
}

TEST(ModulesAsArguments, AreCheckedThroughCheckpoints) {
  Random rng(1);
  const Net net(rng);
  const auto by_checkpoint = [](const Net& m) { return sum(checkpoint([&](const auto& x) { return sin(m(x)); })(kX)); };
  const auto by_scan = [](const Net& m) {
    const auto step = [&](const auto& h, const auto& x) { return std::pair(h + sin(m(expand_dims(x, 0))), x); };
    return sum(scan(step)(zeros<double>({1, 1}), kX).first);
  };
  for (const GradientReport& report : {check_gradient(by_checkpoint, net), check_gradient(by_scan, net)}) {
    EXPECT_TRUE(report.ok()) << report.message;
  }
}

}  // namespace
}  // namespace xtape
