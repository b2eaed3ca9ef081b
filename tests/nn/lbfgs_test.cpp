// L-BFGS against minima that are known, and what it does with functions that are not well-behaved.

#include "nn/optim/lbfgs.hpp"

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
    const LbfgsResult result = minimize<double>(x, objective_of<double>(x, loss), {.gradient_tolerance = 1e-10});
    EXPECT_EQ(result.end, LbfgsEnd::kGradient) << n;
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
  const LbfgsResult result = minimize<double>(p, objective_of<double>(p, loss), {.gradient_tolerance = 1e-11});
  EXPECT_EQ(result.end, LbfgsEnd::kGradient);
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
  const LbfgsResult result = minimize<double>(x, objective_of<double>(x, loss), {.gradient_tolerance = 1e-9});
  EXPECT_EQ(result.end, LbfgsEnd::kGradient);
  for (const double xi : x[0].value()) EXPECT_NEAR(xi, 1.0 / 3.0, 1e-9);
}

TEST(Lbfgs, EndsWhereItWasTold) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{-1.2, 1.0})};
  const auto loss = [](const auto& p) {
    const Var<double> v = p[0].var();
    return 100.0 * square(sum(v * Doubles{0.0, 1.0}) - square(sum(v * Doubles{1.0, 0.0}))) +
           square(1.0 - sum(v * Doubles{1.0, 0.0}));
  };
  const LbfgsResult few = minimize<double>(x, objective_of<double>(x, loss), {.max_iterations = 3});
  EXPECT_EQ(few.end, LbfgsEnd::kIterations);
  EXPECT_EQ(few.iterations, 3u);
  EXPECT_LT(few.value, 24.2);  // that of the start
  const LbfgsResult none = minimize<double>(x, objective_of<double>(x, loss), {.max_iterations = 0});
  EXPECT_EQ(none.value, few.value);
  EXPECT_EQ(none.evaluations, 1u);
  EXPECT_EQ(minimize<double>(x, objective_of<double>(x, loss), {.change_tolerance = 0.1}).end, LbfgsEnd::kChange);
}

// |x| has no minimum with a small slope: the search ends without one, at the lowest point that it saw.
TEST(Lbfgs, OfAFunctionThatIsNotSmooth) {
  const std::vector<Parameter<double>> x{Parameter<double>(Doubles{0.7})};
  const auto loss = [](const auto& p) { return sum(abs(p[0].var())); };
  const LbfgsResult result = minimize<double>(x, objective_of<double>(x, loss));
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

}  // namespace
}  // namespace xtape::nn
