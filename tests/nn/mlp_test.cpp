// Mlp: what it computes, what its weights are called, and what it refuses.

#include "nn/layers/mlp.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/testing.hpp"

namespace xtape::nn {
namespace {

Var<double> tanh_layer(const Var<double>& x) {
  return tanh(x);
}

TEST(Mlp, IsItsLayersWithTheNonlinearityBetween) {
  Random rng(1);
  const Mlp<double> mlp({3, 5, 4, 2}, tanh_layer, rng);
  const Array<double> x = rng.normal<double>({7, 3});
  Var<double> expected = x;
  for (std::size_t l = 0; l < 3; ++l) {
    const Var<double> w = mlp.layer(l).weight().value(), b = mlp.layer(l).bias().value();
    expected = matmul(l == 0 ? expected : tanh(expected), transpose(w)) + b;
  }
  const Var<double> y = mlp(x);
  ASSERT_EQ(y.shape(), (Shape{7, 2}));
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y.value().data()[i], expected.value().data()[i], 1e-14);
}

TEST(Mlp, OfTwoSizesIsOneLayer) {
  Random rng(1), same(1);
  const Mlp<float> mlp(
      {3, 2}, [](const Var<float>&) -> Var<float> { throw Error("not called"); }, rng);
  const Linear<float> layer(3, 2, same);
  const Array<float> x = Random(2).normal<float>({4, 3});
  EXPECT_EQ(mlp(x).value(), layer(x).value());
}

TEST(Mlp, WithoutAnActivationHasRelu) {
  Random rng(1), same(1);
  const Mlp<double> mlp({3, 5, 4, 2}, rng);
  const Mlp<double> told(
      {3, 5, 4, 2}, [](const Var<double>& h) { return maximum(h, 0.0); }, same);
  const Array<double> x = Random(2).normal<double>({7, 3});
  EXPECT_EQ(mlp(x).value(), told(x).value());
  EXPECT_EQ(rng.state(), same.state());
}

TEST(Mlp, NamesItsLayersByNumber) {
  Random rng(1);
  const Mlp<float> mlp(
      {3, 5, 2}, [](const Var<float>& x) { return relu(x); }, rng);
  std::vector<std::string> names;
  for (const auto& named : mlp.named_parameters()) names.push_back(named.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "1.weight", "1.bias"}));
  EXPECT_EQ(mlp.parameter_count(), 3u * 5 + 5 + 5 * 2 + 2);
}

TEST(Mlp, PassesTheGradientCheck) {
  Random rng(3);
  const Mlp<double> mlp({3, 4, 2}, tanh_layer, rng);
  const auto loss = [&](const auto& x) { return sum(square(mlp(x))); };
  EXPECT_EQ(check_gradient(loss, rng.normal<double>({2, 3})).message, "");
}

TEST(Mlp, RefusesFewerThanTwoSizes) {
  Random rng(1);
  EXPECT_THROW(Mlp<float>({784}, rng), Error);
  EXPECT_THROW(Mlp<double>({}, rng), Error);
  EXPECT_EQ(rng.state(), Random(1).state());
  try {
    const Mlp<float> mlp(
        {784}, [](const Var<float>& x) { return x; }, rng);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "[Mlp] sizes of the input, of hidden layers and of the output expected, at least two, got 1");
  }
}

}  // namespace
}  // namespace xtape::nn
