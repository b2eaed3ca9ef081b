// What is done to gradients before a step: bounds on their size, and sums over micro-batches.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::nn {
namespace {

template <class T>
class Gradients : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Gradients, Precisions);

template <class T>
constexpr double kTolerance = sizeof(T) == 8 ? 1e-14 : 1e-6;

TYPED_TEST(Gradients, AreClippedByTheirNormAsPyTorchDoes) {
  using T = TypeParam;
  const Golden golden("optimizers");
  for (const char* bound : {"1.5", "100"}) {
    std::vector<Array<T>> g{golden["gradient_0"], golden["gradient_1"]};
    const double norm = clip_by_global_norm(g, std::stod(bound));
    EXPECT_NEAR(norm, golden[std::string("clip_norm_") + bound](), kTolerance<T> * 10);
    for (int k : {0, 1}) {
      EXPECT_TRUE(close(g[std::size_t(k)], golden["clip_" + std::to_string(k) + "_" + bound], kTolerance<T>)) << bound;
    }
  }
}

// Squares that leave the range, though the norm does not.
TYPED_TEST(Gradients, HaveANormWithoutOverflow) {
  using T = TypeParam;
  const T large = std::numeric_limits<T>::max() / 8, small = std::numeric_limits<T>::denorm_min() * 1000;
  EXPECT_NEAR(global_norm<T>({{large, large}, {large, large}}) / double(large), 2, 1e-6);
  EXPECT_NEAR(global_norm<T>({{small}, {small, small, small}}) / double(small), 2, 1e-6);
  EXPECT_EQ(global_norm<T>({}), 0);
  EXPECT_EQ(global_norm<T>({zeros<T>({0}), zeros<T>({3})}), 0);
  std::vector<Array<T>> g{{large, large}, {large, large}};
  clip_by_global_norm(g, 1.0);
  EXPECT_TRUE(close(g[1], {0.5, 0.5}, 1e-6));
}

TYPED_TEST(Gradients, ThatAreNotFiniteStayAsTheyAre) {
  using T = TypeParam;
  const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  std::vector<Array<T>> infinite{{1, -infinity}}, undefined{{1, 2}, {nan, infinity}};
  EXPECT_EQ(clip_by_global_norm(infinite, 0.5), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(clip_by_global_norm(undefined, 0.5)));
  EXPECT_EQ(infinite[0](0), 1);
  EXPECT_EQ(undefined[0](1), 2);
  EXPECT_TRUE(std::isnan(clip_by_value(undefined, 0.5)));
  EXPECT_EQ(undefined[0](1), T(0.5));
  EXPECT_TRUE(std::isnan(undefined[1](0)));
  EXPECT_EQ(undefined[1](1), T(0.5));
}

TYPED_TEST(Gradients, AreClippedByValue) {
  using T = TypeParam;
  std::vector<Array<T>> g{{1, -3, 0.25}, {-0.5, 2}};
  EXPECT_EQ(clip_by_value(g, 0.5), 3);
  EXPECT_TRUE(close(g[0], {0.5, -0.5, 0.25}, 0));
  EXPECT_TRUE(close(g[1], {-0.5, 0.5}, 0));
  std::vector<Array<T>> none;
  EXPECT_EQ(clip_by_value(none, 1.0), 0);
}

TYPED_TEST(Gradients, HaveTheSameNormOnAnyNumberOfThreads) {
  using T = TypeParam;
  Random rng(1);
  const std::vector<Array<T>> g{rng.normal<T>({100'003}), rng.normal<T>({7}), rng.normal<T>({300, 200})};
  double squares = 0;
  for (const Array<T>& array : g) {
    for (const T x : array) squares += double(x) * double(x);
  }
  const double norm = global_norm(g);
  EXPECT_NEAR(norm, std::sqrt(squares), 1e-10 * norm);
  for (const std::size_t count : {1, 2, 5}) {
    const tests::Threads threads(count);
    EXPECT_EQ(global_norm(g), norm) << count;
  }
}

// Of micro-batches of several sizes: the gradient of the mean over all.
TYPED_TEST(Gradients, OfMicroBatchesAddUp) {
  using T = TypeParam;
  Random rng(2);
  const Linear<T> model(3, 2, rng);
  const Array<T> x = rng.normal<T>({10, 3});
  const auto gradient = [&](std::ptrdiff_t first, std::ptrdiff_t last) {
    Tape<T> tape;
    const Var<T> part = slice(Var<T>(x), {Range(first, last)});
    return tape.gradient(mean(square(model(part) - 1)), model.parameters());
  };
  GradientAccumulator<T> accumulated;
  const std::vector<Array<T>> whole = gradient(0, 10);
  for (int again = 0; again < 2; ++again) {
    accumulated.add(gradient(0, 4), 4);
    accumulated.add(gradient(4, 8), 4);
    accumulated.add(gradient(8, 10), 2);
    EXPECT_EQ(accumulated.count(), 3u);
    const std::vector<Array<T>> mean = accumulated.take();
    EXPECT_EQ(accumulated.count(), 0u);
    for (std::size_t k = 0; k < whole.size(); ++k) EXPECT_TRUE(close(mean[k], whole[k], kTolerance<T>)) << again;
  }
  accumulated.add(gradient(0, 10));
  EXPECT_TRUE(close(accumulated.take()[0], whole[0], 0));
}

TEST(Gradients, RefuseBadInput) {
  std::vector<Array<double>> g{{1, 2}};
  for (const double bound : {-1.0, std::nan("")}) {
    EXPECT_TRUE(has(message_of<Error>([&] { clip_by_global_norm(g, bound); }), {"[clip_by_global_norm]", "0 or more"}));
    EXPECT_TRUE(has(message_of<Error>([&] { clip_by_value(g, bound); }), {"[clip_by_value]", "0 or more"}));
  }
  GradientAccumulator<double> accumulated;
  EXPECT_TRUE(has(message_of<Error>([&] { accumulated.take(); }), {"[GradientAccumulator]", "got none"}));
  EXPECT_TRUE(has(message_of<Error>([&] { accumulated.add(g, 0); }), {"a weight above 0", "got 0"}));
  accumulated.add(g);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { accumulated.add({}); }), {"1 gradients expected, got 0"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { accumulated.add({zeros<double>({3})}); }), {"(2,)", "got (3,)"}));
  EXPECT_TRUE(close(accumulated.take()[0], {1, 2}, 0));  // nothing was changed
}

}  // namespace
}  // namespace xtape::nn
