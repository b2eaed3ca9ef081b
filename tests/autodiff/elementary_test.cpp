// What the elementary functions, roundings and activations promise beside values and slopes at ordinary arguments:
// exact results, derivatives at kinks and ends, every order, options.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace xtape {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Elementary, ResultsThatAreExact) {
  for (int i = -300; i <= 300; i += 3) EXPECT_EQ(log10(Var<double>(std::pow(10.0, i))).item(), i) << i;
  for (int i = -1074; i < 1024; ++i) {
    EXPECT_EQ(log2(Var<double>(std::ldexp(1.0, i))).item(), i) << i;
    EXPECT_EQ(exp2(Var<double>(i)).item(), std::ldexp(1.0, i)) << i;
  }
  for (const double n : {1.0, -2.0, 1e6, 9007199254740993.0, 1e300}) EXPECT_EQ(sinc(Var<double>(n)).item(), 0) << n;
  EXPECT_EQ(hypot(Var<double>(3e300), 4e300).item(), 5e300);
  EXPECT_EQ(cbrt(Var<double>(-27.0)).item(), -3);
  EXPECT_EQ(mod(Var<double>(-7.0), 3.0).item(), 2);
  EXPECT_EQ(fmod(Var<double>(-7.0), 3.0).item(), -1);
  EXPECT_EQ(fmod(Var<double>(1e300), 3.0).item(), std::fmod(1e300, 3.0));
}

TEST(Elementary, RoundsToDecimals) {
  EXPECT_EQ(round(Var<double>(2.675), 2).item(), 2.68);  // as NumPy's, which scales first
  EXPECT_EQ(round(Var<double>(1250.0), -2).item(), 1200);
  EXPECT_EQ(round(Var<double>(0.5)).item(), 0);
  EXPECT_EQ(round(Var<double>(-1.5)).item(), -2);
  EXPECT_TRUE(std::signbit(round(Var<double>(-0.25)).item()));
}

struct Slope {
  const char* what;
  double got, expected;
};

double slope(const auto& f, double x) {
  return grad(f)(Array<double>(x))();
}

TEST(Elementary, DerivativesAtKinksAndEnds) {
  const double both = kNan;
  const std::vector<Slope> slopes{
      {"leaky_relu at 0", slope([](const auto& x) { return leaky_relu(x, 0.25); }, 0), 0.25},
      {"elu at 0", slope([](const auto& x) { return elu(x, 0.25); }, 0), 0.25},
      {"celu at 0", slope([](const auto& x) { return celu(x, 0.25); }, 0), 1},
      {"elu far above", slope([](const auto& x) { return elu(x); }, 1e4), 1},
      {"hardtanh at its bound", slope([](const auto& x) { return hardtanh(x); }, 1), 1},
      {"hardtanh beyond", slope([](const auto& x) { return hardtanh(x); }, 1.5), 0},
      {"softshrink at lambda", slope([](const auto& x) { return softshrink(x); }, 0.5), 0},
      {"softshrink beyond", slope([](const auto& x) { return softshrink(x); }, -0.75), 1},
      {"copysign at 0", slope([](const auto& x) { return copysign(x, -1.0); }, 0), 0},
      {"copysign", slope([](const auto& x) { return copysign(x, -1.0); }, 2), -1},
      {"hypot at the origin", slope([](const auto& x) { return hypot(x, 0.0); }, 0), 0},
      {"fmax beside NaN", slope([](const auto& x) { return fmax(x, kNan); }, 1), 1},
      {"fmax of equal ones", slope([](const auto& x) { return fmax(x, 1.0); }, 1), 0.5},
      {"fmin of NaN", slope([](const auto& x) { return fmin(x, 1.0); }, both), 0},
      {"nan_to_num of NaN", slope([](const auto& x) { return nan_to_num(x); }, kNan), 0},
      {"cbrt at 0", slope([](const auto& x) { return cbrt(x); }, 0), kInfinity},
      {"arcsin at 1", slope([](const auto& x) { return arcsin(x); }, 1), kInfinity},
      {"arccos at -1", slope([](const auto& x) { return arccos(x); }, -1), -kInfinity},
      {"arccosh at 1", slope([](const auto& x) { return arccosh(x); }, 1), kInfinity},
      {"arctanh at 1", slope([](const auto& x) { return arctanh(x); }, 1), kInfinity},
      {"logit at 0", slope([](const auto& x) { return logit(x); }, 0), kInfinity},
      {"xlogy in b at a = 0", slope([](const auto& x) { return xlogy(0.0, x); }, 0), 0},
      {"xlogy(x, x) at 0", slope([](const auto& x) { return xlogy(x, x); }, 0), -kInfinity},
      {"logaddexp of infinities", slope([](const auto& x) { return logaddexp(x, -kInfinity); }, -kInfinity), 0.5},
      {"heaviside at 0", slope([](const auto& x) { return heaviside(x, 0.5); }, 0), 0},
      {"heaviside in its value at 0", slope([](const auto& x) { return heaviside(0.0, x); }, 0.5), 1},
      {"heaviside in its value elsewhere", slope([](const auto& x) { return heaviside(2.0, x); }, 0.5), 0},
      {"mod in the divisor", slope([](const auto& x) { return mod(-7.0, x); }, 3), 3},
      {"fmod in the divisor", slope([](const auto& x) { return fmod(-7.0, x); }, 3), 2},
      {"floor", slope([](const auto& x) { return floor(x) * x; }, 2.5), 2},
  };
  for (const Slope& one : slopes) EXPECT_EQ(one.got, one.expected) << one.what;
  EXPECT_TRUE(std::isnan(slope([](const auto& x) { return arctan2(x, 0.0); }, 0)));
}

// d^n sinc(0) = (-1)^(n / 2) πⁿ / (n + 1) for even n, 0 for odd n; d^n of sinh, cosh and exp2 at 0 besides.
TEST(Elementary, DerivativesToOrderFour) {
  const auto f = [](const auto& x) { return sinc(x); };
  const auto f1 = grad(f);
  const auto f2 = grad(f1);
  const auto f3 = grad(f2);
  const auto f4 = grad(f3);
  const double pi = std::numbers::pi;
  EXPECT_EQ(f1(0.0)(), 0);
  EXPECT_NEAR(f2(0.0)(), -pi * pi / 3, 1e-13);
  EXPECT_EQ(f3(0.0)(), 0);
  EXPECT_NEAR(f4(0.0)(), std::pow(pi, 4) / 5, 1e-11);
  const auto g = [](const auto& x) { return arctan(x) + cosh(x) * silu(x); };
  const double step = 1e-4, x = 0.4;
  const auto third = grad(grad(grad(g)));
  EXPECT_NEAR(grad(third)(x)(), (third(x + step)() - third(x - step)()) / (2 * step), 1e-6);
}

TEST(Elementary, ValuesOfHeavisideAndNanToNum) {
  const Array<double> x{-2, -0.0, 3, kNan};
  const Array<double> step = heaviside(x, 0.5).value();
  EXPECT_EQ(step(0), 0);
  EXPECT_EQ(step(1), 0.5);
  EXPECT_EQ(step(2), 1);
  EXPECT_TRUE(std::isnan(step(3)));
  const Var<float> odd(Array<float>{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                                    std::numeric_limits<float>::quiet_NaN(), 2});
  EXPECT_TRUE(
      close(nan_to_num(odd).value(), {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(), 0, 2}));
  EXPECT_TRUE(close(nan_to_num(odd, -1, 7, 8).value(), {7, 8, -1, 2}));
  EXPECT_EQ(nan_to_num(odd, 0, kInfinity).value()(0), std::numeric_limits<float>::infinity());
}

TEST(Elementary, OptionsThatHaveNoMeaningAreRefused) {
  const Var<double> x(1.0);
  EXPECT_TRUE(has(message_of<Error>([&] { celu(x, 0); }), {"[celu]", "positive alpha", "got 0"}));
  EXPECT_TRUE(has(message_of<Error>([&] { celu(x, kNan); }), {"[celu]", "positive alpha"}));
  EXPECT_TRUE(has(message_of<Error>([&] { softshrink(x, -1); }), {"[softshrink]", "at least 0", "got -1"}));
}

// Arrays, containers and numbers are taken as by every other function.
TEST(Elementary, TakeArraysAndContainers) {
  EXPECT_TRUE(close(arctan2(Array<double>{1, -1}, 0.0).value(), {std::numbers::pi / 2, -std::numbers::pi / 2}));
  EXPECT_TRUE(close(logit(std::vector<double>{0.5}).value(), {0.0}));
  EXPECT_TRUE(close(mod(std::vector<double>{5, -5}, 3.0).value(), {2, 1}));
  EXPECT_TRUE(close(reciprocal(std::vector<double>{4}).value(), {0.25}));
  EXPECT_TRUE(close(softshrink(std::vector<double>{2}).value(), {1.5}));
}

}  // namespace
}  // namespace xtape
