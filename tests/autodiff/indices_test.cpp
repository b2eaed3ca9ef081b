// Integers that name places: what they are made of, that they are shared, and what does not fit.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace xtape::tests {
namespace {

std::vector<std::ptrdiff_t> listed(const Indices& indices) {
  return {indices.values().begin(), indices.values().end()};
}

TEST(Indices, AreMadeOfWhateverHoldsIntegers) {
  const std::vector<std::ptrdiff_t> expected{0, 2, -1, 1};
  EXPECT_EQ(listed({0, 2, -1, 1}), expected);
  EXPECT_EQ(listed(std::vector<int>{0, 2, -1, 1}), expected);
  EXPECT_EQ(listed(std::array<std::int8_t, 4>{0, 2, -1, 1}), expected);
  const Indices table(xt::xarray<std::int64_t>{{0, 2}, {-1, 1}});
  EXPECT_EQ(table.shape(), (Shape{2, 2}));
  EXPECT_EQ(listed(table), expected);
  const Indices nested(std::vector<std::vector<int>>{{0, 2}, {-1, 1}});
  EXPECT_EQ(nested.shape(), (Shape{2, 2}));
  EXPECT_EQ(listed(nested), expected);
  EXPECT_EQ(listed(xt::xarray<int>{{0, 1}, {2, 3}} + 1), (std::vector<std::ptrdiff_t>{1, 2, 3, 4}));
  EXPECT_EQ(Indices().size(), 0u);
  EXPECT_THROW(Indices(std::vector<std::vector<int>>{{0, 2}, {1}}), ShapeError);
}

// A copy names the same integers, and so does the operation that keeps them.
TEST(Indices, AreShared) {
  const Indices indices{2, 0};
  const Indices copy = indices;
  EXPECT_EQ(copy.values().data(), indices.values().data());
  const op::Take take = detail::make_take({3, 4}, indices, 0);
  EXPECT_EQ(take.indices.values().data(), indices.values().data());
}

TEST(Indices, OfAnyShapeTakeAnAxis) {
  const Array<double> x{{1, 2, 3}, {4, 5, 6}};
  const Var<double> y = take(Var<double>(x), std::vector<std::vector<int>>{{0, -1}, {1, 1}}, 1);
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_TRUE(close(y.value(), Shape{2, 2, 2}, {1, 3, 2, 2, 4, 6, 5, 5}));
  const auto f = [](const auto& v) { return sum(square(take(v, std::vector<std::vector<int>>{{0, -1}, {1, 1}}, 1))); };
  EXPECT_TRUE(check_gradient(f, x).ok());
  EXPECT_TRUE(close(one_hot<double>(std::vector<std::vector<int>>{{0}, {2}}, 3), Shape{2, 1, 3}, {1, 0, 0, 0, 0, 1}));
}

TEST(Indices, AreComparedElementByElement) {
  const Indices a{2, 0, -1};
  const auto flags = [](const Array<bool>& x) { return std::vector<bool>(x.begin(), x.end()); };
  using Flags = std::vector<bool>;
  EXPECT_EQ(flags(a == Indices{2, 1, -1}), (Flags{true, false, true}));
  EXPECT_EQ(flags(a != std::vector<int>{2, 1, -1}), (Flags{false, true, false}));
  EXPECT_EQ(flags(xt::xtensor<std::int64_t, 1>{2, 1, -1} == a), (Flags{true, false, true}));
  EXPECT_EQ(flags(a < 0), (Flags{false, false, true}));
  EXPECT_EQ(flags(0 < a), (Flags{true, false, false}));
  EXPECT_EQ(flags(a <= xt::xtensor<int, 1>{1, 0, -2}), (Flags{false, true, false}));
  EXPECT_EQ(flags(a > 0U), (Flags{true, false, false}));
  EXPECT_EQ(flags(std::vector<int>{2, 1, -2} >= a), (Flags{true, true, false}));
  const Array<bool> table = a == std::vector<std::vector<int>>{{2}, {0}};
  EXPECT_EQ(shape_of(table), (Shape{2, 3}));
  EXPECT_EQ(flags(table), (Flags{true, false, false, false, true, false}));
  EXPECT_EQ((Indices() == 1).size(), 0u);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { static_cast<void>(a == Indices{1, 2}); }), {"[equal]", "(3,)", "(2,)"}));
  // What they are for.
  const Var<float> logits(Array<float>{{1, 2}, {3, 0}, {0, 1}});
  const std::vector<int> labels{1, 0, 0};
  EXPECT_DOUBLE_EQ(mean(argmax(logits, -1) == labels)(), 2 / 3.0);
  EXPECT_EQ(boolean_mask(logits, argmax(logits, -1) == labels).shape(), (Shape{2, 2}));
}

TEST(Indices, OutOfRangeAreNamed) {
  const Var<double> x(Array<double>{1, 2, 3});
  EXPECT_TRUE(has(message_of<ShapeError>([&] { take(x, {0, -4, 7}); }), {"[take]", "index -4", "axis 0", "(3,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { one_hot<double>({1, 0, 3}, 3); }), {"[one_hot]", "label 3", "place 2"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { one_hot<double>({-1}, 3); }), {"[one_hot]", "label -1"}));
  EXPECT_EQ(take(x, Indices()).shape(), (Shape{0}));
}

}  // namespace
}  // namespace xtape::tests
