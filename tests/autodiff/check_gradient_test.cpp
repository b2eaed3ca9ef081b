// check_gradient: what it accepts, and how exactly it says what is wrong.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

// y = x^3, with its derivative times `factor` where x > 2; the second derivative is right unless the first is not.
struct Cube {
  static constexpr const char* name = "cube";
  static constexpr unsigned saves = kInput;
  double factor;
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  std::array<S, 1> vjp(const S& g, const auto&, const S& x) const {
    return {where(x > 2.0, factor * g * 3.0 * x * x, g * 3.0 * x * x)};
  }
};

auto cube(double factor) {
  return [factor](const auto& a, const auto& x) { return sum(a) * apply(Cube{factor}, x); };
}

// Right where it is computed, wrong where it is recorded.
struct HeldSquare : Operation<"held_square", kInput> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    if constexpr (kIsVar<S>) {
      return {2.0 * g * stop_gradient(x)};
    } else {
      return {2.0 * g * x};
    }
  }
};

TEST(CheckGradient, AcceptsRightDerivatives) {
  const Doubles x{{0.5, -1, 2}, {1, 0.3, -0.7}}, row{1, 2, 3};
  const GradientReport report = check_gradient([](const auto& a, const auto& b) { return exp(sin(a)) * b; }, x, row);
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_LT(report.first_order_error, 1e-8);
  EXPECT_LT(report.second_order_error, 1e-7);
  EXPECT_EQ(report.float32_error, 0);
  EXPECT_TRUE(check_gradient(cube(1), Doubles{1, 2}, Doubles{1, 2, 3}).ok());
}

TEST(CheckGradient, SaysWhichEntryIsWrongByHowMuch) {
  const GradientReport report = check_gradient(cube(1.25), 1.0, Doubles{{1, -2, 0.5}, {1.5, 3, -4}});
  EXPECT_FALSE(report.ok());
  EXPECT_GT(report.first_order_error, 1e-3);
  EXPECT_TRUE(has(report.message,
                  {"[check_gradient] the derivative of argument 1 at entry (1, 1) is ", "expected ", "off by "}));
  // d = c 27, 1.25 times too large, for a random cotangent c
  double got = 0, expected = 0, off = 0;
  ASSERT_EQ(std::sscanf(report.message.c_str() + report.message.find(" is "), " is %lf, expected %lf, off by %lf", &got,
                        &expected, &off),
            3)
      << report.message;
  EXPECT_NEAR(got / expected, 1.25, 1e-6);
  EXPECT_NEAR(off, std::abs(got - expected), 1e-6 * off);
}

TEST(CheckGradient, PrintsSmallNumbersToo) {
  const auto tiny = [](const auto& x) { return 1e-12 * apply(Cube{-1}, x); };
  const GradientReport report = check_gradient(tiny, Doubles{1, 3});
  EXPECT_FALSE(report.ok());
  EXPECT_TRUE(has(report.message, {"entry (1,)", "e-1"}));
}

TEST(CheckGradient, FindsWrongSecondDerivatives) {
  const auto f = [](const auto& x) { return apply(HeldSquare{}, x); };
  const Doubles x{1, 2};
  const GradientReport report = check_gradient(f, x);
  EXPECT_LT(report.first_order_error, 1e-8);
  EXPECT_GT(report.second_order_error, 0.5);
  EXPECT_TRUE(has(report.message, {"second derivative", "argument 0", "expected", "off by"}));
  EXPECT_TRUE(check_gradient({.order = 1}, f, x).ok());
}

TEST(CheckGradient, TakesTolerances) {
  const auto f = cube(1 + 1e-4);
  const Doubles a{1}, x{3};
  EXPECT_FALSE(check_gradient(f, a, x).ok());
  EXPECT_TRUE(check_gradient({.tolerance = 1e-3, .second_tolerance = 1e-3}, f, a, x).ok());
}

TEST(CheckGradient, ComparesFloatsWithDoubles) {
  const xt::xarray<float> x{{0.5f, -1}, {2, 3}};
  const GradientReport report = check_gradient([](const auto& v) { return exp(v) * sin(v); }, x);
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_GT(report.float32_error, 0);
  EXPECT_LT(report.float32_error, 1e-6);
  // v + 1e5 keeps two digits of v in float32.
  const auto lossy = [](const auto& v) { return square((v + 1e5) - 1e5); };
  const xt::xarray<float> y{0.3f, -1.1f, 2.2f};
  const GradientReport complaint = check_gradient({.tolerance = 1e-4, .second_tolerance = 1e-2}, lossy, y);
  EXPECT_TRUE(has(complaint.message, {"the float32 derivative of argument 0"}));
}

TEST(CheckGradient, NotANumberIsWrong) {
  const auto f = [](const auto& x) { return where(x > 2.5, log(x - 2.0), 0.0); };  // 0 times infinity at 2
  const GradientReport report = check_gradient(f, Doubles{1, 2, 3});
  EXPECT_FALSE(report.ok());
  EXPECT_TRUE(has(report.message, {"entry (1,)", "nan"}));
}

TEST(CheckGradient, OfConstantsNumbersAndNothing) {
  EXPECT_TRUE(check_gradient([](const auto&) { return 3.0; }, Doubles{1, 2}).ok());
  EXPECT_TRUE(check_gradient([](const auto& x) { return stop_gradient(sum(x)) * 0.0 + 1.0; }, Doubles{1, 2}).ok());
  EXPECT_TRUE(check_gradient([](const auto& x) { return exp(x); }, 0.5).ok());
  EXPECT_TRUE(check_gradient([](const auto& x) { return exp(x); }, 0.5f).ok());
  EXPECT_TRUE(check_gradient([](const auto& x) { return exp(x); }, Doubles::from_shape({0, 3})).ok());
  EXPECT_FALSE(check_gradient([](const auto& x, const auto&) { return sum(stop_gradient(x) * x); }, Doubles{1, 2},
                              Doubles::from_shape({0}))
                   .ok());
}

}  // namespace
}  // namespace xtape
