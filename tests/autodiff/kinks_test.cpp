// Derivatives where there is more than one to choose from, as the headers document them: at kinks, ties and bounds, at
// the ends of a domain, and of what was not chosen. Each in the fused sweep and in the recorded one,
// and inside map.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace xtape {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect_same(double got, double expected, const char* how, double at) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(got)) << how << " at " << at << " is " << got;
  } else {
    EXPECT_EQ(got, expected) << how << " at " << at;
  }
}

using Scalar = std::function<Var<double>(const Var<double>&)>;

// f'(x) by both sweeps.
void expect_slope(const Scalar& f, double x, double expected) {
  const Array<double> point(x);
  expect_same(grad(f)(point)(), expected, "the fused derivative", x);
  Tape<double> tape;
  expect_same(grad(f)(tape.watch(point)).item(), expected, "the recorded derivative", x);
}

TEST(Kinks, OfReluAbsAndSign) {
  const auto rectify = [](const auto& x) { return relu(x); };
  expect_slope(rectify, 0.0, 0);
  expect_slope(rectify, -0.0, 0);
  expect_slope(rectify, 1e-300, 1);
  expect_slope(rectify, -kInfinity, 0);
  expect_slope(rectify, kInfinity, 1);
  const auto magnitude = [](const auto& x) { return abs(x); };
  expect_slope(magnitude, 0.0, 0);
  expect_slope(magnitude, -0.0, 0);
  expect_slope(magnitude, -1e-300, -1);
  expect_slope(magnitude, kInfinity, 1);
  expect_slope(magnitude, kNan, kNan);
}

TEST(Kinks, OfClipLieInside) {
  const auto limit = [](const auto& x) { return clip(x, -0.5, 2.0); };
  expect_slope(limit, -0.5, 1);
  expect_slope(limit, 2.0, 1);
  expect_slope(limit, 0.0, 1);
  expect_slope(limit, std::nextafter(-0.5, -1.0), 0);
  expect_slope(limit, std::nextafter(2.0, 3.0), 0);
  expect_slope(limit, kInfinity, 0);
}

TEST(Kinks, AtTiesOfMaximumAndMinimumGiveHalfToEach) {
  expect_slope([](const auto& x) { return maximum(x, 1.0); }, 1.0, 0.5);
  expect_slope([](const auto& x) { return maximum(1.0, x); }, 1.0, 0.5);
  expect_slope([](const auto& x) { return minimum(x, 1.0); }, 1.0, 0.5);
  expect_slope([](const auto& x) { return minimum(1.0, x); }, 1.0, 0.5);
  expect_slope([](const auto& x) { return maximum(x, x); }, 3.0, 1);
  expect_slope([](const auto& x) { return maximum(x, 1.0); }, 1.5, 1);
  expect_slope([](const auto& x) { return minimum(x, 1.0); }, 1.5, 0);
  expect_slope([](const auto& x) { return maximum(x, -kInfinity); }, -kInfinity, 0.5);
  // Signed zeros are equal.
  expect_slope([](const auto& x) { return maximum(x, 0.0); }, -0.0, 0.5);
}

TEST(Kinks, OfWhereLeaveTheConditionConstant) {
  expect_slope([](const auto& x) { return where(x > 0.0, 3.0 * x, -x); }, 2.0, 3);
  expect_slope([](const auto& x) { return where(x > 0.0, 3.0 * x, -x); }, 0.0, -1);
  expect_slope([](const auto& x) { return where(x, 3.0 * x, x); }, kNan, 3);  // NaN is not 0, so it counts as true
  // The branch that is not taken, replaced inside as the header advises, does not spoil the gradient.
  expect_slope([](const auto& x) { return where(x > 0.0, log(where(x > 0.0, x, 1.0)), 0.0); }, -1.0, 0);
}

TEST(Kinks, OfComparisonsAreFlat) {
  const Array<double> x{-1.0, 0.0, 2.0};
  const auto count = [](const auto& v) {
    return sum((v > 0.0) + (v >= 0.0) + (v < 0.0) + (v <= 0.0) + equal(v, 0.0) + not_equal(v, 0.0) + sign(v));
  };
  const auto [value, gradient] = value_and_grad(count)(x);
  EXPECT_EQ(value, 1 + 2 + 1 + 2 + 1 + 2 + 0);
  for (const double g : gradient) EXPECT_EQ(g, 0);
}

TEST(Kinks, AtTheEndsOfADomain) {
  expect_slope([](const auto& x) { return sqrt(x); }, 0.0, kInfinity);
  expect_slope([](const auto& x) { return log(x); }, 0.0, kInfinity);
  expect_slope([](const auto& x) { return log1p(x); }, -1.0, kInfinity);
  expect_slope([](const auto& x) { return exp(x); }, -kInfinity, 0);
  expect_slope([](const auto& x) { return tanh(x); }, kInfinity, 0);
}

TEST(Kinks, OfPowers) {
  expect_slope([](const auto& x) { return power(x, 3.0); }, 0.0, 0);
  expect_slope([](const auto& x) { return power(x, 3.0); }, -2.0, 12);
  expect_slope([](const auto& x) { return power(x, 1.0); }, 0.0, 1);
  expect_slope([](const auto& x) { return power(x, 0.0); }, 0.0, 0);
  expect_slope([](const auto& x) { return power(x, 0.0); }, 5.0, 0);
  expect_slope([](const auto& x) { return power(0.0, x); }, 2.0, 0);
  expect_slope([](const auto& x) { return power(0.0, x); }, 0.0, 0);
  expect_slope([](const auto& x) { return power(x, 0.25); }, 0.0, kInfinity);
  // The exponents that have an operation of their own.
  expect_slope([](const auto& x) { return power(x, 2.0); }, -3.0, -6);
  expect_slope([](const auto& x) { return power(x, 0.5); }, 4.0, 0.25);
  expect_slope([](const auto& x) { return power(x, -1.0); }, 2.0, -0.25);
}

// A constant: its slope is 0 where xᵇ⁻¹ is infinite or NaN as well.
TEST(Kinks, OfPowersWithExponentZero) {
  const auto one = [](const auto& x) { return power(x, 0.0); };
  const auto mapped = [](const auto& x) { return map([](const auto& u) { return power(u, 0.0); }, x); };
  for (const double x : {0.0, 5e-324, -1e-310, 1e-300, 1e300, kInfinity, -kInfinity, kNan}) {
    expect_slope(one, x, 0);
    expect_slope(mapped, x, 0);
  }
  expect_slope([](const auto& x) { return power(kInfinity, x); }, -1.0, 0);
}

// What is representable is not lost to an intermediate that is not.
TEST(Kinks, OfQuotientsOverAllMagnitudes) {
  const auto slope = [](double a, double b, double g) {
    return std::get<1>(
        grad([g](const auto& u, const auto& v) { return g * (u / v); })(Array<double>(a), Array<double>(b)))();
  };
  EXPECT_EQ(slope(0.0, 1e-300, 1e10), 0);
  EXPECT_DOUBLE_EQ(slope(1e-306, 1e-300, 1e10), -1e304);
  EXPECT_DOUBLE_EQ(slope(1e300, 1e-10, 1e-300), -1e20);
  EXPECT_DOUBLE_EQ(slope(1e-300, 1e10, 1e300), -1e-20);
  EXPECT_DOUBLE_EQ(slope(1e-300, 1e-200, 1e-100), -1.0);
  EXPECT_DOUBLE_EQ(slope(1e300, 1e200, 1e100), -1.0);
}

TEST(Kinks, SignsOfZero) {
  const Var<double> zero(0.0), minus(-0.0);
  const auto negative = [](const Var<double>& y) { return y.item() == 0 && std::signbit(y.item()); };
  for (const Var<double>& y : {-zero, expm1(minus), log1p(minus), sin(minus), tanh(minus), sqrt(minus), minus * 1.0,
                               minimum(zero, minus), minimum(minus, zero), where(1.0, minus, zero)}) {
    EXPECT_TRUE(negative(y));
  }
  for (const Var<double>& y : {-minus, sign(minus), sign(zero), abs(minus), relu(minus), maximum(zero, minus),
                               maximum(minus, zero), clip(minus, 0.0, 1.0), square(minus)}) {
    EXPECT_EQ(y.item(), 0);
    EXPECT_FALSE(negative(y));
  }
}

// One function with all of the kinks, whose terms have weights that tell them apart.
TEST(Kinks, InsideMapAreAsOutside) {
  const auto f = [](const auto& x) {
    return relu(x) + 10.0 * abs(x) + 100.0 * clip(x, -0.5, 2.0) + 1e3 * maximum(x, 1.0) + 1e4 * minimum(1.0, x) +
           1e5 * where(x > 0.0, 3.0 * x, -x) + 1e6 * power(x, 3.0) + 1e7 * (x >= 1.0) * x + 1e8 * sqrt(relu(x)) +
           1e9 * sqrt(where(x > 0.0, x, 0.0));
  };
  for (const double x : {-3.0, -0.5, -0.0, 0.0, 1.0, 1.5, 2.0, kInfinity}) {
    const double outside = grad(Scalar(f))(Array<double>(x))();
    const double inside = grad([&f](const auto& v) { return map(f, v); })(Array<double>(x))();
    expect_same(inside, outside, "the derivative in map", x);
    EXPECT_FALSE(std::isnan(outside)) << x;
  }
}

// The second derivatives of aᵇ where the first ones are 0 by a rule of their own: at b = 0, d²/da db = 1/a.
TEST(Kinks, OfPowersToSecondOrder) {
  const auto f = [](const auto& a, const auto& b) { return power(a, b); };
  const auto H = hessian(f)(Array<double>(2.0), Array<double>(0.0));
  EXPECT_DOUBLE_EQ(std::get<0>(std::get<0>(H))(), 0);
  EXPECT_DOUBLE_EQ(std::get<1>(std::get<0>(H))(), 0.5);
  EXPECT_DOUBLE_EQ(std::get<0>(std::get<1>(H))(), 0.5);
  EXPECT_DOUBLE_EQ(std::get<1>(std::get<1>(H))(), std::log(2.0) * std::log(2.0));
  const auto cube = [](const auto& x) { return power(x, 3.0); };
  EXPECT_EQ(hessian(cube)(Array<double>(0.0))(), 0);
  EXPECT_EQ(hessian(cube)(Array<double>(-2.0))(), -12);
  const auto square_by_power = [](const auto& x) { return power(x, 2.0); };
  EXPECT_EQ(hessian(square_by_power)(Array<double>(0.0))(), 2);
}

TEST(Kinks, AtTiesOfMaxAndMinShareEqually) {
  const xt::xtensor<double, 2> x{{3, 1, 3}, {2, 2, 2}};
  const xt::xtensor<double, 2> of_max{{0.5, 0, 0.5}, {1 / 3.0, 1 / 3.0, 1 / 3.0}},
      of_min{{0, 1, 0}, {1 / 3.0, 1 / 3.0, 1 / 3.0}};
  for (const bool keepdims : {false, true}) {
    const auto largest = grad([keepdims](const auto& v) { return sum(max(v, -1, keepdims)); })(x);
    const auto smallest = grad([keepdims](const auto& v) { return sum(min(v, 1, keepdims)); })(x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(largest.data()[i], of_max.data()[i]);
      EXPECT_EQ(smallest.data()[i], of_min.data()[i]);
    }
  }
  const auto of_all = grad([](const auto& v) { return max(v); })(x);
  EXPECT_EQ(of_all(0, 0), 0.5);
  EXPECT_EQ(of_all(0, 2), 0.5);
  EXPECT_EQ(of_all(0, 1) + of_all(1, 0) + of_all(1, 1) + of_all(1, 2), 0);
}

// An infinite largest element is equal to itself as well.
TEST(Kinks, OfMaxAtInfinity) {
  const auto g = grad([](const auto& v) { return max(v); })(xt::xtensor<double, 1>{1, kInfinity, -kInfinity});
  EXPECT_EQ(g(0), 0);
  EXPECT_EQ(g(1), 1);
  EXPECT_EQ(g(2), 0);
}

TEST(Kinks, OfStdWhereAllElementsAreEqualAreZero) {
  for (const double at : {2.0, 0.1, 0.0, -1e-300}) {  // a mean of 0.1 may be rounded
    const auto g = grad([](const auto& v) { return std(v); })(xt::xtensor<double, 1>{at, at, at});
    for (const double slope : g) EXPECT_NEAR(slope, 0, 1e-15) << at;
  }
  const auto rows = grad([](const auto& v) { return sum(std(v, 1)); })(xt::xtensor<double, 2>{{2, 2}, {1, 3}});
  EXPECT_EQ(rows(0, 0), 0);
  EXPECT_EQ(rows(0, 1), 0);
  EXPECT_DOUBLE_EQ(rows(1, 0), -0.5);
  EXPECT_DOUBLE_EQ(rows(1, 1), 0.5);
}

TEST(Kinks, OfNormAtZero) {
  const xt::xtensor<double, 1> zero{0, 0, 0};
  const auto length = [](const auto& v) { return norm(v); };
  const auto squared = [](const auto& v) { return square(norm(v)); };
  for (const auto& slopes : {grad(length)(zero), grad(squared)(zero)}) {
    for (const double slope : slopes) EXPECT_EQ(slope, 0);
  }
  Tape<double> tape;
  const Array<double> recorded = grad(length)(tape.watch(zero)).value();
  for (const double slope : recorded) EXPECT_EQ(slope, 0);
  for (const double second : hessian(length)(zero)) EXPECT_EQ(second, 0);
  // Rows of zeros leave the others alone.
  const auto rows = grad([](const auto& v) { return sum(norm(v, -1)); })(xt::xtensor<double, 2>{{0, 0}, {3, -4}});
  EXPECT_EQ(rows(0, 0), 0);
  EXPECT_EQ(rows(0, 1), 0);
  EXPECT_DOUBLE_EQ(rows(1, 0), 0.6);
  EXPECT_DOUBLE_EQ(rows(1, 1), -0.8);
}

TEST(Kinks, OfLogsumexpAtInfinity) {
  const auto f = [](const auto& v) { return logsumexp(v); };
  const auto lowest = grad(f)(xt::xtensor<double, 1>{-kInfinity, -kInfinity});
  EXPECT_EQ(lowest(0), 0);
  EXPECT_EQ(lowest(1), 0);
  const auto one_missing = grad(f)(xt::xtensor<double, 1>{-kInfinity, 1.0, 1.0});
  EXPECT_EQ(one_missing(0), 0);
  EXPECT_DOUBLE_EQ(one_missing(1), 0.5);
  // Of infinity the value is infinite; that element's derivative is none, and the others' is 0.
  const auto [value, infinite] = value_and_grad(f)(xt::xtensor<double, 1>{1.0, kInfinity, -kInfinity});
  EXPECT_EQ(value, kInfinity);
  EXPECT_EQ(infinite(0), 0);
  EXPECT_TRUE(std::isnan(infinite(1)));
  EXPECT_EQ(infinite(2), 0);
  Tape<double> tape;
  const Array<double> recorded = grad(f)(tape.watch(xt::xtensor<double, 1>{1.0, kInfinity})).value();
  EXPECT_EQ(recorded(0), 0);
  EXPECT_TRUE(std::isnan(recorded(1)));
}

}  // namespace
}  // namespace xtape
