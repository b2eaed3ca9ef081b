// Solutions of equations, and their derivatives by the implicit function theorem.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kMatrix{{4.0, 1.0, -0.5}, {0.25, 3.0, 1.0}, {-1.0, 0.5, 5.0}}, kB{1.0, -2.0, 0.5};

Array<double> symmetric(const Doubles& a) {
  return Var<double>(matmul(transpose(Var<double>(a)), Var<double>(a))).value();
}

const auto kProduct = [](const auto& v, const auto& a) { return matmul(a, v); };

// Against LAPACK's solve, whose derivatives are tested by themselves.
TEST(LinearSolve, IsThatOfTheMatrix) {
  const auto by_products = linear_solve(kProduct);
  const auto direct = [](const auto& b, const auto& a) { return solve(a, b); };
  EXPECT_TRUE(close(by_products(kB, kMatrix).value(), Var<double>(direct(Var<double>(kB), kMatrix)).value()));
  const auto loss = [](const auto& f) { return [&f](const auto& b, const auto& a) { return sum(sin(f(b, a))); }; };
  const auto got = grad(loss(by_products))(kB, kMatrix), expected = grad(loss(direct))(kB, kMatrix);
  EXPECT_TRUE(close(std::get<0>(got), std::get<0>(expected), 1e-11));
  EXPECT_TRUE(close(std::get<1>(got), std::get<1>(expected), 1e-11));
  const GradientReport report = check_gradient({.order = 3}, by_products, kB, kMatrix);
  EXPECT_TRUE(report.ok()) << report.message;
}

TEST(LinearSolve, OfASymmetricMatrixByConjugateGradients) {
  const Array<double> a = symmetric(kMatrix);
  const auto product = [](const auto& v, const auto& m) { return matmul(m + transpose(m), v) * 0.5; };
  const auto f = linear_solve(product, {.symmetric = true});
  EXPECT_TRUE(close(f(kB, a).value(), Var<double>(solve(Var<double>(a), kB)).value(), 1e-11));
  const GradientReport report = check_gradient(f, kB, a);
  EXPECT_TRUE(report.ok()) << report.message;
}

// A matrix that nobody forms: the Laplacian of 2,000 points and a term that depends on theta.
TEST(LinearSolve, OfManyUnknowns) {
  const std::size_t n = 2000;
  const auto product = [](const auto& v, const auto& theta) {
    return v * (2.0 + square(theta)) - roll(v, 1) - roll(v, -1);
  };
  Random rng(1);
  const Array<double> b = rng.normal<double>({n});
  const auto x = linear_solve(product, {.symmetric = true})(Var<double>(b), 1.5);
  EXPECT_TRUE(close(Var<double>(product(x, Var<double>(1.5))).value(), b, 1e-10));
  const auto loss = [&](const auto& theta) { return sum(square(linear_solve(product)(b, theta))); };
  const double step = 1e-5, up = loss(Var<double>(1.5 + step)).item(), down = loss(Var<double>(1.5 - step)).item();
  EXPECT_NEAR(grad(loss)(1.5)(), (up - down) / (2 * step), 1e-4);
}

TEST(LinearSolve, InFloat) {
  const Var<float> x = linear_solve(kProduct)(Var<float>(kB), Var<float>(kMatrix));
  EXPECT_TRUE(close(Array<double>(x.value()), Var<double>(solve(Var<double>(kMatrix), kB)).value(), 1e-5));
}

TEST(LinearSolve, OfASingularMatrixIsAnError) {
  const Doubles singular{{1.0, 2.0}, {2.0, 4.0}}, b{1.0, 1.0};
  const std::string message = message_of<NumericError>([&] { linear_solve(kProduct)(b, Var<double>(singular)); });
  EXPECT_NE(message.find("[linear_solve] GMRES did not converge"), std::string::npos) << message;
  EXPECT_NE(message.find("singular"), std::string::npos) << message;
  EXPECT_EQ(message_of<ShapeError>([&] {
              linear_solve([](const auto& v, const auto& a) { return sum(matmul(a, v)); })(kB, Var<double>(kMatrix));
            }),
            "[linear_solve] the function must give what has the unknown's shape (3,), got shape ()");
}

// x² = theta: dx = 1 / (2 √theta), d²x = -1 / (4 theta^(3/2)).
TEST(Root, HasTheDerivativesOfTheInverseFunction) {
  const auto square_root = [](const auto& theta) {
    return root([](const auto& x, const auto& t) { return square(x) - t; })(1.0, theta);
  };
  EXPECT_NEAR(square_root(Var<double>(4.0)).item(), 2.0, 1e-12);
  EXPECT_NEAR(grad(square_root)(4.0)(), 0.25, 1e-12);
  EXPECT_NEAR(grad(grad(square_root))(4.0)(), -1.0 / 32, 1e-12);
  EXPECT_NEAR(grad(grad(grad(square_root)))(4.0)(), 3.0 / 8 / 32, 1e-11);
}

TEST(Root, OfASystemWithAStructureOfParameters) {
  const auto f = [](const auto& x, const auto& p) { return matmul(p.at("a"), x) + 0.3 * tanh(x) - p.at("b"); };
  const auto solved = [&](const auto& p) { return root(f)(zeros<double>({3}), p); };
  const std::map<std::string, Doubles> p{{"a", kMatrix}, {"b", kB}};
  const Var<double> x =
      root(f)(Var<double>(zeros<double>({3})), std::map<std::string, Var<double>>{{"a", kMatrix}, {"b", kB}});
  const std::map<std::string, Var<double>> of_vars{{"a", kMatrix}, {"b", kB}};
  EXPECT_LT(max(abs(f(x, of_vars))).item(), 1e-11);
  const GradientReport report = check_gradient(solved, p);
  EXPECT_TRUE(report.ok()) << report.message;
}

TEST(Root, TheStartHasNoGradient) {
  Tape<double> tape;
  const Var<double> start = tape.watch(1.0), theta = tape.watch(4.0);
  const Var<double> x = root([](const auto& v, const auto& t) { return square(v) - t; })(start, theta);
  const auto gradients = tape.gradient(x, {start, theta});
  EXPECT_EQ(gradients[0](), 0.0);
  EXPECT_NEAR(gradients[1](), 0.25, 1e-12);
}

TEST(FixedPoint, IsThatOfTheUnrolledIteration) {
  const auto step = [](const auto& x, const auto& w, const auto& b) { return tanh(matmul(w, x) + b); };
  const Doubles w = 0.1 * kMatrix;
  const auto implicit = [&](const auto& m, const auto& b) { return fixed_point(step)(zeros<double>({3}), m, b); };
  const auto unrolled = [&](const auto& m, const auto& b) {
    Var<double> x(zeros<double>({3}));
    for (int i = 0; i < 80; ++i) x = step(x, m, b);
    return x;
  };
  const auto loss = [](const auto& f) {
    return [&f](const auto& m, const auto& b) { return sum(square(f(m, b)) * Doubles{1, 2, 3}); };
  };
  const auto got = value_and_grad(loss(implicit))(w, kB), expected = value_and_grad(loss(unrolled))(w, kB);
  EXPECT_NEAR(got.value, expected.value, 1e-11);
  EXPECT_TRUE(close(std::get<0>(got.gradient), std::get<0>(expected.gradient), 1e-10));
  EXPECT_TRUE(close(std::get<1>(got.gradient), std::get<1>(expected.gradient), 1e-10));
  EXPECT_TRUE(close(std::get<0>(std::get<0>(hessian(loss(implicit))(w, kB))),
                    std::get<0>(std::get<0>(hessian(loss(unrolled))(w, kB))), 1e-9));
  const GradientReport report = check_gradient(implicit, w, kB);
  EXPECT_TRUE(report.ok()) << report.message;
}

TEST(FixedPoint, ThatDoesNotConvergeIsAnError) {
  const auto doubling = [](const auto& x) { return 2.0 * x + 1.0; };
  const std::string message =
      message_of<NumericError>([&] { fixed_point(doubling, {.max_iterations = 20})(Var<double>(1.0)); });
  EXPECT_NE(message.find("[fixed_point] the iteration did not converge in 20 steps"), std::string::npos) << message;
  const auto no_root = [](const auto& x) { return square(x) + 1.0; };
  EXPECT_THROW(root(no_root)(Var<double>(0.7)), NumericError);
}

// Ridge regression: its minimum is the solution of a linear system, derivatives included.
TEST(Minimize, OfAQuadraticIsASolution) {
  const Doubles x = kMatrix, y = kB;
  const auto loss = [&](const auto& w, const auto& penalty) {
    return sum(square(matmul(x, w) - y)) + exp(penalty) * sum(square(w));
  };
  const auto by_minimum = [&](const auto& penalty) { return minimize(loss)(zeros<double>({3}), penalty); };
  const auto direct = [&](const auto& penalty) {
    const Var<double> gram = symmetric(x);
    return solve(gram + exp(penalty) * xt::eye<double>(3), matmul(transpose(Var<double>(x)), y));
  };
  EXPECT_TRUE(close(by_minimum(Var<double>(0.3)).value(), direct(Var<double>(0.3)).value(), 1e-10));
  EXPECT_TRUE(close(jacobian(by_minimum)(0.3), jacobian(direct)(0.3), 1e-9));
  const auto second = [](const auto& f) { return [&f](const auto& p) { return sum(square(f(p))); }; };
  EXPECT_NEAR(hessian(second(by_minimum))(0.3)(), hessian(second(direct))(0.3)(), 1e-8);
}

// Rounding of large terms keeps the gradient away from 0, and steps from becoming as small as the tolerance.
TEST(Minimize, EndsWhereRoundingEndsIt) {
  const auto f = [](const auto& x, const auto& a) { return sum(square(1e6 * (x - a))) + sum(cos(x)) + 1e9; };
  EXPECT_TRUE(close(minimize(f)(Doubles{0.5, -2.0}, Var<double>(Doubles{3.0, 1.0 / 3})).value(), {3.0, 1.0 / 3}, 1e-9));
  const auto g = [](const auto& x) { return 1e8 * (square(x) - 2.0) + 1e-3 * sin(1e3 * x); };
  EXPECT_NEAR(root(g)(Var<double>(1.0)).item(), std::sqrt(2.0), 1e-10);
}

TEST(Minimize, OfRosenbrocksFunction) {
  const auto f = [](const auto& p, const auto& a) { return square(a - p(0)) + 100.0 * square(p(1) - square(p(0))); };
  const auto at = [&](const auto& a) { return minimize(f)(Doubles{-1.2, 1.0}, a); };
  EXPECT_TRUE(close(at(Var<double>(1.5)).value(), {1.5, 2.25}, 1e-9));  // (a, a²)
  EXPECT_TRUE(close(jacobian(at)(1.5), {1.0, 3.0}, 1e-8));
}

TEST(LinearSolve, HasNoLooserToleranceThanAsked) {
  const auto ring = [](const auto& u, const auto& k) { return u - k * (roll(u, 1) - 2.0 * u + roll(u, -1)); };
  const Array<double> b = Random(1).normal<double>({200});
  const LinearSolveOptions few{.symmetric = true, .tolerance = 1e-4, .max_iterations = 8};
  EXPECT_THROW(linear_solve(ring, few)(b, Var<double>(2.0)), NumericError);
  LinearSolveOptions by_gmres = few;
  by_gmres.symmetric = false;
  EXPECT_THROW(linear_solve(ring, by_gmres)(b, Var<double>(2.0)), NumericError);
  const auto scaling = [](const auto& u, const auto& d) { return d * u; };
  EXPECT_THROW(linear_solve(scaling)(Doubles{1, 5e-7}, Var<double>(Doubles{1, 0})), NumericError);
}

TEST(LinearSolve, OfRightSidesOfAnySize) {
  const auto twice = [](const auto& x, const auto& t) { return t * x; };
  for (const double size : {1e-300, 1e-200, 1e200, 1e300}) {
    for (const bool symmetric : {false, true}) {
      EXPECT_NEAR(linear_solve(twice, {.symmetric = symmetric})(size, Var<double>(2.0)).item() / size, 0.5, 1e-12);
    }
  }
  EXPECT_EQ(linear_solve(twice)(0.0, Var<double>(2.0)).item(), 0.0);
}

// What is no solution is not given for one.
TEST(Implicit, AnErrorWhereThereIsNoSolution) {
  const auto above = [](const auto& x, const auto& t) { return t + abs(x); };
  EXPECT_THROW(root(above)(0.7f, Var<float>(1.0f)), NumericError);
  EXPECT_THROW(root(above, {.tolerance = 1e-8})(0.7, Var<double>(1.0)), NumericError);
  const auto rounded = [](const auto& x, const auto& t) { return t + sqrt(square(x) + 1e-20); };
  EXPECT_THROW(root(rounded, {.tolerance = 1e-6})(0.7, Var<double>(1.0)), NumericError);
  const auto diverges = [](const auto& x, const auto& t) { return x * x + t; };
  EXPECT_THROW(fixed_point(diverges)(3.0, Var<double>(1.0)), NumericError);
  EXPECT_THROW(fixed_point(diverges)(3.0f, Var<float>(1.0f)), NumericError);
  const auto thrice = [](const auto& x, const auto& t) { return 3.0 * x + t; };
  EXPECT_THROW(fixed_point(thrice, {.max_iterations = 1000})(1.0, Var<double>(1.0)), NumericError);
}

TEST(Minimize, TakesNoOtherPointForAMinimum) {
  const Var<double> one(1.0);
  const auto bell = [](const auto& x, const auto& t) { return -exp(-t * x * x / 2.0); };
  EXPECT_NEAR(minimize(bell)(6.0, one).item(), 0.0, 1e-6);
  const auto wave = [](const auto& x, const auto& t) { return 1e-13 * t * cos(x); };
  EXPECT_NEAR(std::cos(minimize(wave)(0.1, one).item()), -1.0, 1e-12);
  const auto tiny = [](const auto& x, const auto& t) { return 1e-110 * t * square(x - 3.0); };
  EXPECT_NEAR(minimize(tiny)(0.1, one).item(), 3.0, 1e-9);
  const auto top = [](const auto& x, const auto& t) { return cos(t * x); };
  EXPECT_THROW(minimize(top)(0.0, one), NumericError);
  const auto saddle = [](const auto& x, const auto& t) { return square(x[0]) - t * square(x[1]) + pow(x[1], 4.0); };
  EXPECT_THROW(minimize(saddle)(Doubles{1, 0}, one), NumericError);
}

TEST(Implicit, RefusesWhatItsFunctionClosesOver) {
  Tape<double> tape;
  const Var<double> theta = tape.watch(4.0);
  EXPECT_THROW(root([&](const auto& x) { return square(x) - theta; })(Var<double>(1.0)), TapeError);
  EXPECT_THROW(minimize([&](const auto& x) { return square(x - theta); })(Var<double>(1.0)), TapeError);
  EXPECT_THROW(linear_solve([&](const auto& x) { return x * theta; })(Var<double>(1.0)), TapeError);
  EXPECT_THROW(fixed_point([&](const auto& x) { return 0.1 * x * theta; })(Var<double>(1.0)), TapeError);
}

}  // namespace
}  // namespace xtape
