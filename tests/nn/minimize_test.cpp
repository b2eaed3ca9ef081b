// Minima of parameters and of arrays, by each method: those that are known, SciPy's, and what happens with functions
// that are not well-behaved.

#include "nn/optim/minimize.hpp"

#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

template <class T, class Loss>
Objective<T> objective_of(const std::vector<Parameter<T>>& parameters, const Loss& loss) {
  return [=] {
    Tape<T> tape;
    const Var<T> value = loss(parameters);
    return std::pair(double(value.item()), tape.gradient(value, parameters));
  };
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksFunction) {
  for (const std::size_t n : {2u, 10u, 100u}) {
    Array<double> start = full<double>({n}, 1.0);
    for (std::size_t i = 0; i < n; i += 2) start(i) = -1.2;
    const std::vector<Parameter<double>> x{Parameter<double>(start)};
    const auto loss = [n](const auto& p) {
      const Var<double> v = p[0].var();
      const Var<double> a = slice(v, {Range(0, std::ptrdiff_t(n) - 1)}), b = slice(v, {Range(1, std::ptrdiff_t(n))});
      return sum(100.0 * square(b - square(a)) + square(1.0 - a));
    };
    const MinimizeResult result = minimize<double>(x, objective_of<double>(x, loss), {.gradient_tolerance = 1e-10});
    EXPECT_EQ(result.end, MinimizeEnd::kGradient) << n;
    for (const double xi : x[0].value()) EXPECT_NEAR(xi, 1, 1e-9) << n;
    EXPECT_LT(result.evaluations, n == 2 ? 80u : 1000u);
    EXPECT_GE(result.evaluations, result.iterations);
  }
}

// min ½ xᵀAx - bᵀx of several parameters, one of rank 2: A x = b.
TEST(Lbfgs, SolvesALeastSquaresProblemToFullPrecision) {
  Random rng(3);
  const Array<double> x = rng.normal<double>({40, 5}), w_true = rng.normal<double>({5, 3}),
                      b_true = rng.normal<double>({3});
  const Array<double> y = matmul(Var<double>(x), Var<double>(w_true)).value() + b_true;
  const std::vector<Parameter<double>> p{Parameter<double>(zeros<double>({5, 3})),
                                         Parameter<double>(zeros<double>({3}))};
  const auto loss = [&](const auto& q) { return mean(square(matmul(x, q[0].var()) + q[1].var() - y)); };
  const MinimizeResult result = minimize<double>(p, objective_of<double>(p, loss), {.gradient_tolerance = 1e-11});
  EXPECT_EQ(result.end, MinimizeEnd::kGradient);
  EXPECT_LT(result.value, 1e-20);
  for (std::size_t i = 0; i < w_true.size(); ++i) EXPECT_NEAR(p[0].value().data()[i], w_true.data()[i], 1e-9);
  for (std::size_t i = 0; i < b_true.size(); ++i) EXPECT_NEAR(p[1].value().data()[i], b_true.data()[i], 1e-9);
}

TEST(Lbfgs, InFloat) {
  const std::vector<Parameter<float>> x{Parameter<float>(full<float>({20}, 3.0F))};
  const auto loss = [](const auto& p) { return sum(square(p[0].var() - 0.5F)); };
  minimize<float>(x, objective_of<float>(x, loss), {.gradient_tolerance = 1e-6});
  for (const float xi : x[0].value()) EXPECT_NEAR(xi, 0.5F, 1e-6);
}

// log is not defined at the first steps beyond 0: the search comes back.
TEST(Lbfgs, StaysWhereTheFunctionIsDefined) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{0.01, 50.0})};
  const auto loss = [](const auto& p) { return sum(3.0 * p[0].var() - log(p[0].var())); };
  const MinimizeResult result = minimize<double>(x, objective_of<double>(x, loss), {.gradient_tolerance = 1e-9});
  EXPECT_EQ(result.end, MinimizeEnd::kGradient);
  for (const double xi : x[0].value()) EXPECT_NEAR(xi, 1.0 / 3.0, 1e-9);
}

TEST(Lbfgs, EndsWhereItWasTold) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{-1.2, 1.0})};
  const auto loss = [](const auto& p) {
    const Var<double> v = p[0].var();
    return 100.0 * square(sum(v * Doubles{0.0, 1.0}) - square(sum(v * Doubles{1.0, 0.0}))) +
           square(1.0 - sum(v * Doubles{1.0, 0.0}));
  };
  const MinimizeResult few = minimize<double>(x, objective_of<double>(x, loss), {.max_iterations = 3});
  EXPECT_EQ(few.end, MinimizeEnd::kIterations);
  EXPECT_EQ(few.iterations, 3u);
  EXPECT_LT(few.value, 24.2);  // that of the start
  const MinimizeResult none = minimize<double>(x, objective_of<double>(x, loss), {.max_iterations = 0});
  EXPECT_EQ(none.value, few.value);
  EXPECT_EQ(none.evaluations, 1u);
  EXPECT_EQ(minimize<double>(x, objective_of<double>(x, loss), {.change_tolerance = 0.1}).end, MinimizeEnd::kChange);
}

// |x| has no minimum with a small slope: the search ends without one, at the lowest point that it saw.
TEST(Lbfgs, OfAFunctionThatIsNotSmooth) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{0.7})};
  const auto loss = [](const auto& p) { return sum(abs(p[0].var())); };
  const MinimizeResult result = minimize<double>(x, objective_of<double>(x, loss));
  EXPECT_LT(result.value, 1e-3);
  EXPECT_EQ(result.value, std::abs(x[0].value()(0)));
}

TEST(Lbfgs, RefusesBadInput) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{1.0})};
  const auto fine = objective_of<double>(x, [](const auto& p) { return sum(square(p[0].var())); });
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, fine, {.history = 0}); }), {"[minimize] history > 0"}));
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, fine, {.curvature = 1e-5}); }), {"[minimize]"}));
  const Objective<double> one_too_many = [] { return std::pair(1.0, std::vector<Array<double>>{{1.0}, {2.0}}); };
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, one_too_many); }), {"1 gradients expected, got 2"}));
  const Objective<double> other_shape = [] {
    return std::pair(1.0, std::vector<Array<double>>(1, Array<double>{1.0, 2.0}));
  };
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, other_shape); }), {"parameter 0, got (2,)"}));
  const Objective<double> nan = [] { return std::pair(std::nan(""), std::vector<Array<double>>{{1.0}}); };
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, nan); }), {"not finite at the start"}));
}

constexpr MinimizeMethod kMethods[] = {MinimizeMethod::kLbfgs, MinimizeMethod::kNewtonCg, MinimizeMethod::kTrustRegion};

const auto kRosenbrock = [](const auto& x) {
  const auto n = std::ptrdiff_t(x.size());
  const auto a = slice(x, {Range(0, n - 1)}), b = slice(x, {Range(1, n)});
  return sum(100.0 * square(b - square(a)) + square(1.0 - a));
};

TEST(Minimize, FindsWhatSciPyFinds) {
  const Golden golden("minimize");
  const Var<double> x(golden["x"]), y(golden["y"]), matrix(golden["matrix"]), b(golden["b"]);
  const auto regression = [&](const auto& w) {
    const auto logits = matmul(x, w);
    return mean(softplus(logits) - y * logits) + 0.005 * sum(square(w));
  };
  const auto quadratic = [&](const auto& v) { return dot(v, matmul(matrix, v)) / 2 - dot(b, v); };
  for (const MinimizeMethod method : kMethods) {
    const auto expect = [&](const std::string& name, const Minimum<double>& m, double tolerance) {
      EXPECT_TRUE(close(m.x, golden[name], tolerance)) << name << " by " << int(method);
      EXPECT_NEAR(m.value, golden[name + "_value"](), 1e-12 * (1 + std::abs(m.value))) << name << " by " << int(method);
      EXPECT_TRUE(m.success()) << name << " by " << int(method) << ": " << m.message() << ", " << m.gradient;
      EXPECT_LE(m.gradient, 1e-8);
      EXPECT_EQ(m.products > 0, method != MinimizeMethod::kLbfgs);
    };
    const MinimizeOptions options{.method = method};
    expect("regression", minimize(regression, zeros<double>({5}), options), 1e-6);
    expect("quadratic", minimize(quadratic, zeros<double>({6}), options), 1e-5);
    expect("rosenbrock", minimize(kRosenbrock, golden["rosenbrock_start"], options), 1e-7);
  }
}

// Newton's methods take few steps; of any shape, and in float.
TEST(Minimize, OfArraysOfAnyShape) {
  for (const MinimizeMethod method : kMethods) {
    const Array<double> target = Random(1).normal<double>({2, 3});
    const auto f = [&](const auto& x) { return sum(square(square(x - target))) + sum(square(x - target)); };
    const Minimum<double> m = minimize(f, zeros<double>({2, 3}), {.method = method});
    EXPECT_TRUE(close(m.x, target, 1e-8));
    EXPECT_LT(m.iterations, 15u);
    const auto g = [](const auto& x) { return square(x - 2.0F); };
    EXPECT_NEAR(minimize(g, Var<float>(0.0F), {.method = method, .gradient_tolerance = 1e-5}).x(), 2, 1e-5);
    EXPECT_NEAR(minimize([](const auto& x) { return cosh(x - 1.0); }, 3.0, {.method = method}).x(), 1, 1e-7);
    EXPECT_TRUE(close(minimize(kRosenbrock, std::vector{-1.2, 1.0}, {.method = method}).x, {1, 1}, 1e-7));
  }
}

// From near a maximum, where the curvature is negative.
TEST(Minimize, GoesAwayFromMaxima) {
  for (const MinimizeMethod method : kMethods) {
    const auto f = [](const auto& x) { return sum(square(square(x)) / 4 - square(x) / 2); };
    const Minimum<double> m = minimize(f, Doubles{1e-3, -0.2}, {.method = method});
    EXPECT_TRUE(m.success());
    EXPECT_TRUE(close(m.x, {1, -1}, 1e-7));
  }
}

// ln has no value at the first steps.
TEST(Minimize, StaysWhereTheFunctionIsDefined) {
  for (const MinimizeMethod method : kMethods) {
    const auto f = [](const auto& x) { return sum(3.0 * x - log(x)); };
    EXPECT_TRUE(close(minimize(f, Doubles{0.01, 50.0}, {.method = method}).x, {1.0 / 3, 1.0 / 3}, 1e-7));
  }
}

TEST(Minimize, SaysHowItEnded) {
  const Doubles start{-1.2, 1};
  for (const MinimizeMethod method : kMethods) {
    const Minimum<double> few = minimize(kRosenbrock, start, {.method = method, .max_iterations = 3});
    EXPECT_EQ(few.end, MinimizeEnd::kIterations);
    EXPECT_EQ(few.iterations, 3u);
    EXPECT_FALSE(few.success());
    EXPECT_LT(few.value, 24.2);
    EXPECT_TRUE(has(few.message(), {"max_iterations"}));
    const MinimizeOptions coarse{.method = method, .change_tolerance = 0.5};
    EXPECT_EQ(minimize(kRosenbrock, start, coarse).end, MinimizeEnd::kChange);
    // Never as small as that: it ends where rounding hides a fall, at the minimum all the same.
    const Minimum<double> stuck = minimize(kRosenbrock, start, {.method = method, .gradient_tolerance = 0});
    EXPECT_TRUE(close(stuck.x, {1, 1}, 1e-7)) << int(method) << " " << stuck.message();
    EXPECT_LT(stuck.iterations, 200u);
  }
  const auto kinked = [](const auto& x) { return sum(where(x > 0.0, x, -2.0 * x)); };
  const Minimum<double> kink = minimize(kinked, Doubles{0.7});
  EXPECT_FALSE(kink.success());
  EXPECT_EQ(kink.end, MinimizeEnd::kNoDecrease);
  EXPECT_LT(kink.value, 1e-3);
}

TEST(Minimize, RefusesBadInput) {
  const auto error = [](const MinimizeOptions& options) {
    return message_of<Error>([&] { minimize(kRosenbrock, Doubles{0, 0}, options); });
  };
  EXPECT_TRUE(has(error({.history = 0}), {"[minimize] history > 0"}));
  EXPECT_TRUE(has(error({.radius = 0}), {"[minimize] 0 < radius"}));
  EXPECT_TRUE(has(error({.radius = 2, .max_radius = 1}), {"got 2, 1"}));
  EXPECT_TRUE(has(message_of<NumericError>([] { minimize([](const auto& x) { return log(x); }, -1.0); }),
                  {"not finite at the start"}));
  EXPECT_THROW(minimize([](const auto& x) { return square(x); }, Doubles{1, 2}), ShapeError);
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{1.0})};
  const auto fine = objective_of<double>(x, [](const auto& p) { return sum(square(p[0].var())); });
  EXPECT_TRUE(has(message_of<Error>([&] { minimize<double>(x, fine, {.method = MinimizeMethod::kNewtonCg}); }),
                  {"gives no Hessian"}));
}

}  // namespace
}  // namespace xtape::nn
