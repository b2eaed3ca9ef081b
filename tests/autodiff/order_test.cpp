// Elements by their order, and parts by their place: each way that the options name.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

// Of {40, 10, 30, 20}, the share 0.4 stands 1.2 places above the smallest.
TEST(Quantile, TakesTheElementsThatItsMethodNames) {
  const Doubles x{40, 10, 30, 20};
  const auto expect = [&](QuantileMethod method, double value, const std::vector<double>& shares) {
    const auto [got, gradient] = value_and_grad([&](const auto& v) { return quantile(v, 0.4, {}, false, method); })(x);
    EXPECT_NEAR(got, value, 1e-13);
    EXPECT_TRUE(close(gradient, shares));
  };
  expect(QuantileMethod::kLinear, 22, {0, 0, 0.2, 0.8});
  expect(QuantileMethod::kLower, 20, {0, 0, 0, 1});
  expect(QuantileMethod::kHigher, 30, {0, 0, 1, 0});
  expect(QuantileMethod::kMidpoint, 25, {0, 0, 0.5, 0.5});
  expect(QuantileMethod::kNearest, 20, {0, 0, 0, 1});
}

// As NumPy's; the gradient goes to the first NaN of a row.
TEST(Quantile, OfARowWithNanIsNan) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{{1, kNan, 3, kNan}, {4, 6, 5, 7}}), y = quantile(x, 0.5, -1);
  EXPECT_TRUE(std::isnan(y.value()(0)));
  EXPECT_EQ(y.value()(1), 5.5);
  EXPECT_TRUE(close(tape.gradient(sum(y), x), Shape{2, 4}, {0, 1, 0, 0, 0, 0.5, 0.5, 0}));
}

TEST(TopK, OfAnyNumberIsTheBeginningOfASort) {
  const Array<double> x = Random(3).normal<double>({200});
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  for (const std::size_t k : {1, 2, 4, 5, 30, 199, 200}) {
    const std::vector<double> smallest(sorted.begin(), sorted.begin() + std::ptrdiff_t(k));
    EXPECT_TRUE(close(topk(x, k, 0, false).values.value(), smallest, 0)) << k;
  }
}

TEST(Partition, HasSmallerOnesBeforeAndLargerOnesBehind) {
  const Var<double> v(Random(4).normal<double>({2, 50}));
  const Array<double> x = v.value();
  const Indices places = argpartition(v, 20, 1);
  const Array<double> y = partition(v, 20, 1).value();
  EXPECT_TRUE(close(take_along_axis(x, places, 1).value(), y, 0));
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(y(row, i) <= y(row, 20), i <= 20) << row << ", " << i;
    std::vector<double> a(&x(row, 0), &x(row, 0) + 50), b(&y(row, 0), &y(row, 0) + 50);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    EXPECT_EQ(a, b);
  }
}

TEST(Argmax, LosesItsAxisUnlessItIsKept) {
  const Var<double> x(Doubles{{1, 5, 2}, {7, 0, 3}});
  const auto expect = [](const Indices& got, const Shape& shape, const std::vector<std::ptrdiff_t>& places) {
    EXPECT_EQ(got.shape(), shape);
    EXPECT_TRUE(std::equal(places.begin(), places.end(), got.values().begin(), got.values().end()));
  };
  expect(argmax(x, 1), {2}, {1, 0});
  expect(argmin(x, 0, true), {1, 3}, {0, 1, 0});
}

TEST(Rot90, ByAnyNumberOfTurns) {
  const Var<double> x(Doubles{{1, 2, 3}, {4, 5, 6}});
  for (const std::ptrdiff_t whole : {-4, 0, 4}) {
    EXPECT_TRUE(close(rot90(x, whole).value(), x.value(), 0));
    EXPECT_TRUE(close(rot90(x, whole + 1).value(), {3, 2}, {3, 6, 2, 5, 1, 4}, 0));
    EXPECT_TRUE(close(rot90(x, whole + 2).value(), {2, 3}, {6, 5, 4, 3, 2, 1}, 0));
    EXPECT_TRUE(close(rot90(x, whole + 3).value(), {3, 2}, {4, 1, 5, 2, 6, 3}, 0));
  }
}

TEST(AtLeast, AddsDimensionsWhereNumPyDoes) {
  const auto shapes = [](const Shape& shape) {
    const Var<double> x(ones<double>(shape));
    return std::vector<Shape>{atleast_1d(x).shape(), atleast_2d(x).shape(), atleast_3d(x).shape()};
  };
  EXPECT_EQ(shapes({}), (std::vector<Shape>{{1}, {1, 1}, {1, 1, 1}}));
  EXPECT_EQ(shapes({2}), (std::vector<Shape>{{2}, {1, 2}, {1, 2, 1}}));
  EXPECT_EQ(shapes({2, 3}), (std::vector<Shape>{{2, 3}, {2, 3}, {2, 3, 1}}));
  EXPECT_EQ(shapes({2, 3, 4, 5}), (std::vector<Shape>(3, {2, 3, 4, 5})));
}

TEST(ArraySplit, AtPlacesThatMayCountFromTheEndOrBeBeyondIt) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2, 3, 4, 5});
  const std::vector<Var<double>> parts = array_split(x, std::vector<int>{1, -2, 9});
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_TRUE(close(parts[0].value(), {1}));
  EXPECT_TRUE(close(parts[1].value(), {2, 3}));
  EXPECT_TRUE(close(parts[2].value(), {4, 5}));
  EXPECT_EQ(parts[3].shape(), (Shape{0}));
  EXPECT_TRUE(close(tape.gradient(sum(square(parts[1])) + sum(parts[2]), x), {0, 4, 6, 1, 1}));
}

}  // namespace
}  // namespace xtape
