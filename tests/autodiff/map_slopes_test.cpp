// Where a slope inside a fused function is infinite or NaN, what does not depend on it is not touched: the gradients of
// map are those of the same operations one by one.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

TEST(MapSlopes, OfAConstantExponentAtANegativeBase) {
  const auto cube = [](const auto& x) { return sum(map([](const auto& u) { return power(u, 3.0); }, x)); };
  const Doubles slopes = grad(cube)(Doubles{-2.0, 3.0});
  EXPECT_EQ(slopes(0), 12);
  EXPECT_EQ(slopes(1), 27);
}

TEST(MapSlopes, OfARootAtZero) {
  const auto f = [](const auto& x, const auto& y) {
    return sum(map([](const auto& u, const auto& v) { return u + sqrt(v); }, x, y));
  };
  const auto [dx, dy] = grad(f)(Doubles{1.0}, Doubles{0.0});
  EXPECT_EQ(dx(0), 1);
  EXPECT_EQ(dy(0), std::numeric_limits<double>::infinity());
}

TEST(MapSlopes, OfAnOverflowingScale) {
  const auto z = [](const auto& mean, const auto& log_sigma, const auto& noise) {
    return sum(map([](const auto& m, const auto& s, const auto& e) { return m + exp(s) * e; }, mean, log_sigma, noise));
  };
  const auto [mean, log_sigma, noise] = grad(z)(Doubles{0.0}, Doubles{1e4}, Doubles{0.5});
  EXPECT_EQ(mean(0), 1);
  EXPECT_EQ(log_sigma(0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(noise(0), std::numeric_limits<double>::infinity());
}

// What is not chosen moves nowhere, be its derivative infinite or NaN.
TEST(MapSlopes, OfWhatIsNotChosenAreLeftOut) {
  const auto slope = [](const auto& f, double x) {
    return grad([&](const auto& v) { return sum(map(f, v)); })(Doubles{x, 0.5, x})(0);
  };
  EXPECT_EQ(slope([](const auto& x) { return where(x >= 0.0, x, sqrt(-x)); }, 1.0), 1);
  EXPECT_EQ(slope([](const auto& x) { return where(x < 0.0, sqrt(-x), x); }, 1.0), 1);
  EXPECT_EQ(slope([](const auto& x) { return where(x >= 0.0, x, sqrt(-x)); }, -4.0), -0.25);
  EXPECT_EQ(slope([](const auto& x) { return where(x > 0.0, x, exp(x)); }, 1000.0), 1);
  EXPECT_EQ(slope([](const auto& x) { return where(x > 0.0, 2.0 * x, log(x)); }, 0.0),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(slope([](const auto& x) { return where(x > 0.0, log(x), 0.0); }, 0.0), 0);
  EXPECT_EQ(slope([](const auto& x) { return maximum(3.0 * x, sqrt(x) - 1.0); }, 0.0), 3);
  EXPECT_EQ(slope([](const auto& x) { return minimum(3.0 * x, sqrt(x) + 1.0); }, 0.0), 3);
  EXPECT_EQ(slope([](const auto& x) { return clip(sqrt(x), 0.25, 2.0) + x; }, 0.0), 1);
  EXPECT_EQ(slope([](const auto& x) { return relu(sqrt(x) - 1.0) + x; }, 0.0), 1);
  EXPECT_EQ(
      slope([](const auto& x) { return where(x > 2.0, log(x - 2.0), where(x >= 1.0, x * x, sqrt(1.0 - x))); }, 1.5), 3);
}

// The gradient of a sum is 1, and the derivative that map saved becomes the operand's gradient as it is: another sweep
// finds it unchanged, though the first one added to that gradient, and though an operand was broadcast.
TEST(MapSlopes, OfASumSweptAgain) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}), y = tape.watch(Doubles{2.0, 3.0, 4.0});
  const auto product = [](const auto& a, const auto& b) { return a * a * b; };
  const Var<double> loss = sum(map(product, x, y)) + sum(map(product, y, x)) + sum(x);
  const Doubles xs = x.value(), ys = y.value();
  const Doubles dx = 2.0 * xs * ys + ys * ys + 1.0, dy = xt::sum(xs * xs + 2.0 * ys * xs, {0});
  for (const bool retain : {true, true, false}) {
    const std::vector<Array<double>> got = tape.gradient(loss, {x, y}, {.retain = retain});
    EXPECT_EQ(Doubles(got[0]), dx);
    EXPECT_EQ(Doubles(got[1]), dy);
  }
}

}  // namespace
}  // namespace xtape
