// Linear: PyTorch's initialisation, shapes and results.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::nn {
namespace {

template <class T>
class LinearTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(LinearTest, Precisions);

// Uniform in ±1/√in: bounds, mean, variance, and Kolmogorov-Smirnov's distance.
template <class T>
void expect_uniform(const Array<T>& values, double bound) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double n = double(sorted.size());
  EXPECT_GE(sorted.front(), -bound);
  EXPECT_LE(sorted.back(), bound);
  EXPECT_GT(sorted.back() - sorted.front(), 2 * bound * (1 - 20 / n));
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double uniform = (sorted[i] / bound + 1) / 2;
    distance = std::max({distance, uniform - double(i) / n, double(i + 1) / n - uniform});
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(n));  // one chance in a thousand
}

TYPED_TEST(LinearTest, StartsAsPyTorchDoes) {
  Random rng(3);
  const Linear<TypeParam> layer(100, 400, rng);
  EXPECT_EQ(layer.weight().shape(), (Shape{400, 100}));
  EXPECT_EQ(layer.bias().shape(), (Shape{400}));
  expect_uniform(layer.weight().value(), 0.1);
  expect_uniform(layer.bias().value(), 0.1);
  Random same(3), other(4);
  EXPECT_TRUE(close(Linear<TypeParam>(100, 400, same).weight().value(), layer.weight().value(), 0));
  EXPECT_FALSE(close(Linear<TypeParam>(100, 400, other).weight().value(), layer.weight().value(), 0));
}

TYPED_TEST(LinearTest, GivesWhatPyTorchGives) {
  using T = TypeParam;
  const Golden golden("torch_nn");
  const std::string suffix = sizeof(T) == 8 ? "64" : "32";
  const double tolerance = sizeof(T) == 8 ? 1e-12 : 1e-5;
  Random rng(1);
  const Linear<T> layer(3, 5, rng);
  layer.weight().set(golden["weight"]);
  layer.bias().set(golden["bias"]);
  Tape<T> tape;
  const Var<T> x = tape.watch(golden["x"]), y = layer(x), loss = sum(square(y));
  EXPECT_TRUE(close(y.value(), golden["linear" + suffix], tolerance));
  const auto d = tape.gradient(loss, layer.parameters(), {.retain = true});
  EXPECT_TRUE(close(d[0], golden["linear" + suffix + "_dweight"], tolerance));
  EXPECT_TRUE(close(d[1], golden["linear" + suffix + "_dbias"], tolerance));
  EXPECT_TRUE(close(tape.gradient(loss, x), golden["linear" + suffix + "_dx"], tolerance));
}

TYPED_TEST(LinearTest, TakesAnyLeadingDimensions) {
  using T = TypeParam;
  Random rng(1);
  const Linear<T> layer(3, 5, rng);
  EXPECT_EQ(layer(Var<T>(zeros<T>({3}))).shape(), (Shape{5}));
  EXPECT_EQ(layer(Var<T>(zeros<T>({2, 4, 3}))).shape(), (Shape{2, 4, 5}));
  EXPECT_EQ(layer(Var<T>(zeros<T>({0, 3}))).shape(), (Shape{0, 5}));
  EXPECT_TRUE(close(layer(zeros<T>({2, 3})).value(), broadcast_to(layer.bias().value(), {2, 5}).value(), 0));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { layer(zeros<T>({2, 4})); }), {"[linear]", "(2, 4)", "(5, 3)"}));
  EXPECT_THROW(layer(Var<T>(T(1))), ShapeError);
}

TYPED_TEST(LinearTest, OfNoFeatures) {
  using T = TypeParam;
  Random rng(1);
  const Linear<T> layer(0, 2, rng);
  EXPECT_TRUE(close(layer(zeros<T>({1, 0})).value(), Shape{1, 2}, {0, 0}));
}

}  // namespace
}  // namespace xtape::nn
