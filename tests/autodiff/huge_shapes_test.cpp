// Shapes that no memory could hold, arrays of no elements with huge extents, and indices that are negative numbers in
// an unsigned type. Run under -fsanitize=undefined too: strides are products of extents, and may overflow where the
// number of elements is 0.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace xtape {
namespace {

constexpr std::size_t kLargest = std::numeric_limits<std::ptrdiff_t>::max(), kHuge = std::size_t(1) << 40;

Var<double> of(const Shape& shape) {
  return Var<double>(zeros<double>(shape));
}

void expect_refused(const std::string& operation, const std::string& what, const std::function<void()>& mistake) {
  const std::string message = message_of<ShapeError>(mistake);
  EXPECT_EQ(message.rfind("[" + operation + "] ", 0), 0u) << message;
  EXPECT_TRUE(has(message, {what}));
}

TEST(HugeShapes, AreCountedWithoutTheirExtentsOfZero) {
  EXPECT_EQ(size_of({kHuge, 0, 1024}), 0u);
  EXPECT_EQ(size_of({(std::size_t(1) << 60) - 1}), (std::size_t(1) << 60) - 1);
  for (const Shape& shape : {Shape{kLargest, 0}, Shape{0, kLargest}, Shape{0, kHuge, kHuge}, Shape{kHuge, 0, kHuge},
                             Shape{std::size_t(-1), 0}, Shape{std::size_t(-1)}, Shape{std::size_t(1) << 60},
                             Shape{0, 1, 2, kHuge, std::size_t(1) << 24}}) {
    expect_refused("array", to_string(shape), [&] { size_of(shape); });
  }
}

TEST(HugeShapes, OfNewArraysAreRefused) {
  for (const Shape& shape : {Shape{0, kLargest}, Shape{kLargest, 2}, Shape{kHuge, kHuge}}) {
    const std::string text = to_string(shape);
    expect_refused("empty", text, [&] { empty<float>(shape); });
    expect_refused("full", text, [&] { full<float>(shape, 1.0f); });
    expect_refused("zeros", text, [&] { zeros<double>(shape); });
    expect_refused("ones", text, [&] { ones<double>(shape); });
    Random rng(1);
    expect_refused("Random::normal", text, [&] { rng.normal<float>(shape); });
    expect_refused("Random::uniform", text, [&] { rng.uniform<double>(shape); });
    expect_refused("reshape", text, [&] { reshape(of({0}), shape); });
    expect_refused("broadcast_to", text, [&] { broadcast_to(of(Shape(shape.size(), 1)), shape); });
  }
  const std::vector<int> none, two{0, 1};
  expect_refused("one_hot", "(0, 9223372036854775807)", [&] { one_hot<float>(none, kLargest); });
  expect_refused("one_hot", "(2, 18446744073709551615)", [&] { one_hot<float>(two, std::size_t(-1)); });
}

TEST(HugeShapes, OfResultsAreRefused) {
  const Var<double> tall = of({kHuge, 0, 1}), wide = of({0, kHuge});
  const std::size_t half = std::size_t(1) << 59;
  expect_refused("add", "(1099511627776, 0, 1099511627776)", [&] { tall + wide; });
  expect_refused("where", "(1099511627776, 0, 1099511627776)", [&] { where(tall, wide, 0.0); });
  expect_refused("map", "1099511627776", [&] { map([](const auto& x, const auto& y) { return x * y; }, tall, wide); });
  expect_refused("matmul", "(1099511627776, 1099511627776)", [&] { matmul(of({kHuge, 0}), of({0, kHuge})); });
  expect_refused("linear", "(576460752303423488, 3)", [&] { linear(of({half, 0}), of({3, 0}), of({3})); });
  expect_refused("concatenate", "(1152921504606846976, 0)", [&] {
    concatenate<double>({of({half, 0}), of({half, 0})});
  });
  expect_refused("concatenate", "(2, 576460752303423488, 0)", [&] { stack<double>({of({half, 0}), of({half, 0})}); });
  xt::xarray<int> indices = xt::zeros<int>({std::size_t(1) << 30, std::size_t(0)});
  expect_refused("take", "(1073741824, 0, 1099511627776, 0)", [&] { take(of({3, kHuge, 0}), indices); });
}

// What has no elements and stays within the limit takes no time, whatever its extents.
TEST(HugeShapes, OfNoElementsCostNothing) {
  const Var<double> x = of({kHuge, 4, 0});
  EXPECT_EQ(take(x, {0, -1}, 1).shape(), (Shape{kHuge, 2, 0}));
  EXPECT_EQ(concatenate<double>({x, x}, 1).shape(), (Shape{kHuge, 8, 0}));
  EXPECT_EQ(stack<double>({x, x}, -1).shape(), (Shape{kHuge, 4, 0, 2}));
  EXPECT_EQ(split(x, 4, 1)[3].shape(), (Shape{kHuge, 1, 0}));
  EXPECT_EQ(slice(x, {{0, -1}, {{}, {}, -1}}).shape(), (Shape{kHuge - 1, 4, 0}));
  EXPECT_EQ(transpose(x, {2, 0, 1}).shape(), (Shape{0, kHuge, 4}));
  EXPECT_EQ(matmul(x, of({0, 0})).shape(), (Shape{kHuge, 4, 0}));
  EXPECT_EQ(softmax(x, 1).shape(), (Shape{kHuge, 4, 0}));
  EXPECT_EQ((x * 2.0 + of({4, 1})).shape(), (Shape{kHuge, 4, 0}));
  EXPECT_EQ(prod(x, 0).shape(), (Shape{4, 0}));
  EXPECT_EQ(diff(x, kHuge, 0).shape(), (Shape{0, 4, 0}));
  EXPECT_EQ(tril(x).shape(), x.shape());
  EXPECT_EQ(roll(flip(x), 5, 0).shape(), x.shape());
  EXPECT_EQ(pad(x, {{1, 2}, 0, 0}, PadMode::kReflect).shape(), (Shape{kHuge + 3, 4, 0}));
  EXPECT_EQ(pad(x, {{1, 2}, 0, 0}).shape(), (Shape{kHuge + 3, 4, 0}));
  EXPECT_EQ(repeat(x, std::vector<int>{1, 2, 0, 1}, 1).shape(), x.shape());
  EXPECT_EQ(index_add(x, {0, 1}, 1.0).shape(), x.shape());
  EXPECT_EQ(at(x, {{0, 5}}).set(1.0).shape(), x.shape());
  for (const std::ptrdiff_t axis : {0, 1, 2}) {
    for (const Var<double>& y : {cumsum(x, axis), cumprod(x, axis), logcumsumexp(x, axis), cummax(x, axis),
                                 linear_recurrence(x, x, axis), sort(x, axis)}) {
      EXPECT_EQ(y.shape(), x.shape());
    }
  }
}

TEST(HugeShapes, OfNoElementsHaveGradients) {
  Tape<double> tape;
  const Var<double> x = tape.watch(zeros<double>({kHuge, 4, 0}));
  const Var<double> joined = concatenate<double>({take(x, {0, 3, 3}, 1), slice(x, {{}, {1, 3}})}, 1);
  const Var<double> y = sum(softmax(joined * 2.0, 1)) + sum(matmul(x, of({0, 0}))) + sum(cumprod(cumsum(x, 0), 0)) +
                        sum(logcumsumexp(sort(x, 0), 1)) + sum(prod(x, 0));
  EXPECT_EQ(shape_of(tape.gradient(y, x)), (Shape{kHuge, 4, 0}));
}

TEST(Split, OfNothingIntoVeryManyPartsIsRefused) {
  EXPECT_EQ(split(of({0}), 3).size(), 3u);
  EXPECT_EQ(split(of({0, 2}), 65536).size(), 65536u);
  for (const std::size_t parts : {std::size_t(65537), std::size_t(1'000'000'000), std::size_t(-1)}) {
    expect_refused("split", std::to_string(parts), [&] { split(of({0}), parts); });
  }
  expect_refused("split", "(1000000000, 0)", [] { split(of({1'000'000'000, 0}), 1'000'000'000); });
}

TEST(Extremes, OfNoElementsAreRefusedWhereThereAreNoResultsEither) {
  expect_refused("max", "(0, 0)", [] { max(of({0, 0}), 0); });
  expect_refused("min", "(0, 0)", [] { min(of({0, 0}), {0, 1}); });
  expect_refused("max", "(3, 0, 0)", [] { max(of({3, 0, 0}), -1, true); });
  EXPECT_EQ(max(of({0, 2, 0}), 1).shape(), (Shape{0, 0}));
}

// -1 in an unsigned type is 2^64 - 1.
TEST(UnsignedNumbers, DoNotCountAsNegativeOnes) {
  const Var<double> x = of({3, 4});
  const std::string above = "9223372036854775807 or above";
  for (const std::uint64_t minus : {~std::uint64_t(0), ~std::uint64_t(2), std::uint64_t(1) << 63}) {
    expect_refused("take", above, [&] { take(x, std::vector<std::uint64_t>{0, minus}); });
    expect_refused("take", above, [&] { take(x, xt::xarray<std::size_t>{std::size_t(minus)}, 1); });
    expect_refused("take", above, [&] { take(x, minus); });
    expect_refused("slice", above, [&] { slice(x, {0, minus}); });
    expect_refused("element", above, [&] { x(0, minus); });
    expect_refused("element", above, [&] { x[minus]; });
    expect_refused("one_hot", above, [&] { one_hot<float>(std::vector<std::uint64_t>{minus}, 3); });
    expect_refused("sum", above, [&] { sum(x, std::size_t(minus)); });
    expect_refused("expand_dims", above, [&] { expand_dims(x, minus); });
    expect_refused("reshape", "", [&] { reshape(x, {minus, 3}); });
    expect_refused("reshape", "", [&] { reshape(x, Shape{3, std::size_t(minus)}); });
  }
  EXPECT_EQ(take(x, std::vector<std::uint8_t>{2, 0}).shape(), (Shape{2, 4}));
  EXPECT_EQ(sum(x, 1u).shape(), Shape{3});
}

}  // namespace
}  // namespace xtape
