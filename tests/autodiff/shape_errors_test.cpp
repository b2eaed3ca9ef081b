// What users' mistakes say: the operation, what was expected, and every shape that takes part.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace xtape {
namespace {

Var<double> of(const Shape& shape) {
  return Var<double>(ones<double>(shape));
}

void expect_message(const std::function<void()>& mistake, const std::vector<std::string>& parts) {
  const std::string message = message_of<ShapeError>(mistake);
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  }
  // It begins with the operation and no other one is named.
  EXPECT_EQ(message.rfind(parts[0], 0), 0u) << message;
}

struct Product : Operation<"product"> {
  auto operator()(const auto& x, const auto& y) const { return x * y; }
};

TEST(ShapeErrors, OfBroadcasting) {
  const Var<double> a = of({2, 3}), b = of({4}), c = of({2, 1});
  expect_message([&] { a + b; }, {"[add]", "broadcast", "(2, 3)", "(4,)"});
  expect_message([&] { a - b; }, {"[subtract]", "(2, 3)", "(4,)"});
  expect_message([&] { b* a; }, {"[multiply]", "(4,)", "(2, 3)"});
  expect_message([&] { a / b; }, {"[divide]", "(2, 3)", "(4,)"});
  expect_message([&] { power(a, b); }, {"[power]", "(2, 3)", "(4,)"});
  expect_message([&] { arctan2(a, b); }, {"[arctan2]", "(2, 3)", "(4,)"});
  expect_message([&] { hypot(a, b); }, {"[hypot]", "(2, 3)", "(4,)"});
  expect_message([&] { mod(a, b); }, {"[mod]", "(2, 3)", "(4,)"});
  expect_message([&] { fmod(a, b); }, {"[fmod]", "(2, 3)", "(4,)"});
  expect_message([&] { fmax(a, b); }, {"[fmax]", "(2, 3)", "(4,)"});
  expect_message([&] { fmin(a, b); }, {"[fmin]", "(2, 3)", "(4,)"});
  expect_message([&] { copysign(a, b); }, {"[copysign]", "(2, 3)", "(4,)"});
  expect_message([&] { logaddexp(a, b); }, {"[logaddexp]", "(2, 3)", "(4,)"});
  expect_message([&] { logaddexp2(a, b); }, {"[logaddexp2]", "(2, 3)", "(4,)"});
  expect_message([&] { xlogy(a, b); }, {"[xlogy]", "(2, 3)", "(4,)"});
  expect_message([&] { xlog1py(a, b); }, {"[xlog1py]", "(2, 3)", "(4,)"});
  expect_message([&] { maximum(a, b); }, {"[maximum]", "(2, 3)", "(4,)"});
  expect_message([&] { static_cast<void>(a > b); }, {"[greater]", "(2, 3)", "(4,)"});
  expect_message([&] { static_cast<void>(a < b); }, {"[less]", "(2, 3) and (4,)"});
  expect_message([&] { static_cast<void>(a <= b); }, {"[less_equal]", "(2, 3) and (4,)"});
  expect_message([&] { where(a, b, c); }, {"[where]", "(2, 3)", "(4,)", "(2, 1)"});
  // Those that are made of others are named too.
  expect_message([&] { static_cast<void>(a != b); }, {"[not_equal]", "(2, 3) and (4,)"});
  expect_message([&] { static_cast<void>(a && b); }, {"[logical_and]", "(2, 3) and (4,)"});
  expect_message([&] { static_cast<void>(a || b); }, {"[logical_or]", "(2, 3) and (4,)"});
  expect_message([&] { heaviside(a, b); }, {"[heaviside]", "(2, 3) and (4,)"});
  expect_message([&] { clip(a, b, 1.0); }, {"[clip]", "(2, 3), (4,) and ()"});
  expect_message([&] { select({a > 0}, {b}, a); }, {"[select]", "(2, 3), (4,) and (2, 3)"});
  expect_message([&] { map_sum([](const auto& x) { return x * x; }, of({})); }, {"[map_sum]", "axis -1", "()"});
  expect_message([&] { map([](const auto& x, const auto& y) { return x * y; }, a, b); }, {"[map]", "(2, 3)", "(4,)"});
  expect_message([&] { map(Product{}, a, b); }, {"[product]", "(2, 3)", "(4,)"});
  expect_message([&] { a + of(Shape(40, 1)); }, {"[add]", "32", "(2, 3)", "(1, 1, 1"});
  // An array of no elements does not stretch either.
  expect_message([&] { of({0}) + of({2}); }, {"[add]", "(0,)", "(2,)"});
}

TEST(ShapeErrors, OfBroadcastTo) {
  expect_message([] { broadcast_to(of({2, 3}), {2, 4}); }, {"[broadcast_to]", "(2, 3)", "(2, 4)"});
  expect_message([] { broadcast_to(of({1, 3}), {3}); }, {"[broadcast_to]", "(1, 3)", "(3,)"});
}

TEST(ShapeErrors, OfAxesOutOfRange) {
  const Var<double> x = of({2, 3});
  const std::string shape = "(2, 3)";
  expect_message([&] { sum(x, 2); }, {"[sum]", "axis 2", shape});
  expect_message([&] { sum(x, -3); }, {"[sum]", "axis -3", shape});
  expect_message([&] { mean(x, {0, 7}); }, {"[mean]", "axis 7", shape});
  expect_message([&] { var(x, 2); }, {"[var]", "axis 2", shape});
  expect_message([&] { std(x, 2); }, {"[std]", "axis 2", shape});
  expect_message([&] { max(x, 2); }, {"[max]", "axis 2", shape});
  expect_message([&] { min(x, 2); }, {"[min]", "axis 2", shape});
  expect_message([&] { logsumexp(x, 2); }, {"[logsumexp]", "axis 2", shape});
  expect_message([&] { softmax(x, 2); }, {"[softmax]", "axis 2", shape});
  expect_message([&] { log_softmax(of({})); }, {"[log_softmax]", "axis -1", "()"});
  expect_message([&] { transpose(x, {0, 2}); }, {"[transpose]", "axis 2", shape});
  expect_message([&] { squeeze(x, -3); }, {"[squeeze]", "axis -3", shape});
  expect_message([&] { take(x, std::vector<int>{0}, 2); }, {"[take]", "axis 2", shape});
  expect_message([&] { split(x, 1, 2); }, {"[split]", "axis 2", shape});
  expect_message([&] { concatenate<double>({x, x}, 2); }, {"[concatenate]", "axis 2", shape});
  expect_message([&] { expand_dims(x, 3); }, {"[expand_dims]", "axis 3"});
  expect_message([&] { stack<double>({x, x}, 3); }, {"[stack]", "axis 3"});
}

TEST(ShapeErrors, OfAxesNamedTwice) {
  const Var<double> x = of({2, 3, 4});
  expect_message([&] { sum(x, {1, 1}); }, {"[sum]", "axis 1", "twice", "(2, 3, 4)"});
  expect_message([&] { max(x, {0, -3}); }, {"[max]", "axis -3", "twice", "(2, 3, 4)"});
  expect_message([&] { transpose(x, {0, 1, 1}); }, {"[transpose]", "axis 1", "twice", "(2, 3, 4)"});
  expect_message([&] { squeeze(of({1, 2}), {0, -2}); }, {"[squeeze]", "twice", "(1, 2)"});
  expect_message([&] { expand_dims(x, {0, 0}); }, {"[expand_dims]", "twice"});
}

TEST(ShapeErrors, OfReductionsOfNothing) {
  expect_message([] { max(of({0})); }, {"[max]", "no elements", "(0,)"});
  expect_message([] { min(of({2, 0}), 1); }, {"[min]", "no elements", "(2, 0)"});
  EXPECT_EQ(max(of({2, 0}), 0).shape(), Shape{0});  // nothing is asked for
}

TEST(ShapeErrors, OfReshaping) {
  const Var<double> x = of({2, 3});
  expect_message([&] { reshape(x, {4, 2}); }, {"[reshape]", "6 elements", "(2, 3)", "(4, 2)"});
  expect_message([&] { reshape(x, {4, -1}); }, {"[reshape]", "(2, 3)", "(4, -1)"});
  expect_message([&] { reshape(x, {-1, -1}); }, {"[reshape]", "-1", "(2, 3)"});
  expect_message([&] { reshape(x, {-2, 3}); }, {"[reshape]", "negative", "(2, 3)"});
  expect_message([&] { reshape(x, {0, -1}); }, {"[reshape]", "(2, 3)", "(0, -1)"});
  expect_message([&] { reshape(of({0, 3}), {0, -1}); }, {"[reshape]", "(0, 3)", "(0, -1)"});  // any extent would do
  expect_message([&] { reshape(x, Shape{}); }, {"[reshape]", "(2, 3)", "()"});
  expect_message([&] { transpose(x, {0}); }, {"[transpose]", "1 axes", "(2, 3)"});
  expect_message([&] { squeeze(of({1, 3}), 1); }, {"[squeeze]", "axis 1", "extent 3", "(1, 3)"});
  expect_message([&] { expand_dims(x, Axes{}); }, {"[expand_dims]", "at least one axis"});
}

TEST(ShapeErrors, OfPicking) {
  const Var<double> x = of({2, 3});
  expect_message([&] { slice(x, {{}, {}, {}}); }, {"[slice]", "3 ranges", "(2, 3)"});
  expect_message([&] { slice(x, {{0, 1, 0}}); }, {"[slice]", "step of 0", "(2, 3)"});
  expect_message([&] { take(x, std::vector<int>{0, 3}, 1); }, {"[take]", "index 3", "axis 1", "(2, 3)"});
  expect_message([&] { take(x, std::vector<int>{-3}); }, {"[take]", "index -3", "axis 0", "(2, 3)"});
  expect_message([&] { take(of({0}), std::vector<int>{0}); }, {"[take]", "index 0", "(0,)"});
  expect_message([&] { split(x, 2, 1); }, {"[split]", "axis 1", "(2, 3)", "2 equal parts"});
  expect_message([&] { split(x, 0); }, {"[split]", "(2, 3)", "0 equal parts"});
  expect_message(
      [&] {
        one_hot<float>(std::vector<int>{0, 2, 5}, 3);
      },
      {"[one_hot]", "label 5", "place 2", "3 classes"});
  expect_message([&] { one_hot<float>(std::vector<int>{-1}, 3); }, {"[one_hot]", "label -1", "3 classes"});
}

TEST(ShapeErrors, OfPuttingTogether) {
  const Var<double> x = of({2, 3});
  expect_message([&] { concatenate<double>({}); }, {"[concatenate]", "at least one"});
  expect_message([&] { concatenate<double>({x, of({3, 2})}); }, {"[concatenate]", "axis 0", "(2, 3)", "(3, 2)"});
  expect_message([&] { concatenate<double>({x, of({2})}, 1); }, {"[concatenate]", "(2, 3)", "(2,)"});
  expect_message([&] { concatenate<double>({of({}), of({})}); }, {"[concatenate]", "axis 0", "()"});
  expect_message([&] { stack<double>({}); }, {"[stack]", "at least one"});
  expect_message([&] { stack<double>({x, of({2, 4})}); }, {"[stack]", "(2, 3)", "(2, 4)"});
}

TEST(ShapeErrors, OfProducts) {
  const Var<double> a = of({128, 784}), w = of({400, 784});
  expect_message([&] { matmul(a, w); },
                 {"[matmul]", "inner", "(128, 784)", "(400, 784)", "did you mean matmul(a, transpose(b))?"});
  const std::string no_hint = message_of<ShapeError>([] { matmul(of({2, 3}), of({4, 5})); });
  EXPECT_EQ(no_hint.find("did you mean"), std::string::npos) << no_hint;
  expect_message([] { matmul(of({2, 3}), of({2})); }, {"[matmul]", "(2, 3)", "(2,)"});
  expect_message([] { matmul(of({3}), of({2, 3})); }, {"[matmul]", "(3,)", "(2, 3)"});
  expect_message([] { matmul(of({}), of({2, 3})); }, {"[matmul]", "()", "(2, 3)", "use *"});
  expect_message([] { matmul(of({2, 3, 4}), of({3, 4, 5})); }, {"[matmul]", "leading", "(2, 3, 4)", "(3, 4, 5)"});
  expect_message([] { dot(of({2, 3}), of({2, 4, 5})); }, {"[dot]", "inner", "(2, 3)", "(2, 4, 5)"});
  expect_message([&] { linear(a, w, of({401})); }, {"[linear]", "(128, 784)", "(400, 784)", "(401,)"});
  expect_message([&] { linear(a, of({784, 400}), of({400})); }, {"[linear]", "(128, 784)", "(784, 400)", "(400,)"});
  expect_message([&] { linear(of({}), w, of({400})); }, {"[linear]", "()", "(400, 784)"});
}

// A product of extents that wraps around must not pass for a small one.
TEST(ShapeErrors, OfSizesThatOverflow) {
  const std::ptrdiff_t huge = (std::ptrdiff_t(1) << 62) + 1, large = std::ptrdiff_t(1) << 32;
  EXPECT_THROW(reshape(of({4}), {huge, 4}), ShapeError);
  EXPECT_THROW(reshape(of({4}), {huge, 4, -1}), ShapeError);
  EXPECT_THROW(reshape(of({0}), {large, large}), ShapeError);
  EXPECT_THROW(broadcast_to(of({}), {std::size_t(large), std::size_t(large)}), ShapeError);
}

TEST(Axes, AnEmptyVectorIsNoAxisAndEmptyBracesAreAll) {
  EXPECT_EQ(sum(of({2, 3}), std::vector<std::ptrdiff_t>{}).shape(), (Shape{2, 3}));
  EXPECT_EQ(sum(of({2, 3}), {}).shape(), Shape{});
}

TEST(Clip, WantsOrderedBounds) {
  EXPECT_NE(message_of<Error>([] { clip(of({2}), 1, -1); }).find("[clip] low <= high"), std::string::npos);
  EXPECT_THROW(clip(of({2}), 0, std::nan("")), Error);
}

// A mistake records nothing: the tape goes on as if it had not been made.
TEST(ShapeErrors, LeaveTheTapeAsItWas) {
  Tape<double> tape;
  const Var<double> x = tape.watch(ones<double>({2, 3}));
  const Var<double> y = sum(x * x);
  const std::size_t size = tape.size();
  EXPECT_THROW(x + of({4}), ShapeError);
  EXPECT_THROW(matmul(x, x), ShapeError);
  EXPECT_THROW(concatenate<double>({x, of({3, 2})}), ShapeError);
  EXPECT_THROW(stack<double>({x, of({3, 2})}), ShapeError);
  EXPECT_THROW(stack<double>({x, x}, 4), ShapeError);
  EXPECT_EQ(tape.size(), size);
  for (const double g : tape.gradient(y, x)) EXPECT_EQ(g, 2);
}

}  // namespace
}  // namespace xtape
