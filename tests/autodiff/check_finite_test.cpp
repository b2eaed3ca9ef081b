// A tape that checks names the operation that first made a NaN or an infinity, forward and backward.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What a checking tape says of f(x), or of its gradient.
template <class F>
std::string complaint(const F& f, const Doubles& x) {
  return message_of<NumericError>([&] {
    Tape<double> tape({.check_finite = true});
    const Var<double> a = tape.watch(x);
    tape.gradient(sum(f(a)), a);
  });
}

TEST(CheckFinite, NamesTheOperation) {
  EXPECT_TRUE(has(complaint([](const auto& x) { return exp(log(x) * 2.0) + 1.0; }, {{1, 2, 3}, {4, 0, 5}}),
                  {"[log] the result is not finite: element 4 of shape (2, 3) is -inf"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return 1.0 + sqrt(x); }, {4, -1}), {"[sqrt]", "element 1", "nan"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return matmul(x, x); }, {{1e200, 0}, {0, 1}}), {"[matmul]", "inf"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return map([](auto v) { return 1.0 / v; }, x); }, {1, 0}), {"[map]"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return concatenate<double>({x, exp(1e3 * x)}); }, {1, 0}), {"[exp]"}));
}

TEST(CheckFinite, SaysWhereAnOperandWasBadAlready) {
  EXPECT_TRUE(has(complaint([](const auto& x) { return x * 2.0; }, {1, kInfinity}),
                  {"[multiply] operand 0 is not finite: element 1 of shape (2,) is inf"}));
  const Doubles data{1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_TRUE(has(complaint([&](const auto& x) { return x + data; }, {1, 2}), {"[add] operand 1", "nan"}));
  EXPECT_TRUE(has(complaint(
                      [&](const auto& x) {
                        return concatenate<double>({x, Var<double>(data)});
                      },
                      {1, 2}),
                  {"[concatenate] operand 1", "nan"}));
}

TEST(CheckFinite, ANanHasNoSign) {
  const Doubles data{1, std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0)};
  EXPECT_TRUE(has(complaint([&](const auto& x) { return x + data; }, {1, 2}), {"element 1 of shape (2,) is nan"}));
}

TEST(CheckFinite, NamesTheOperationInTheSweep) {
  EXPECT_TRUE(has(complaint([](const auto& x) { return square(sqrt(x * 2.0)); }, {1, 0}), {"[sqrt]", "gradient"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return sqrt(x); }, {1, 0}),
                  {"[sqrt] the gradient of operand 0 is not finite: element 1 of shape (2,) is inf"}));
  EXPECT_TRUE(has(complaint([](const auto& x) { return power(x + 1.0, 0.3); }, {1, -1}), {"[power]", "gradient"}));
  // A structural op whose derivative is made of others.
  EXPECT_TRUE(has(complaint([](const auto& x) { return exp(500.0 + var(1e-160 * x) * 1e305); }, {1, -1}), {"["}));
}

TEST(CheckFinite, NamesTheOperationInARecordedSweep) {
  const std::string message = message_of<NumericError>([&] {
    Tape<double> tape({.check_finite = true});
    const Var<double> a = tape.watch(Doubles{1, 0});
    grad([](const auto& x) { return sum(sqrt(x)); })(a);
  });
  EXPECT_TRUE(has(message, {"[sqrt] in its derivative: [divide]", "inf"}));
}

// The slope in the exponent, y ln a, is NaN for a negative base; nobody asks for it.
TEST(CheckFinite, LeavesOutWhatNobodyAskedFor) {
  Tape<double> tape({.check_finite = true});
  const Var<double> x = tape.watch(-2.0);
  const Var<double> slope = grad([](const auto& u) { return power(u, 3.0); })(x);
  EXPECT_EQ(slope.item(), 12);
  EXPECT_EQ(tape.gradient(slope, x)(), -12);
}

TEST(CheckFinite, LetsFiniteNumbersPass) {
  Tape<double> tape({.check_finite = true});
  const Var<double> a = tape.watch(Doubles{1, 2}), y = sum(exp(a) * sqrt(a));
  const Array<double> d = tape.gradient(y, a, {.retain = true});
  EXPECT_NEAR(d(0), 1.5 * std::exp(1.0), 1e-12);
  EXPECT_THROW(tape.gradient(exp(a * 1e4), a, Doubles{1, 1}), NumericError);
  EXPECT_TRUE(close(tape.gradient(y, a), d));  // the tape goes on
}

TEST(CheckFinite, IsOffUnlessAskedFor) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 0});
  EXPECT_EQ(tape.gradient(sum(sqrt(a)), a)(1), kInfinity);
}

}  // namespace
}  // namespace xtape
