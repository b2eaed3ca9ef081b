// Functions of single numbers as operations on arrays.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kOne = xt::ones<double>({1}), kTwo = 2 * kOne;
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

// Code for double, as others have written it.
template <class S>
S collatz(S x) {
  using std::fabs, std::sqrt;
  S total = 0;
  for (int i = 0; fabs(x) > 1 && i < 100; ++i) {
    if (x < 0) x = -x;
    total += sqrt(x);
    x /= 2;
  }
  return total + x;
}

TEST(Vectorize, RunsCodeThatBranches) {
  const auto f = vectorize([](auto x) { return collatz(x); });
  const Doubles x{0.5,   3,     -5,   100, 7, 2.5, 9,  17, 33,
                  -0.25, 0.125, 1000, 1.5, 5, 10,  20, 31};  // more than two registers
  const Array<double> y = f(x).value();
  const Array<double> dx = grad([&](const Var<double>& v) { return sum(f(v)); })(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(y(i), collatz(x(i))) << x(i);
    const double h = 1e-6 * std::abs(x(i));
    EXPECT_NEAR(dx(i), (collatz(x(i) + h) - collatz(x(i) - h)) / (2 * h), 1e-7) << x(i);
  }
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

TEST(Vectorize, ThirdDerivativesAreRefused) {
  const auto f = vectorize([](auto x) { return x * x * x * x; });
  const auto first = grad([&](const Var<double>& x) { return sum(f(x)); });
  const auto second = grad([&](const Var<double>& x) { return sum(first(x)); });
  EXPECT_TRUE(close(second(kTwo), std::vector<double>{48}));
  const auto third = grad([&](const Var<double>& x) { return sum(second(x)); });
  EXPECT_TRUE(has(message_of<Error>([&] { third(kTwo); }),
                  {"[vectorize] first and second derivatives", "a third one was asked for"}));
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

TEST(Vectorize, NumbersBehaveAsCsOwn) {
  const auto f = vectorize([](auto x) {
    using S = decltype(x);
    static_assert(std::numeric_limits<S>::max() == std::numeric_limits<double>::max());
    std::vector<S> values{x, S(3), x * 2, S()};
    std::sort(values.begin(), values.end());
    const bool inside = x > 0 && x < 10, either = x < 0 || x != 2;
    S y = inside ? std::max(values[1], x) : S(0);
    y += atan2(x, 2) + fabs(x) + fma(x, x, 1) + fdim(x, 1) + rint(x) + asin(x / 10) + tgamma(x);
    y -= either ? 1 : 2;
    ++y;
    y--;
    if (isnan(y) || !isfinite(y)) return S(-1);
    return y * S(int(values.size())) + (x > 2) * x;
  });
  const auto by_hand = [](double x) {
    std::vector<double> values{x, 3, x * 2, 0};
    std::sort(values.begin(), values.end());
    const double y = (x > 0 && x < 10 ? std::max(values[1], x) : 0) + std::atan2(x, 2) + std::abs(x) + x * x + 1 +
                     std::fdim(x, 1) + std::rint(x) + std::asin(x / 10) + std::tgamma(x) - (x < 0 || x != 2 ? 1 : 2);
    return y * 4 + (x > 2) * x;
  };
  const Doubles x{-2.5, -0.5, 0.75, 2.0, 5.0, 9.5};
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(f(x(i)).item(), by_hand(x(i)), 1e-9 * std::abs(by_hand(x(i))));
}

// What nothing depends on passes nothing on, though its slope be infinite.
TEST(Vectorize, AnInfiniteSlopeOfWhatIsNotUsed) {
  const auto f = vectorize([](auto x) {
    const auto root = sqrt(x);
    return x > 0.0 ? root : x * 3.0;
  });
  EXPECT_TRUE(close(grad([&](const Var<double>& x) { return sum(f(x)); })(Doubles{0.0, 4.0}),
                    std::vector<double>{3.0, 0.25}, 0));
}

// Rows that part ways in code that no exception could leave.
template <class S>
S size_of_number(const S& x) noexcept {
  return x > 0 ? x : -x;
}
TEST(Vectorize, RowsPartInCodeThatCatchesAllOrThrowsNothing) {
  const auto f = vectorize([](auto x) {
    decltype(x) y;
    try {
      y = size_of_number(x) * x;
      for (int i = 0; i < int(x.value()); ++i) y = y * 2.0;
    } catch (...) {
      y = -1000.0;
    }
    return y;
  });
  const Doubles x{-2.5, 1.0, 0.5, 3.0, -1.0, 2.0, 4.0, 2.5, 5.0, 5.0};
  const Array<double> y = f(x).value(), dx = grad([&](const Var<double>&v) { return sum(f(v)); })(x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double scale = std::exp2(std::max(0, int(x(i))));
    EXPECT_EQ(y(i), std::abs(x(i)) * x(i) * scale);
    EXPECT_EQ(dx(i), 2 * std::abs(x(i)) * scale);
  }
  // Arrays that a run uses are of no concern to the lanes around them, nor theirs to those.
  const auto outer = vectorize([&](auto v) {
    const bool positive = v > 0.0;
    const double all = sum(f(x)).item();
    return positive ? v * all : v;
  });
  const double all = sum(f(x)).item();
  const Array<double> of_outer = grad([&](const Var<double>& v) { return sum(outer(v)); })(x);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(of_outer(i), x(i) > 0 ? all : 1);
}

TEST(Vectorize, WhatTheFunctionThrowsArrives) {
  const Doubles x = xt::linspace<double>(-1, 1, 1000);
  const auto throws_above = [](double limit) {
    return vectorize([limit](auto v) {
      auto y = v;
      for (int i = 0; i < 50; ++i) y = sin(y) + v;
      if (v > limit) throw std::runtime_error("too large");
      return y;
    });
  };
  Tape<double> tape;
  const Var<double> u = tape.watch(x);
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] { throws_above(0.9)(u); }), {"too large"}));
  const auto square_of = vectorize([](auto v) { return v * v; });
  EXPECT_TRUE(close(tape.gradient(sum(square_of(u)), u), Array<double>(2 * x), 0));
  const auto catches = vectorize([&](auto v) {
    const auto inner = vectorize([](auto w) {
      if (w < 0.0) throw std::runtime_error("negative");
      return w * w;
    });
    try {
      return inner(v) * 1.0;
    } catch (const std::runtime_error&) {
      return v * 3.0;
    }
  });
  EXPECT_TRUE(close(grad([&](const Var<double>& v) { return sum(catches(v)); })(x),
                    Array<double>(xt::where(x < 0.0, 3.0, 2 * x)), 0));
}

template <class S>
int sign_of(const S& x) {
  return (S(0) < x) - (x < S(0));
}
TEST(Vectorize, IdiomsOfNumbers) {
  const auto f = vectorize([](auto x) {
    using std::signbit;
    const int conditions = (x > -1) + (x > 1);
    std::ostringstream text;
    text << x << (x > 1);
    return sign_of(x) * x * x + conditions * x + (signbit(x) ? 0.5 : 0.25) + double(text.str().size());
  });
  const Doubles x{-2.5, -0.5, 0.75, 2.5};
  EXPECT_TRUE(close(f(x).value(), std::vector<double>{-6.25 + 0.5 + 5, -0.25 - 0.5 + 0.5 + 5, 0.5625 + 0.75 + 0.25 + 5,
                                                      6.25 + 5.0 + 0.25 + 4}));
  EXPECT_TRUE(close(grad([&](const Var<double>& v) { return sum(f(v)); })(x), std::vector<double>{5, 2, 2.5, 7}));
}

TEST(Vectorize, ResultsThatAreEmptyOrReferences) {
  const auto same = vectorize<"(n,m)->(n,m)">([](const auto& x) -> const auto& { return x; });
  for (const Shape& shape : {Shape{0, 0}, Shape{3, 0}, Shape{4, 3, 0}}) {
    EXPECT_EQ(same(zeros<double>(shape)).shape(), shape);
  }
  const auto pairs = vectorize<"(n,2)->(n,2)">([](const auto& x) { return x; });
  EXPECT_EQ(pairs(zeros<double>({0, 2})).shape(), (Shape{0, 2}));
  EXPECT_EQ(grad([&](const Var<double>& x) { return sum(pairs(x)); })(zeros<double>({0, 2})).shape(), (Shape{0, 2}));
  const auto two = vectorize([](auto x) -> const std::pair<decltype(x), double> { return {x * x, 2.0}; });
  const auto [square, constant] = two(Doubles{1.0, 3.0});
  EXPECT_TRUE(close(square.value(), std::vector<double>{1, 9}));
  EXPECT_TRUE(close(constant.value(), std::vector<double>{2, 2}));
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

TEST(Vectorize, BadInput) {
  const auto two = vectorize<"(n),(n,2)->(n)">([](const auto& x, const auto& y) {
    auto z = x;
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = x[i] * y[i][0] + y[i][1];
    return z;
  });
  const Doubles x3 = xt::ones<double>({3}), x32 = xt::ones<double>({3, 2}), x42 = xt::ones<double>({4, 2}),
                x33 = xt::ones<double>({3, 3}), none = xt::ones<double>({0, 3});
  EXPECT_TRUE(close(two(x3, x32).value(), std::vector<double>{2, 2, 2}));
  const auto says = [&](const auto& call, std::initializer_list<std::string> parts) {
    EXPECT_TRUE(has(message_of<ShapeError>(call), parts));
  };
  says([&] { two(1.0, x32); }, {"[vectorize] argument 1 must have at least the dimensions (n), got shape ()"});
  says([&] { two(x3, x42); }, {"argument 2 must have the dimensions (n, 2) with n = 3, got shape (4, 2)"});
  says([&] { two(x3, x33); }, {"argument 2 must have the dimensions (n, 2), got shape (3, 3)"});
  says([&] { two(none, x32); }, {"[vectorize] at least one row expected, got none", "shape (0,)"});
  says(
      [&] {
        two(Doubles(xt::ones<double>({2, 3})), Doubles(xt::ones<double>({4, 3, 2})));
      },
      {"[vectorize]", "(2,)", "(4,)"});

  const auto ragged = vectorize([](auto x) { return std::vector<std::vector<decltype(x)>>{{x, x}, {x}}; });
  says([&] { ragged(1.0); }, {"[vectorize] the vectors of a result", "got 2 and 1"});
  const auto grows = vectorize([](auto x) { return std::vector<decltype(x)>(std::size_t(x.value()), x); });
  says(
      [&] {
        grows(Doubles{1, 2});
      },
      {"[vectorize] every row must give results of the same shapes, got (1,) and (2,)"});
  const auto wrong = vectorize<"()->(3)">([](auto x) { return std::array{x, x}; });
  says([&] { wrong(1.0); }, {"result 1 must have the dimensions (3), got shape (2,)"});
  const auto more = vectorize<"()->(),()">([](auto x) { return x; });
  says([&] { more(1.0); }, {"2 results expected by the signature, got 1"});
}

TEST(Vectorize, ANumberBeyondItsRun) {
  std::optional<Active<Scalar<double>>> kept;
  const auto keeps = vectorize([&](auto x) {
    if constexpr (std::same_as<decltype(x), Active<Scalar<double>>>) {
      if (kept) x = x + *kept;
      kept = x;
    }
    return x * 2.0;
  });
  const auto run = [&] {
    Tape<double> tape;
    const Var<double> x = tape.watch(kOne);
    return tape.gradient(sum(keeps(x)), x);
  };
  EXPECT_TRUE(close(run(), std::vector<double>{2.0}));
  EXPECT_TRUE(has(message_of<TapeError>(run), {"[vectorize] a number was used beyond the run", "keep x.value()"}));
  EXPECT_TRUE(
      has(message_of<TapeError>([&] { return *kept + 1.0; }), {"[vectorize] a number was used beyond the run"}));
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
