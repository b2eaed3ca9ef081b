// Functions of single numbers as operations on arrays: values, derivatives, rows.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kX{-2.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, 40.0, 700.0};

// A number's function, and the same of arrays: values to the bit, first derivatives to a rounding, second ones as well.
template <class F>
void expect_same(const char* name, const F& f, const Doubles& x) {
  SCOPED_TRACE(name);
  const auto by_numbers = vectorize([&](auto number) { return f(number); });
  EXPECT_TRUE(close(by_numbers(x).value(), f(Var<double>(x)).value(), 0));
  const auto slope_of = [&](const auto& function) {
    return grad([&](const Var<double>& v) { return sum(function(v)); })(x);
  };
  const auto f_of_var = [&](const Var<double>& v) { return f(v); };
  EXPECT_TRUE(close(slope_of(by_numbers), slope_of(f_of_var), 1e-15));
  const auto curvature_of = [&](const auto& function) {
    return hvp([&](const Var<double>& v) { return sum(function(v)); })(x, Doubles(xt::ones_like(x)));
  };
  EXPECT_TRUE(close(curvature_of(by_numbers), curvature_of(f_of_var), 1e-14));
}

TEST(Vectorize, HasTheElementwiseFunctionsOfArrays) {
  const Doubles positive{1e-3, 0.5, 1.0, 2.0, 30.0}, inside{-0.9, -0.25, 0.0, 0.5, 0.99};
  expect_same(
      "polynomial", [](const auto& x) { return 3.0 * x * x - x / 2.0 + 1.0 - (-x); }, kX);
  expect_same(
      "exp", [](const auto& x) { return exp(0.01 * x); }, kX);
  expect_same(
      "tanh", [](const auto& x) { return tanh(x); }, kX);
  expect_same(
      "sigmoid", [](const auto& x) { return sigmoid(x); }, kX);
  expect_same(
      "softplus", [](const auto& x) { return softplus(x); }, kX);
  expect_same(
      "relu", [](const auto& x) { return relu(x) * x; }, kX);
  expect_same(
      "abs", [](const auto& x) { return abs(x) * x; }, kX);
  expect_same(
      "sin", [](const auto& x) { return sin(x) * cos(x); }, kX);
  expect_same(
      "erf", [](const auto& x) { return erf(x); }, kX);
  expect_same(
      "clip", [](const auto& x) { return clip(x, -1, 2) * x; }, kX);
  expect_same(
      "where", [](const auto& x) { return where(x > 0.25, x * x, 3.0 * x); }, kX);
  expect_same(
      "hypot", [](const auto& x) { return hypot(x, 1.0); }, kX);
  expect_same(
      "log", [](const auto& x) { return log(x) + sqrt(x) + log1p(x); }, positive);
  expect_same(
      "power", [](const auto& x) { return power(x, 2.5) + power(2.0, x) + pow(x, x); }, positive);
  expect_same(
      "gammaln", [](const auto& x) { return gammaln(x) * digamma(x); }, positive);
  expect_same(
      "arcsin", [](const auto& x) { return arcsin(x) + arctan2(x, 1.0); }, inside);
  expect_same(
      "maximum", [](const auto& x) { return maximum(x, 0.5) * minimum(x, 0.25); }, inside);
}

// An element's bits do not depend on the rows beside it, nor on how many threads there are.
TEST(Vectorize, RowsAreIndependent) {
  const auto f = vectorize<"(3),()->(),(2)">([](const auto& a, auto t) {
    auto s = a[0] * exp(a[1] * t) + a[2];
    for (int i = 0; i < 5; ++i) s = s * 0.5 + sin(s);
    return std::pair(s, std::array{s * t, tanh(s)});
  });
  Random rng(1);
  const Array<double> a = rng.normal<double>({301, 3}), t = rng.uniform<double>({301});
  const auto run = [&](const Array<double>& rows, const Array<double>& times) {
    Tape<double> tape;
    const Var<double> x = tape.watch(rows), u = tape.watch(times);
    const auto [y, z] = f(x, u);
    const auto gradients = tape.gradient(sum(y) + sum(z * z), {x, u});
    return std::vector<Array<double>>{y.value(), z.value(), gradients[0], gradients[1]};
  };
  const auto all = [&] {
    const tests::Threads one(1);
    return run(a, t);
  }();
  {
    const tests::Threads several(4);
    EXPECT_EQ(run(a, t), all);
  }
  const auto rows_of = [](const Array<double>& x, std::ptrdiff_t i) {
    return slice(Var<double>(x), {{i, i + 1}}).value();
  };
  for (const std::ptrdiff_t i : {0, 7, 8, 299, 300}) {
    const auto row = run(rows_of(a, i), rows_of(t, i));
    EXPECT_EQ(row[0](0), all[0](i));
    EXPECT_EQ(row[1](0, 1), all[1](i, 1));
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(row[2](0, j), all[2](i, j), 1e-15 * (1 + std::abs(all[2](i, j))));
  }
}

TEST(Vectorize, BroadcastsAndSumsDerivatives) {
  const auto f = vectorize<"(n),(m,n),()->(m)">([](const auto& x, const auto& w, auto b) {
    auto y = w;  // (m, n), of vectors
    std::vector<std::remove_cvref_t<decltype(b)>> result;
    for (const auto& row : y) {
      result.push_back(b);
      for (std::size_t i = 0; i < x.size(); ++i) result.back() += row[i] * x[i];
    }
    return result;
  });
  Random rng(2);
  const Array<double> x = rng.normal<double>({4, 1, 3}), w = rng.normal<double>({5, 2, 3}), b = rng.normal<double>({5});
  const auto by_arrays = [](const Var<double>& u, const Var<double>& v, const Var<double>& c) {
    return squeeze(matmul(v, expand_dims(u, -1)), -1) + expand_dims(c, -1);
  };
  EXPECT_TRUE(close(f(x, w, b).value(), by_arrays(x, w, b).value(), 1e-15));
  const auto loss_of = [](const auto& function) {
    return [&](const Var<double>& u, const Var<double>& v, const Var<double>& c) {
      return sum(square(function(u, v, c)));
    };
  };
  const auto got = grad(loss_of(f))(x, w, b), expected = grad(loss_of(by_arrays))(x, w, b);
  EXPECT_TRUE(close(std::get<0>(got), std::get<0>(expected), 1e-14));
  EXPECT_TRUE(close(std::get<1>(got), std::get<1>(expected), 1e-14));
  EXPECT_TRUE(close(std::get<2>(got), std::get<2>(expected), 1e-14));
  const GradientReport report = check_gradient(loss_of(f), x, w, b);
  EXPECT_TRUE(report.ok()) << report.message;
}

// Lotka and Volterra's equations by Runge and Kutta's method, on numbers and on arrays.
template <class S>
std::array<S, 2> lotka_volterra(std::array<S, 2> x, const S& a, const S& b, int steps) {
  const auto rate = [&](const std::array<S, 2>& u) {
    return std::array<S, 2>{u[0] * (a - b * u[1]), u[1] * (b * u[0] - 1.0)};
  };
  const auto along = [](const std::array<S, 2>& u, double h, const std::array<S, 2>& k) {
    return std::array<S, 2>{u[0] + h * k[0], u[1] + h * k[1]};
  };
  for (int i = 0; i < steps; ++i) {
    const auto k1 = rate(x), k2 = rate(along(x, 0.05, k1)), k3 = rate(along(x, 0.05, k2)), k4 = rate(along(x, 0.1, k3));
    for (std::size_t j = 0; j < 2; ++j) x[j] = x[j] + (0.1 / 6) * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
  }
  return x;
}

TEST(Vectorize, IsDifferentiatedInEveryWay) {
  const auto solve =
      vectorize<"(2),(),()->(2)">([](const auto& x, auto a, auto b) { return lotka_volterra(x, a, b, 10); });
  const auto f = [&](const Var<double>& p) { return solve(slice(p, {{0, 2}}), p(2), p(3)); };
  const Doubles p{1.0, 0.5, 1.2, 0.9};
  const Array<double> J = jacobian(f)(p);
  const auto row = [](const Array<double>& m, std::size_t i) { return Var<double>(m)[i].value(); };
  const auto column = [&](const Array<double>& m, std::size_t i) { return row(transpose(Var<double>(m)).value(), i); };
  const Array<double> eye = xt::eye<double>(4);
  for (std::size_t j = 0; j < 4; ++j) {
    const Array<double> h = row(eye, j), up = p + 1e-6 * h, down = p - 1e-6 * h;
    const Array<double> slope = ((f(up) - f(down)) / 2e-6).value();
    EXPECT_TRUE(close(column(J, j), slope, 1e-8));
    EXPECT_TRUE(close(jvp(f)(p, h).tangent, column(J, j), 1e-14));
  }
  const auto loss = [&](const Var<double>& q) { return sum(square(f(q))); };
  const GradientReport report = check_gradient({.order = 2}, loss, p);
  EXPECT_TRUE(report.ok()) << report.message;
  const Array<double> H = hessian(loss)(p);
  EXPECT_TRUE(close(H, Array<double>(xt::transpose(H)), 1e-13));
  // A batch of parameters, one at a time and at once; and the gradients of each.
  Random rng(3);
  const Array<double> batch = p + 0.1 * rng.normal<double>({5, 4});
  const Array<double> all = vmap(f)(batch), slopes = vmap(grad(loss))(batch);
  for (std::size_t i = 0; i < 5; ++i) {
    const Array<double> one = row(batch, i);
    EXPECT_TRUE(close(row(all, i), f(one).value(), 0));
    EXPECT_TRUE(close(row(slopes, i), grad(loss)(one), 1e-14));
  }
  EXPECT_TRUE(close(grad(checkpoint(loss))(p), grad(loss)(p), 0));
}

TEST(Vectorize, InFloat) {
  const auto f = vectorize([](auto x, auto y) { return x > y ? tanh(x) * y : exp(y - x); });
  const xt::xarray<float> x{0.5f, 1.5f, -3.0f};
  const Array<float> y = expand_dims(Var<float>(xt::xarray<float>{1.0f, 0.25f}), -1).value();
  const auto by_arrays = [](const Var<float>& u, const Var<float>& v) {
    return where(u > v, tanh(u) * v, exp(where(u > v, 0.0, v - u)));
  };
  EXPECT_TRUE(close(f(x, y).value(), by_arrays(x, y).value(), 0));
  const auto slopes = [&](const auto& function) {
    return grad([&](const Var<float>& u, const Var<float>& v) { return sum(square(function(u, v))); })(x, y);
  };
  const auto got = slopes(f), expected = slopes(by_arrays);
  EXPECT_TRUE(close(std::get<0>(got), std::get<0>(expected), 1e-6));
  EXPECT_TRUE(close(std::get<1>(got), std::get<1>(expected), 1e-6));
}

// Inside of another run, and beside operations that both have.
TEST(Vectorize, Nests) {
  const auto square_of = vectorize([](auto x) { return x * x; });
  const auto outer = vectorize([&](auto x) { return square_of(x) + map([](auto u) { return exp(u); }, x); });
  EXPECT_TRUE(close(grad([&](const Var<double>& x) { return sum(outer(x)); })(Doubles{0.5, 1.0}),
                    std::vector<double>{1 + std::exp(0.5), 2 + std::exp(1.0)}));
}

// One with a signature, inside of another run.
TEST(Vectorize, NestsWithASignature) {
  const auto dot = vectorize<"(n),(n)->()">([](const auto& x, const auto& y) {
    auto total = x[0] * y[0];
    for (std::size_t i = 1; i < x.size(); ++i) total += x[i] * y[i];
    return total;
  });
  const auto outer = vectorize([&](auto x) {
    using S = decltype(x);
    return dot(std::vector<S>{x, 2}, std::vector<S>{x, x});
  });
  EXPECT_TRUE(
      close(grad([&](const Var<double>& x) { return sum(outer(x)); })(Doubles{0.5, 1.0}), std::vector<double>{3, 4}));
}

// A million statements and more: tapes grow by chunks.
TEST(Vectorize, LongRuns) {
  const auto product = vectorize<"(n)->()">([](const auto& x) {
    auto y = x[0] * 1.0;
    for (int repeat = 0; repeat < 200; ++repeat) {
      for (std::size_t i = 1; i < x.size(); ++i) y = y * x[i];
    }
    return y;
  });
  const Doubles x = xt::ones<double>({1000});
  const Array<double> dx = grad([&](const Var<double>& v) { return product(v); })(x);
  EXPECT_EQ(dx(0), 1);
  for (std::size_t i = 1; i < x.size(); ++i) ASSERT_EQ(dx(i), 200);
}

}  // namespace
}  // namespace xtape
