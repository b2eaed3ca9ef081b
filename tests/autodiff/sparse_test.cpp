// Sparse Jacobians and Hessians against the dense ones, closed forms, and the number of sweeps that they take.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "autodiff/transforms/coloring.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <vector>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Entries = std::vector<SparsityPattern::Entry>;

SparsityPattern random_pattern(std::size_t rows, std::size_t cols, std::size_t entries, Random& rng) {
  Entries all;
  for (std::size_t k = 0; rows * cols > 0 && k < entries; ++k) all.emplace_back(rng.below(rows), rng.below(cols));
  return {rows, cols, all};
}

// Of which nothing is 0 at a generic point: d f_i / d x_j = w cos(x_j) for each entry.
template <class T>
auto function_of(const SparsityPattern& p) {
  const Array<T> weights = Random(5).uniform<T>({p.nnz()}, T(1), T(2));
  return [p, weights](const auto& x) {
    const auto terms = weights * sin(take(ravel(x), Indices(p.columns())));
    return segment_sum(terms, Indices(p.entry_rows()), p.rows());
  };
}
// The same of second derivatives, and of those of each variable that an entry names: sum w exp(x_i) sin(x_j).
template <class T>
auto number_of(const SparsityPattern& p) {
  const Array<T> weights = Random(6).uniform<T>({p.nnz()}, T(1), T(2));
  return [p, weights](const auto& x) {
    return sum(weights * exp(take(x, Indices(p.entry_rows()))) * sin(take(x, Indices(p.columns()))));
  };
}
SparsityPattern arrow(std::size_t n) {
  Entries entries;
  for (std::size_t i = 0; i < n; ++i) {
    for (const auto& entry : Entries{{i, i}, {n - 1, i}, {i, n - 1}}) entries.push_back(entry);
  }
  return {n, n, entries};
}
Array<double> point(std::size_t n) {
  return Random(3).uniform({n}, 0.2, 1.2);
}

template <class T>
Array<T> as_matrix(Array<T> dense, const SparsityPattern& p) {
  dense.reshape(Shape{p.rows(), p.cols()});
  return dense;
}

const SparseOptions kChecked{.check = true};

TEST(SparsityPattern, IsThatOfItsEntries) {
  const SparsityPattern p(3, 4, {{2, 3}, {0, 1}, {2, 0}, {0, 1}});
  EXPECT_EQ(p.starts(), (std::vector<std::size_t>{0, 1, 1, 3}));
  EXPECT_EQ(p.columns(), (std::vector<std::size_t>{1, 0, 3}));
  EXPECT_EQ(p.entry_rows(), (std::vector<std::size_t>{0, 2, 2}));
  EXPECT_EQ(p.nnz(), 3u);
  EXPECT_EQ(p, SparsityPattern::csr(3, 4, {0, 1, 1, 3}, {1, 0, 3}));
  EXPECT_EQ(p.transposed(), SparsityPattern(4, 3, {{3, 2}, {1, 0}, {0, 2}}));
  EXPECT_EQ(p.transposed().transposed(), p);
  EXPECT_EQ(p.united({3, 4, {{1, 1}, {0, 1}}}), SparsityPattern(3, 4, {{0, 1}, {1, 1}, {2, 0}, {2, 3}}));
  EXPECT_TRUE(p.contains(2, 3));
  EXPECT_FALSE(p.contains(2, 1) || p.contains(1, 0) || p.contains(3, 0) || p.contains(0, 4));
  EXPECT_EQ(SparsityPattern::band(3, 4, 1, 0), SparsityPattern(3, 4, {{0, 0}, {1, 0}, {1, 1}, {2, 1}, {2, 2}}));
  EXPECT_EQ(SparsityPattern::band(4, 2, 0, 9), SparsityPattern(4, 2, {{0, 0}, {0, 1}, {1, 1}}));
  EXPECT_EQ(SparsityPattern::band(5, 1, 0, 0), SparsityPattern(5, 1, {{0, 0}}));
  EXPECT_EQ(SparsityPattern().nnz(), 0u);
}

TEST(SparsityPattern, RefusesWhatIsNone) {
  using Sizes = std::vector<std::size_t>;
  const auto message = [](auto... a) { return message_of<ShapeError>([&] { SparsityPattern::csr(a...); }); };
  EXPECT_EQ(message_of<ShapeError>([] {
              SparsityPattern(2, 3, {{0, 0}, {1, 3}});
            }),
            "[SparsityPattern] entries must lie in a matrix of shape (2, 3), got (1, 3)");
  EXPECT_THROW(SparsityPattern(2, 3, {{2, 0}}), ShapeError);
  EXPECT_THROW(SparsityPattern(0, 0, {{0, 0}}), ShapeError);
  EXPECT_EQ(message(2u, 2u, Sizes{0, 1}, Sizes{0}), "[SparsityPattern] starts of 2 rows must be 3, got 2");
  EXPECT_EQ(message(1u, 2u, Sizes{0, 2}, Sizes{0}),
            "[SparsityPattern] starts must rise from 0 to the number of columns, 1, got from 0 to 2");
  EXPECT_TRUE(has(message(2u, 2u, Sizes{0, 2, 1}, Sizes{0}), {"must rise"}));
  EXPECT_TRUE(has(message(1u, 2u, Sizes{1, 1}, Sizes{0}), {"got from 1 to 1"}));
  EXPECT_EQ(message(1u, 2u, Sizes{0, 2}, Sizes{1, 0}),
            "[SparsityPattern] the columns of a row must rise and be below 2, got 0 in row 0");
  EXPECT_TRUE(has(message(1u, 2u, Sizes{0, 2}, Sizes{1, 1}), {"got 1 in row 0"}));
  EXPECT_TRUE(has(message(1u, 2u, Sizes{0, 1}, Sizes{2}), {"got 2 in row 0"}));
  EXPECT_EQ(message_of<ShapeError>([] {
              SparsityPattern(2, 3, {}).united({3, 2, {}});
            }),
            "[SparsityPattern] patterns that are united must have the same shape, got (2, 3) and (3, 2)");
}

// All ways, of the same entries to rounding.
template <class T>
void expect_jacobian(const SparsityPattern& p, double tolerance) {
  const auto f = function_of<T>(p);
  const Array<T> x = point(p.cols());
  const Array<T> expected = as_matrix(Array<T>(jacobian(f)(x)), p);
  EXPECT_EQ(jacobian_pattern(f)(x), p);
  const SparseMatrix<T> found = sparse_jacobian(f, kChecked)(x);
  EXPECT_EQ(found.pattern, p);
  EXPECT_EQ(shape_of(found.values), Shape{p.nnz()});
  EXPECT_TRUE(close(found.dense(), expected, tolerance));
  EXPECT_LE(found.sweeps, std::min(p.rows(), p.cols()));
  for (const SparseSweeps sweeps : {SparseSweeps::kFewest, SparseSweeps::kColumns, SparseSweeps::kRows}) {
    const SparseMatrix<T> given = sparse_jacobian(f, p, {.sweeps = sweeps, .check = true})(x);
    EXPECT_EQ(given.pattern, p);
    EXPECT_TRUE(close(given.dense(), expected, tolerance));
    EXPECT_LE(found.sweeps, given.sweeps);
  }
}
template <class T>
void expect_hessian(const SparsityPattern& p, double tolerance) {
  const auto f = number_of<T>(p);
  const Array<T> x = point(p.cols());
  Entries named;
  for (const std::size_t i : p.entry_rows()) named.emplace_back(i, i);
  for (const std::size_t j : p.columns()) named.emplace_back(j, j);
  const SparsityPattern half = p.united({p.rows(), p.cols(), named}), both = half.united(half.transposed());
  const Array<T> expected = hessian(f)(x);
  EXPECT_EQ(hessian_pattern(f)(x), both);
  const SparseMatrix<T> found = sparse_hessian(f, kChecked)(x), given = sparse_hessian(f, half, kChecked)(x);
  EXPECT_EQ(found.pattern, both);
  EXPECT_EQ(given.pattern, both);  // one triangle would do
  EXPECT_TRUE(close(found.dense(), expected, tolerance));
  EXPECT_TRUE(close(given.dense(), expected, tolerance));
  EXPECT_LE(found.sweeps, p.rows());
}

TEST(SparseJacobian, IsTheDenseOne) {
  Random rng(1);
  for (const auto& [rows, cols] : Entries{{12, 12}, {5, 30}, {30, 5}, {1, 9}, {9, 1}, {1, 1}, {40, 40}}) {
    for (const std::size_t entries : {std::size_t(1), rows + cols, 4 * (rows + cols)}) {
      expect_jacobian<double>(random_pattern(rows, cols, entries, rng), 1e-12);
      expect_jacobian<float>(random_pattern(rows, cols, entries, rng), 1e-5);
    }
  }
  expect_jacobian<double>(SparsityPattern::band(50, 50, 2, 1), 1e-12);
  expect_jacobian<double>(SparsityPattern::band(20, 50, 0, 3), 1e-12);
  expect_jacobian<double>(SparsityPattern::band(8, 8, 8, 8), 1e-12);  // dense
  expect_jacobian<double>(arrow(40), 1e-12);
  expect_jacobian<double>(SparsityPattern(7, 6, {{2, 3}, {2, 4}}), 1e-12);  // most rows and columns are empty
  expect_jacobian<double>(SparsityPattern(7, 6, {}), 1e-12);
}

TEST(SparseHessian, IsTheDenseOne) {
  Random rng(2);
  for (const std::size_t n : {std::size_t(1), std::size_t(7), std::size_t(30)}) {
    for (const std::size_t entries : {std::size_t(1), n, 3 * n, 8 * n}) {
      expect_hessian<double>(random_pattern(n, n, entries, rng), 1e-12);
      expect_hessian<float>(random_pattern(n, n, entries, rng), 1e-4);
    }
  }
  expect_hessian<double>(SparsityPattern::band(40, 40, 3, 0), 1e-12);
  expect_hessian<double>(SparsityPattern::band(9, 9, 9, 9), 1e-12);
  expect_hessian<double>(arrow(30), 1e-12);
  const auto product = [](const auto& x) { return x(1) * x(4) * x(5); };  // no diagonal
  const SparseMatrix<double> h = sparse_hessian(product, kChecked)(point(6));
  EXPECT_EQ(h.pattern.nnz(), 6u);
  EXPECT_TRUE(close(h.dense(), hessian(product)(point(6)), 1e-12));
}

TEST(SparseJacobian, OfNoElementsAndOfConstants) {
  const auto itself = [](const auto& x) { return x * 2.0; };
  const SparseMatrix<double> none = sparse_jacobian(itself, kChecked)(zeros<double>({0}));
  EXPECT_EQ(none.pattern, SparsityPattern());
  EXPECT_EQ(none.values.size(), 0u);
  const auto nothing = [](const auto& x) { return sum(square(x)); };
  EXPECT_EQ(sparse_hessian(nothing, {.check = true})(zeros<double>({0})).pattern, SparsityPattern());
  const auto constant = [](const auto&) { return Var<double>(Doubles{1, 2, 3}); };
  const SparseMatrix<double> zero = sparse_jacobian(constant, kChecked)(Doubles{1, 2});
  EXPECT_EQ(zero.pattern, SparsityPattern(3, 2, {}));
  EXPECT_EQ(zero.sweeps, 0u);
  EXPECT_TRUE(close(zero.dense(), zeros<double>({3, 2})));
  // A derivative that is known to be 0 nevertheless, and one that does not depend on x.
  EXPECT_TRUE(close(sparse_jacobian(constant, SparsityPattern::band(3, 2, 1, 0), kChecked)(Doubles{1, 2}).dense(),
                    zeros<double>({3, 2})));
  EXPECT_TRUE(close(
      sparse_hessian([](const auto& x) { return sum(x); }, SparsityPattern::band(2, 2, 0, 0), kChecked)(Doubles{1, 2})
          .dense(),
      zeros<double>({2, 2})));
  EXPECT_EQ(sparse_jacobian(itself)(3.0).values(0), 2.0);  // of a number
}

TEST(SparseJacobian, OfArraysOfAnyShape) {
  const auto f = [](const auto& x) { return square(slice(x, {{}, {1, {}}})) * slice(x, {{}, {0, -1}}); };
  const Array<double> x = Random(1).normal({5, 4});
  const SparseMatrix<double> found = sparse_jacobian(f, kChecked)(x);
  EXPECT_EQ(found.pattern.rows(), 15u);
  EXPECT_EQ(found.pattern.nnz(), 30u);
  EXPECT_EQ(found.sweeps, 2u);
  EXPECT_TRUE(close(found.dense(), as_matrix(Array<double>(jacobian(f)(x)), found.pattern)));
  const auto g = [](const auto& v) { return sum(exp(v) * roll(v, 1, 0)); };
  Array<double> dense = hessian(g)(x);
  const SparseMatrix<double> second = sparse_hessian(g, kChecked)(x);
  EXPECT_TRUE(close(second.dense(), as_matrix(dense, second.pattern)));
}

// Rosenbrock's chain: sum 100 (x[i + 1] - x[i]²)² + (1 - x[i])².
TEST(SparseHessian, OfRosenbrocksChain) {
  const std::size_t n = 10'000;
  const auto f = [](const auto& x) {
    const auto here = slice(x, {{0, -1}}), next = slice(x, {{1, {}}});
    return sum(100.0 * square(next - square(here)) + square(1.0 - here));
  };
  const Array<double> x = Random(1).normal({n});
  const auto pattern = SparsityPattern::band(n, n, 1, 1);
  const SparseMatrix<double> h = sparse_hessian(f, kChecked)(x);
  ASSERT_EQ(h.pattern, pattern);
  EXPECT_LE(h.sweeps, 3u);
  for (std::size_t i = 0, k = 0; i < n; ++i) {
    const double own = i + 1 < n ? 1200 * x(i) * x(i) - 400 * x(i + 1) + 2 : 0, other = i > 0 ? 200 : 0;
    if (i > 0) {
      EXPECT_NEAR(h.values(k++), -400 * x(i - 1), 1e-9);
    }
    EXPECT_NEAR(h.values(k++), own + other, 1e-9);
    if (i + 1 < n) {
      EXPECT_NEAR(h.values(k++), -400 * x(i), 1e-9);
    }
  }
}

// What it costs ----------------------------------------------------------------------------------------------------

// Counts how often its derivative is taken, batch by batch.
struct Counted : Operation<"counted", kInput> {
  static inline std::size_t derivatives = 0;
  template <class S>
  static S eval(const S& x) {
    return S(x.v * x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    ++derivatives;
    return {2.0 * g * x};
  }
};
// The sweeps of f, each of which takes the derivative of Counted once.
template <class F, class Run>
std::size_t sweeps_of(const F& f, const Array<double>& x, const Run& run) {
  Counted::derivatives = 0;
  const auto [value, pullback] = vjp(f)(x);
  pullback(ones<double>(shape_of(value)));
  const std::size_t one = std::exchange(Counted::derivatives, 0);
  run();
  return Counted::derivatives / one;
}

TEST(SparseJacobian, OfABandTakesAsManySweepsAsTheBandIsWide) {
  const std::size_t n = 10'000;
  const auto f = [](const auto& x) {
    const auto y = apply(Counted{}, x);
    return 3.0 * y - roll(y, 1) - roll(y, -1);
  };
  const Array<double> x = Random(1).uniform({n}, 1.0, 2.0);
  SparsityPattern pattern;
  const std::size_t to_find = sweeps_of(f, x, [&] { pattern = jacobian_pattern(f)(x); });
  EXPECT_EQ(pattern, SparsityPattern::band(n, n, 1, 1).united({n, n, {{0, n - 1}, {n - 1, 0}}}));
  EXPECT_LE(to_find, 56u);  // four a halving
  SparseMatrix<double> j;
  const auto at = sparse_jacobian(f, pattern);
  EXPECT_EQ(sweeps_of(f, x, [&] { j = at(x); }), j.sweeps);
  EXPECT_LE(j.sweeps, 4u);  // a ring whose length is not a multiple of 3
  const std::vector<std::size_t> rows = pattern.entry_rows();
  for (std::size_t k = 0; k < pattern.nnz(); ++k) {
    const std::size_t col = pattern.columns()[k];
    EXPECT_EQ(j.values(k), (rows[k] == col ? 6 : -2) * x(col));
  }
}

TEST(SparseJacobian, OfAnArrowTakesAFewSweeps) {
  const std::size_t n = 2000;
  const SparsityPattern p = arrow(n);
  const auto f = function_of<double>(p);
  const Array<double> x = point(n);
  EXPECT_EQ(jacobian_pattern(f)(x), p);
  EXPECT_EQ(sparse_jacobian(f, p, kChecked)(x).sweeps, 3u);  // the dense row, the dense column, all others
  const SparseMatrix<double> h = sparse_hessian(number_of<double>(p), kChecked)(x);
  EXPECT_EQ(h.pattern, p);
  EXPECT_EQ(h.sweeps, 2u);
}

TEST(SparseHessian, OfAGridTakesFewColors) {
  const std::size_t n = 60;
  const auto f = [](const auto& x) { return sum(exp(diff(x, 1, 0))) + sum(exp(diff(x, 1, 1))); };
  const Array<double> x = Random(2).normal({n, n});
  const SparseMatrix<double> h = sparse_hessian(f, kChecked)(x);
  EXPECT_EQ(h.pattern.nnz(), n * n + 4 * n * (n - 1));
  EXPECT_LE(h.sweeps, 10u);
}

// Any two patterns: that of one colour is told apart is what direct recovery rests on.
TEST(Coloring, OfStarsHasNoPathOfFourInTwoColors) {
  Random rng(4);
  for (int round = 0; round < 40; ++round) {
    const std::size_t n = 4 + rng.below(20);
    SparsityPattern p = random_pattern(n, n, rng.below(4 * n), rng);
    p = p.united(p.transposed());
    const auto color = detail::color_stars(p).color;
    const auto joined = [&](std::size_t a, std::size_t b) { return a != b && p.contains(a, b); };
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        if (!joined(a, b)) continue;
        ASSERT_NE(color[a], color[b]);
        for (std::size_t c = 0; c < n; ++c) {
          for (std::size_t d = 0; c != a && joined(b, c) && d < n; ++d) {
            const bool path = d != b && d != a && joined(c, d);
            ASSERT_FALSE(path && color[a] == color[c] && color[b] == color[d]);
          }
        }
      }
    }
  }
}

// What does not fit ------------------------------------------------------------------------------------------------

TEST(SparseJacobian, RefusesAPatternOfAnotherShape) {
  const auto f = [](const auto& x) { return concatenate({x, x}); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              sparse_jacobian(f, SparsityPattern::band(3, 6, 1, 1))(Doubles{1, 2, 3});
            }),
            "[sparse_jacobian] the pattern must have the shape (6, 3), of the elements of f(x) and of x, got (3, 6)");
  const auto g = [](const auto& x) { return sum(square(x)); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              sparse_hessian(g, SparsityPattern::band(2, 2, 0, 0))(Doubles{1, 2, 3});
            }),
            "[sparse_hessian] the pattern must have the shape (3, 3), of the elements of x, got (2, 2)");
  EXPECT_EQ(message_of<ShapeError>([&] { sparse_hessian(g, SparsityPattern::band(2, 3, 0, 0)); }),
            "[sparse_hessian] the pattern must be square, got (2, 3)");
  EXPECT_THROW(sparse_hessian([](const auto& x) { return square(x); })(Doubles{1, 2}), ShapeError);
}

TEST(SparseJacobian, TheCheckFindsAMissingEntry) {
  const std::size_t n = 30;
  const auto pattern = SparsityPattern::band(n, n, 1, 1);
  Random rng(7);
  for (int round = 0; round < 10; ++round) {
    const SparsityPattern::Entry extra{rng.below(n), rng.below(n)};
    if (pattern.contains(extra.first, extra.second)) continue;
    const auto f = function_of<double>(pattern.united({n, n, {extra}}));
    for (const SparseSweeps sweeps : {SparseSweeps::kFewest, SparseSweeps::kColumns, SparseSweeps::kRows}) {
      EXPECT_NO_THROW(sparse_jacobian(f, pattern, {.sweeps = sweeps})(point(n)));
      const auto run = [&] { sparse_jacobian(f, pattern, {.sweeps = sweeps, .check = true})(point(n)); };
      EXPECT_TRUE(has(message_of<Error>(run),
                      {"[sparse_jacobian] the pattern misses an entry in row " + std::to_string(extra.first) +
                       ": column " + std::to_string(extra.second) + ", which is "}));
    }
    const auto g = number_of<double>(pattern.united({n, n, {extra}}));
    const std::string message = message_of<Error>([&] { sparse_hessian(g, pattern, kChecked)(point(n)); });
    EXPECT_TRUE(has(message, {"[sparse_hessian] the pattern misses an entry in row "}));
  }
}

// An entry that is 0 where the pattern was looked for, and not elsewhere.
TEST(SparseJacobian, APatternIsThatOfItsPoint) {
  const auto f = [](const auto& x) { return x * roll(x, 1); };
  EXPECT_EQ(jacobian_pattern(f)(Doubles{0, 1, 2}).nnz(), 4u);
  const auto at_zero = sparse_jacobian(f, jacobian_pattern(f)(Doubles{0, 1, 2}), kChecked);
  EXPECT_TRUE(has(message_of<Error>([&] { at_zero(Doubles{1, 2, 3}); }), {"in row 0: column 2, which is 1"}));
  EXPECT_EQ(jacobian_pattern(f)(Doubles{3, 1, 2}).nnz(), 6u);
}

TEST(SparseJacobian, TheCheckLetsRoundingPass) {
  const auto f = [](const auto& x) { return concatenate({log(exp(x)) - x, 2.0 * x}); };
  const Array<double> x = Random(1).uniform({20}, 0.0, 9.0);
  const SparsityPattern lower(40, 20, [] {
    Entries entries;
    for (std::size_t i = 0; i < 20; ++i) entries.emplace_back(20 + i, i);
    return entries;
  }());
  EXPECT_TRUE(close(sparse_jacobian(f, lower, kChecked)(x).dense(), jacobian(f)(x), 1e-14));
  EXPECT_TRUE(close(sparse_jacobian(f, kChecked)(x).dense(), jacobian(f)(x), 1e-14));
}

TEST(SparseJacobian, ClosesOverNothingOfATape) {
  Tape<double> tape;
  const Var<double> w = tape.watch(2.0);
  EXPECT_THROW(sparse_jacobian([&](const auto& x) { return x * w; })(Doubles{1, 2}), TapeError);
  EXPECT_THROW(hessian_pattern([&](const auto& x) { return sum(x * x * w); })(Doubles{1, 2}), TapeError);
}

TEST(SparseMatrix, TimesAVector) {
  Random rng(8);
  const SparsityPattern p = random_pattern(6, 9, 20, rng);
  const SparseMatrix<double> a = sparse_jacobian(function_of<double>(p), p)(point(9));
  const Array<double> v = rng.normal({9}), g = rng.normal({6});
  const auto product = [&](const auto& u) { return matmul(a, u); };
  EXPECT_TRUE(close(product(v).value(), matmul(Var<double>(a.dense()), v).value()));
  const auto [value, pullback] = vjp(product)(v);
  EXPECT_TRUE(close(pullback(g), matmul(transpose(Var<double>(a.dense())), g).value()));
  EXPECT_EQ(message_of<ShapeError>([&] { matmul(a, g); }),
            "[matmul] a sparse matrix of shape (6, 9) takes a vector of shape (9,), got (6,)");
  const SparseMatrix<double> square = sparse_jacobian(function_of<double>(arrow(6)))(point(6));
  EXPECT_TRUE(close(linear_solve([&](const auto& u) { return matmul(square, u); })(Var<double>(g)).value(),
                    solve(Var<double>(square.dense()), g).value(), 1e-9));
}

}  // namespace
}  // namespace xtape
