// Solutions of ordinary differential equations and their derivatives.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

const auto kDecay = [](const auto& y, double, const auto& rate) { return -rate * y; };
const auto kLotkaVolterra = [](const auto& y, double, const auto& p) {
  return stack(std::vector<Var<double>>{p(0) * y(0) - p(1) * y(0) * y(1), p(2) * y(0) * y(1) - p(3) * y(1)});
};
const Doubles kRates{1.5, 1.0, 0.75, 3.0}, kStart{1.0, 1.0};

TEST(OdeInt, HasTheSolutionAtEachTime) {
  const Doubles times{0.0, 0.5, 2.0};
  const Var<double> y = odeint(kDecay)(Doubles{1.0, -2.0}, times, Var<double>(0.7));
  ASSERT_EQ(y.shape(), (Shape{3, 2}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(y.value()(i, 0), std::exp(-0.7 * times(i)), 1e-8);
    EXPECT_NEAR(y.value()(i, 1), -2 * std::exp(-0.7 * times(i)), 2e-8);
  }
  // Backwards as well: to the start again.
  const Var<double> back = odeint(kDecay)(y[2], Doubles{2.0, 0.0}, Var<double>(0.7));
  EXPECT_TRUE(close(back[1].value(), {1.0, -2.0}, 1e-7));
}

TEST(OdeInt, OfAnOscillatorAndItsTime) {
  // y'' = -y + sin 2t: y = (5/3 + ...) has the closed form cos t + 2/3 sin t - 1/3 sin 2t from y = 1, y' = 0.
  const auto forced = [](const auto& y, double t) {
    return stack(std::vector<Var<double>>{y(1), -y(0) + std::sin(2 * t)});
  };
  const double end = 3.0;
  const double expected = std::cos(end) + 2.0 / 3 * std::sin(end) - std::sin(2 * end) / 3;
  const Var<double> start = Doubles{1.0, 0.0};
  EXPECT_NEAR(odeint(forced)(start, Doubles{0, end})(1, 0).item(), expected, 1e-7);
  // The classical method is of order four: half the step, a sixteenth of the error.
  const auto error = [&](std::size_t steps) {
    const OdeOptions options{.method = OdeMethod::kRungeKutta4, .steps = steps};
    return std::abs(odeint(forced, options)(start, Doubles{0, end})(1, 0).item() - expected);
  };
  EXPECT_NEAR(error(40) / error(80), 16, 2);
}

// dy/d rate = -t y, d²y/d rate² = t² y.
TEST(OdeInt, HasTheDerivativesOfTheSolution) {
  for (const OdeAdjoint adjoint : {OdeAdjoint::kDiscrete, OdeAdjoint::kContinuous}) {
    const OdeOptions options{.adjoint = adjoint, .relative_tolerance = 1e-11, .absolute_tolerance = 1e-11};
    const auto last = [&](const auto& y0, const auto& rate) {
      return odeint(kDecay, options)(y0, Doubles{0.0, 0.5, 2.0}, rate)[2];
    };
    const double y = 3 * std::exp(-1.4);
    const auto [by_start, by_rate] = grad(last)(3.0, 0.7);
    EXPECT_NEAR(by_start(), std::exp(-1.4), 1e-9);
    EXPECT_NEAR(by_rate(), -2 * y, 1e-9);
    const auto second = hessian(last)(3.0, 0.7);
    EXPECT_NEAR(std::get<1>(std::get<1>(second))(), 4 * y, 1e-8);
    EXPECT_NEAR(std::get<0>(std::get<1>(second))(), -2 * std::exp(-1.4), 1e-8);
  }
}

TEST(OdeInt, TheTwoAdjointsAgreeOnLotkaVolterra) {
  const Doubles times = xt::linspace<double>(0, 4, 9);
  const auto loss = [&](OdeAdjoint adjoint) {
    return [&times, adjoint](const auto& y0, const auto& p) {
      const OdeOptions options{.adjoint = adjoint, .relative_tolerance = 1e-11, .absolute_tolerance = 1e-11};
      return sum(square(odeint(kLotkaVolterra, options)(y0, times, p) - 1.0));
    };
  };
  const auto discrete = grad(loss(OdeAdjoint::kDiscrete))(kStart, kRates);
  const auto continuous = grad(loss(OdeAdjoint::kContinuous))(kStart, kRates);
  EXPECT_TRUE(close(std::get<0>(discrete), std::get<0>(continuous), 1e-7));
  EXPECT_TRUE(close(std::get<1>(discrete), std::get<1>(continuous), 1e-7));
  const double step = 1e-6;
  for (std::size_t k = 0; k < 4; ++k) {
    Doubles up = kRates, down = kRates;
    up(k) += step;
    down(k) -= step;
    const auto value = [&](const Doubles& p) {
      return loss(OdeAdjoint::kDiscrete)(Var<double>(kStart), Var<double>(p)).item();
    };
    EXPECT_NEAR(std::get<1>(discrete)(k), (value(up) - value(down)) / (2 * step), 2e-5);
  }
}

// The size of steps goes on from one time to the next: more times than steps take a step each.
TEST(OdeInt, KeepsTheSizeOfStepsAtEachTime) {
  long calls = 0;
  const auto counted = [&calls](const auto& y, double, const auto& rate) {
    ++calls;
    return -rate * y;
  };
  const Doubles times = xt::linspace<double>(0, 5, 1001);
  const Array<double> all = odeint(counted)(1.0, times, Var<double>(0.7)).value();
  EXPECT_LE(calls, 2 + 6 * 1010);
  for (std::size_t i = 0; i < 1001; ++i) EXPECT_NEAR(all(i), std::exp(-0.7 * times(i)), 2e-8);
  const Array<double> back = odeint(counted)(1.0, xt::linspace<double>(5, 0, 1001), Var<double>(0.7)).value();
  for (std::size_t i = 0; i < 1001; ++i) EXPECT_NEAR(back(i) * std::exp(-0.7 * times(i)), 1, 2e-8);
}

// Where the animals are in balance nothing moves, and the values would allow any step; but the rates change something.
TEST(OdeInt, HasDerivativesWhereNothingMoves) {
  const Doubles times = xt::linspace<double>(0, 4, 41);
  const auto gradient = [&](OdeAdjoint adjoint) {
    return grad([&](const auto& p) {
      return sum(square(odeint(kLotkaVolterra, {.adjoint = adjoint})(kStart, times, p) - 0.5));
    })(ones<double>({4}));
  };
  EXPECT_TRUE(close(gradient(OdeAdjoint::kDiscrete), gradient(OdeAdjoint::kContinuous), 1e-7));
}

// The gradient is that of the steps that were taken.
TEST(OdeInt, TheGradientIsThatOfTheNumbers) {
  const Doubles times = xt::linspace<double>(0, 2, 9);
  const auto loss = [&](const auto& rate) {
    const OdeOptions coarse{.relative_tolerance = 1e-3, .absolute_tolerance = 1e-3};
    return sum(square(odeint(kDecay, coarse)(1.0, times, rate)));
  };
  const double gradient = grad(loss)(0.7)();
  EXPECT_NEAR(jvp(loss)(0.7, 1.0).tangent(), gradient, 1e-13);  // forwards, through the same steps
  Tape<double> tape;
  const Var<double> rate = tape.watch(0.7);
  const Var<double> y = loss(rate);
  const double first = tape.gradient(y, rate, {.retain = true})(), again = tape.gradient(y, rate)();
  EXPECT_EQ(first, again);  // a sweep takes the steps that were taken
}

// With fixed steps the derivative is that of the numbers to rounding.
TEST(OdeInt, TheDiscreteAdjointIsExact) {
  const OdeOptions options{.method = OdeMethod::kRungeKutta4, .steps = 5};
  const auto f = [&](const auto& y0, const auto& p) {
    return odeint(kLotkaVolterra, options)(y0, Doubles{0, 0.5, 1}, p);
  };
  const GradientReport report = check_gradient(f, kStart, kRates);
  EXPECT_TRUE(report.ok()) << report.message;
}

// Times are as large as they are: a thousand half-lives of femtoseconds.
TEST(OdeInt, OnAnyScaleOfTime) {
  EXPECT_NEAR(odeint(kDecay)(1.0, std::vector{0.0, 2e-15}, Var<double>(1e15))(1).item(), std::exp(-2.0), 1e-8);
  EXPECT_NEAR(odeint(kDecay)(1.0, std::vector{0.0, 2e15}, Var<double>(1e-15))(1).item(), std::exp(-2.0), 1e-8);
}

TEST(OdeInt, InFloat) {
  const auto decay = [](const auto& y, float, const auto& rate) { return -rate * y; };
  const Var<float> y = odeint(decay)(Var<float>(1.0f), Doubles{0, 2}, Var<float>(0.7f));
  EXPECT_NEAR(y(1).item(), std::exp(-1.4), 1e-4);
}

TEST(OdeInt, SaysWhatIsWrong) {
  const Var<double> one(1.0);
  EXPECT_EQ(message_of<Error>([&] {
              odeint(kDecay)(one, Doubles{0, 1, 0.5}, one);
            }),
            "[odeint] times that rise, or fall, expected; got 1 and then 0.5");
  EXPECT_EQ(message_of<ShapeError>([&] {
              odeint([](const auto& y, double) { return stack(std::vector<Var<double>>{y, y}); })(one, Doubles{0, 1});
            }),
            "[odeint] the function must give the shape of y, (), got shape (2,)");
  const auto explodes = [](const auto& y, double) { return square(y); };  // 1 / (1 - t)
  const std::string message = message_of<NumericError>([&] { odeint(explodes)(one, Doubles{0, 2}); });
  EXPECT_NE(message.find("at t = 1"), std::string::npos) << message;
  const OdeOptions classical{.method = OdeMethod::kRungeKutta4, .steps = 10};
  EXPECT_EQ(message_of<NumericError>([&] {
              odeint(explodes, classical)(one, Doubles{0, 3});
            }),
            "[odeint] the solution is not finite at t = 3");
  EXPECT_EQ(message_of<ShapeError>([&] {
              odeint(kDecay)(one, Doubles{{0, 1}, {2, 3}}, one);
            }),
            "[odeint] times in one dimension expected, got shape (2, 2)");
  Tape<double> tape;
  const Var<double> rate = tape.watch(0.7);
  const auto closes = [&](const auto& y, double) { return -rate * y; };
  EXPECT_THROW(odeint(closes)(one, Doubles{0, 1}), TapeError);
  EXPECT_THROW(odeint(closes, {.adjoint = OdeAdjoint::kContinuous})(one, Doubles{0, 1}), TapeError);
}

}  // namespace
}  // namespace xtape
