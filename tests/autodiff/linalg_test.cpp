// Linear algebra where there is no result, or no derivative; stacks, threads, operands of every kind; and what users
// get wrong, also of einsum.

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/threads.hpp"
#include "tests/autodiff/ops/functions.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace xtape {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Var<double> of(const Shape& shape) {
  return Var<double>(ones<double>(shape));
}
Array<double> identity(std::size_t n, double on = 1) {
  Array<double> y = zeros<double>({n, n});
  for (std::size_t i = 0; i < n; ++i) y(i, i) = on;
  return y;
}
bool all_nan(const Array<double>& x) {
  for (const double v : x) {
    if (!std::isnan(v)) return false;
  }
  return x.size() > 0;
}

struct Refusal {
  std::function<void()> call;
  std::vector<std::string> says;
};
template <class E>
void expect_refusals(const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) {
    const std::string message = message_of<E>(refusal.call);
    for (const std::string& part : refusal.says) EXPECT_TRUE(has(message, {part}));
  }
}

TEST(Linalg, RefusesShapesThatDoNotFit) {
  const auto a = of({2, 3}), v = of({3});
  const std::string no_square = "a square matrix, or a stack of them, expected: a is (2, 3)";
  expect_refusals<ShapeError>({
      {[&] { cholesky(a); }, {"[cholesky] " + no_square}},
      {[&] { cho_solve(a, v); }, {"[cho_solve] " + no_square}},
      {[&] { cho_logdet(a); }, {"[cho_logdet] " + no_square}},
      {[&] { solve(a, v); }, {"[solve] " + no_square}},
      {[&] { solve_triangular(a, v); }, {"[solve_triangular] " + no_square}},
      {[&] { inv(a); }, {"[inv] " + no_square}},
      {[&] { det(a); }, {"[det] " + no_square}},
      {[&] { slogdet(a); }, {"[slogdet] " + no_square}},
      {[&] { eigh(a); }, {"[eigh] " + no_square}},
      {[&] { eigvalsh(a); }, {"[eigvalsh] " + no_square}},
      {[&] { expm(a); }, {"[expm] " + no_square}},
      {[&] { matrix_power(a, 2); }, {"[matrix_power] " + no_square}},
      {[&] { inv(v); }, {"[inv]", "(3,)"}},
      {[&] { svd(v); }, {"[svd] a matrix, or a stack of them, expected: a is (3,)"}},
      {[&] { svdvals(v); }, {"[svdvals]", "(3,)"}},
      {[&] { qr(v); }, {"[qr]", "(3,)"}},
      {[&] { pinv(v); }, {"[pinv]", "(3,)"}},
      {[&] { matrix_rank(v); }, {"[matrix_rank]", "(3,)"}},
      {[&] { cond(v); }, {"[cond]", "(3,)"}},
      {[&] {
         cond(of({0, 3}));
       },
       {"[cond]", "at least one element", "(0, 3)"}},
      {[&] {
         solve(of({3, 3}), of({2}));
       },
       {"[solve] b of 3 rows expected: a is (3, 3), b is (2,)"}},
      {[&] {
         solve(of({3, 3}), of({2, 3}));
       },
       {"[solve]", "(2, 3); a stack of vectors is expand_dims(b, -1)"}},
      {[&] {
         solve(of({3, 3}), Var<double>(1.0));
       },
       {"[solve]", "b is ()"}},
      {[&] {
         solve(of({2, 3, 3}), of({4, 3, 1}));
       },
       {"[solve]", "(2,)", "(4,)"}},
      {[&] { lstsq(a, v); }, {"[lstsq] as many rows of b as of a expected: a is (2, 3), b is (3,)"}},
  });
}

TEST(Linalg, SaysWhichMatrixStoppedAndWhere) {
  const Array<double> indefinite{{4, 2, 0}, {2, 1, 0}, {0, 0, 1}}, singular{{1, 2}, {2, 4}};
  const Var<double> definite = stack<double>({identity(3), identity(3), indefinite, identity(3)});
  const Var<double> pair = reshape(definite, {2, 2, 3, 3});
  expect_refusals<NumericError>({
      {[&] { cholesky(indefinite); },
       {"[cholesky] a positive definite matrix expected: of the matrix of shape (3, 3) the leading minor of order 2 is "
        "not "
        "positive"}},
      {[&] { cholesky(pair); }, {"[cholesky]", "matrix (1, 0) of (2, 2, 3, 3)", "order 2"}},
      {[&] { cholesky(identity(2, -1)); }, {"order 1"}},
      {[&] { inv(singular); },
       {"[inv] a matrix that is not singular expected: of the matrix of shape (2, 2) the LU "
        "factorization has pivot 2 of 2 equal to 0"}},
      {[&] {
         solve(stack<double>({identity(2), singular}), of({2}));
       },
       {"[solve]", "matrix (1,) of (2, 2, 2)", "pivot 2 of 2"}},
      {[&] {
         solve_triangular(Array<double>{{1, 2}, {0, 0}}, of({2}));
       },
       {"[solve_triangular] a triangle that is not singular expected", "element 2 of the diagonal is 0"}},
      {[&] { matrix_power(singular, -1); }, {"[inv]"}},
      {[&] { grad([](const auto& x) { return slogdet(x)[1]; })(singular); }, {"[slogdet]", "pivot 2 of 2"}},
  });
}

TEST(Linalg, GivesNanForAMatrixWithNan) {
  Array<double> bad = identity(3);
  bad(1, 0) = kNan;
  Array<double> infinite = identity(3);
  infinite(2, 2) = kInfinity;
  const Var<double> three = stack<double>({bad, identity(3, 2), infinite});
  const auto check = [&](const Var<double>& y, const Var<double>& expected) {
    EXPECT_TRUE(all_nan(y[0].value()));
    EXPECT_TRUE(close(y[1].value(), expected.value()));
    EXPECT_TRUE(all_nan(y[2].value()));
  };
  const Var<double> one(identity(3)), two(identity(3, 2));
  check(inv(three), 0.5 * one);
  check(det(three), 8.0);
  check(slogdet(three)[1], 3 * std::log(2.0));
  check(solve(three, of({3, 1})), 0.5 * of({3, 1}));
  check(eigh(three)[0], 2.0 * of({3}));
  check(eigvalsh(three), 2.0 * of({3}));
  check(svd(three)[1], 2.0 * of({3}));
  check(abs(qr(three)[1]), two);
  check(pinv(three), 0.5 * one);
  check(expm(three), std::exp(2.0) * one);
  Array<double> lower = cholesky(identity(3, 4)).value();
  EXPECT_TRUE(close(lower, two.value()));
  EXPECT_TRUE(all_nan(cholesky(bad).value()));
}

// What is above the diagonal does not count, not even NaN.
TEST(Linalg, ReadsOneTriangleOfSymmetricMatrices) {
  const Array<double> half{{4, kNan}, {2, 5}}, whole{{4, 2}, {2, 5}};
  EXPECT_TRUE(close(cholesky(half).value(), {2, 2}, {2, 0, 1, 2}));
  EXPECT_TRUE(close(cholesky(xt::xarray<double>(xt::transpose(half)), true).value(), {2, 2}, {2, 1, 0, 2}));
  EXPECT_TRUE(close(eigvalsh(half).value(), eigvalsh(whole).value()));
  EXPECT_TRUE(close(solve_triangular(half, std::vector<double>{4, 7}, {.lower = true}).value(), {2}, {1, 1}));
}

TEST(Linalg, HasTheDerivativeOfADeterminantOfSingularMatrices) {
  const auto gradient = grad([](const auto& x) { return sum(det(x)); });
  EXPECT_TRUE(close(gradient(Array<double>{{1, 2}, {2, 4}}), {2, 2}, {4, -2, -2, 1}));
  EXPECT_TRUE(close(gradient(zeros<double>({1, 1})), ones<double>({1, 1})));
  EXPECT_TRUE(close(gradient(zeros<double>({3, 3})), zeros<double>({3, 3})));
  const Array<double> one_zero{{0, 2, 0}, {0, 0, -5}, {0, 0, 0}};
  EXPECT_TRUE(close(gradient(one_zero), {3, 3}, {0, 0, 0, 0, 0, 0, -10, 0, 0}));
  // Beside a regular one.
  const Array<double> both = stack<double>({one_zero, identity(3, 2)}).value();
  const Array<double> expected =
      stack<double>({Array<double>{{0, 0, 0}, {0, 0, 0}, {-10, 0, 0}}, identity(3, 4)}).value();
  EXPECT_TRUE(close(gradient(both), expected));
  const auto [sign, logarithm] = slogdet(one_zero);
  EXPECT_EQ(sign.item(), 0);
  EXPECT_EQ(logarithm.item(), -kInfinity);
}

TEST(Linalg, HasDerivativesAtRepeatedEigenvaluesWhereTheyExist) {
  const Array<double> one = identity(3);
  EXPECT_TRUE(close(grad([](const auto& x) { return sum(square(eigvalsh(x))); })(one), identity(3, 2)));
  EXPECT_TRUE(close(grad([](const auto& x) { return sum(svdvals(x)); })(one), one));
  const Array<double> of_vectors = grad([](const auto& x) { return sum(eigh(x)[1]); })(one);
  EXPECT_TRUE(std::isnan(of_vectors(0, 1)));
  const Array<double> of_left = grad([](const auto& x) {
    return sum(square(svd(x)[0]) * Array<double>{1, 2, 3});
  })(one);
  EXPECT_TRUE(std::isnan(of_left(0, 1)));
}

TEST(Linalg, GivesTheGradientOfSymmetricMatrices) {
  const Array<double> a{{4, 1, 0}, {1, 3, 1}, {0, 1, 5}};
  for (const Array<double>& g : {grad([](const auto& x) { return sum(cholesky(x)); })(a), grad([](const auto& x) {
                                   return sum(square(eigh(x)[1]) * Array<double>{1, 2, 3});
                                 })(a),
                                 grad([](const auto& x) { return sum(cholesky(x, true)); })(a)}) {
    EXPECT_TRUE(close(g, transpose(Var<double>(g)).value()));
  }
}

TEST(Linalg, KnowsRanksAndConditions) {
  const Array<double> low{{1, 2, 3}, {2, 4, 6}}, scaled{{1e-3, 0}, {0, 10}};
  EXPECT_EQ(matrix_rank(low)(), 1);
  EXPECT_EQ(matrix_rank(scaled)(), 2);
  EXPECT_EQ(matrix_rank(scaled, 0.01)(), 1);
  EXPECT_EQ(matrix_rank(zeros<double>({2, 2}))(), 0);
  EXPECT_EQ(matrix_rank(stack<double>({identity(2), zeros<double>({2, 2})})), (xt::xarray<std::int64_t>{2, 0}));
  EXPECT_EQ(matrix_rank(zeros<double>({2, 0, 3})), (xt::xarray<std::int64_t>{0, 0}));
  EXPECT_NEAR(cond(scaled).item(), 1e4, 1e-8);
  EXPECT_EQ(cond(Array<double>{{1, 0}, {0, 0}}).item(), kInfinity);
  EXPECT_EQ(cond(zeros<double>({2, 2})).item(), kInfinity);
}

TEST(Linalg, PseudoInverseLeavesOutWhatIsSmall) {
  const Array<double> a{{1, 0}, {0, 1e-3}};
  EXPECT_TRUE(close(pinv(a).value(), {2, 2}, {1, 0, 0, 1000}));
  EXPECT_TRUE(close(pinv(a, 0.01).value(), {2, 2}, {1, 0, 0, 0}));
  EXPECT_TRUE(close(pinv(zeros<double>({2, 3})).value(), zeros<double>({3, 2})));
  EXPECT_TRUE(close(lstsq(of({2, 2}), std::vector<double>{1, 3}).value(), {2}, {1, 1}));
}

TEST(Linalg, ExponentiatesEachMatrixOfAStackByItself) {
  const Array<double> small{{0.1, 0.2}, {0.3, 0.4}}, large{{-40, 30}, {20, -10}};
  const Array<double> both = expm(stack<double>({small, large, zeros<double>({2, 2})})).value();
  const Array<double> expected = stack<double>({expm(small), expm(large), Var<double>(identity(2))}).value();
  EXPECT_TRUE(close(both, expected, 1e-15));
}

TEST(Linalg, PowersOfMatrices) {
  const Array<double> a{{1, 1}, {0, 1}};
  EXPECT_TRUE(close(matrix_power(a, 0).value(), identity(2)));
  EXPECT_TRUE(close(matrix_power(a, 1).value(), a));
  EXPECT_TRUE(close(matrix_power(a, 1000000007).value(), {2, 2}, {1, 1000000007, 0, 1}));
  EXPECT_TRUE(close(matrix_power(a, -3).value(), {2, 2}, {1, -3, 0, 1}));
}

// The same factors, and a basis of what they leave.
TEST(Linalg, SingularVectorsOfFullMatrices) {
  Random rng(3);
  for (const Shape& shape : {Shape{4, 2}, Shape{2, 5}, Shape{3, 3}, Shape{2, 3, 2}, Shape{2, 0}, Shape{0, 3}}) {
    const Var<double> a = rng.normal<double>(shape);
    const auto thin = svd(a), full = svd(a, true);
    const std::size_t m = a.shape(-2), n = a.shape(-1), k = std::min(m, n);
    ASSERT_EQ(full[0].shape(-1), m);
    ASSERT_EQ(full[2].shape(-2), n);
    EXPECT_TRUE(close(full[1].value(), thin[1].value()));
    EXPECT_TRUE(close(matmul(swapaxes(full[0], -2, -1), full[0]).value(),
                      broadcast_to(Var<double>(identity(m)), full[0].shape()).value(), 1e-14));
    EXPECT_TRUE(close(matmul(full[2], swapaxes(full[2], -2, -1)).value(),
                      broadcast_to(Var<double>(identity(n)), full[2].shape()).value(), 1e-14));
    const Range first(0, std::ptrdiff_t(k));
    const auto left = xtape::apply(detail::make_slice_along("svd", full[0].shape(), -1, first), full[0]);
    EXPECT_TRUE(close(matmul(left * expand_dims(full[1], -2), thin[2]).value(), a.value(), 1e-13));
  }
  // What is beyond has no gradient, and disturbs no other.
  const Array<double> x = rng.normal<double>({4, 2});
  const auto squares = [](bool whole) {
    return [whole](const auto& v) {
      const auto [u, s, vh] = svd(v, whole);
      return sum(square(slice(u, {{}, {0, 2}})) * Array<double>{1, 3}) + sum(s * s) +
             (whole ? sum(slice(u, {{}, 3})) : 0.0 * sum(s));
    };
  };
  EXPECT_TRUE(close(grad(squares(true))(x), grad(squares(false))(x), 1e-13));
}

TEST(Linalg, TakesWhatUsersHave) {
  const std::vector<std::vector<double>> rows{{2, 0}, {1, 4}};
  const xt::xtensor<float, 2> floats{{2, 0}, {1, 4}};
  const xt::xarray<int> integers{{2, 0}, {1, 4}};
  EXPECT_EQ(det(rows).item(), 8);
  static_assert(std::same_as<decltype(det(floats)), Var<float>>);
  EXPECT_EQ(det(floats).item(), 8);
  EXPECT_EQ(det(integers).item(), 8);
  EXPECT_TRUE(close(solve(rows, std::vector<double>{2, 9}).value(), {2}, {1, 2}));
  EXPECT_TRUE(close(inv(xt::transpose(floats)).value(), {2, 2}, {0.5, -0.125, 0, 0.25}));
}

// Functions of a symmetric matrix with the eigenvalues 2 + t and 5 + 3 t, or of a product with a rotation, at t = 0.
TEST(Linalg, HasDerivativesToFourthOrder) {
  const double c = std::cos(0.7), s = std::sin(0.7);
  const Array<double> turn{{c, -s}, {s, c}}, at{{2, 0}, {0, 5}}, slope{{1, 0}, {0, 3}};
  const Var<double> back = transpose(Var<double>(turn));
  const auto matrix = [&](const Var<double>& t) { return multi_dot(turn, at + t * slope, back); };
  const auto trace = [](const Var<double>& x) { return sum(x * identity(2)); };
  const double of_logarithm = -6 / 16.0 - 6 * 81 / 625.0, of_inverse = 24 / 32.0 + 24 * 81 / 3125.0;
  const double of_exponential = std::exp(2.0) + 81 * std::exp(5.0);
  const std::vector<std::pair<std::function<Var<double>(const Var<double>&)>, double>> functions{
      {[&](const auto& t) { return cho_logdet(cholesky(matrix(t))); }, of_logarithm},
      {[&](const auto& t) { return slogdet(matrix(t))[1]; }, of_logarithm},
      {[&](const auto& t) { return sum(log(eigh(matrix(t))[0])); }, of_logarithm},
      {[&](const auto& t) { return sum(log(svd(matmul(matrix(t), turn))[1])); }, of_logarithm},
      {[&](const auto& t) {
         const Var<double> r = qr(matrix(t))[1];
         return log(abs(r(0, 0) * r(1, 1)));
       },
       of_logarithm},
      {[&](const auto& t) { return log(det(matrix(t))); }, of_logarithm},
      {[&](const auto& t) { return trace(inv(matrix(t))); }, of_inverse},
      {[&](const auto& t) { return trace(solve(matrix(t), identity(2))); }, of_inverse},
      {[&](const auto& t) { return trace(cho_solve(cholesky(matrix(t)), identity(2))); }, of_inverse},
      {[&](const auto& t) { return trace(pinv(matrix(t))); }, of_inverse},
      {[&](const auto& t) { return trace(expm(matrix(t))); }, of_exponential},
      {[&](const auto& t) { return trace(matrix_power(matrix(t), 5)); }, 120 * 2 + 120 * 81 * 5.0},
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const double got = tests::derivative(4, functions[i].first, 0.0).item(), expected = functions[i].second;
    EXPECT_NEAR(got, expected, 1e-9 * std::abs(expected)) << "function " << i;
  }
}

// Many small ones are shared over the threads.
TEST(Linalg, GivesTheSameBitsOnAnyNumberOfThreads) {
  Random rng(5);
  const Array<double> x = rng.normal<double>({200, 12, 12});
  const Var<double> a = matmul(x, transpose(Var<double>(x), {0, 2, 1})) + identity(12);
  const std::size_t before = kernels::available_threads();
  std::vector<std::vector<Array<double>>> results;
  for (const std::size_t threads : {1, 3}) {
    kernels::set_available_threads(threads);
    results.push_back(
        {cholesky(a).value(), inv(a).value(), eigh(a)[1].value(), svd(a)[0].value(), qr(a)[0].value(), det(a).value()});
  }
  kernels::set_available_threads(before);
  for (std::size_t i = 0; i < results[0].size(); ++i) EXPECT_TRUE(close(results[0][i], results[1][i], 0)) << i;
}

// Of which one is shared over the threads.
TEST(Linalg, OfLargeMatrices) {
  Random rng(6);
  const Array<double> x = rng.normal<double>({700, 700});
  const Var<double> a = matmul(x, transpose(Var<double>(x))) / 700.0 + identity(700);
  const Var<double> l = cholesky(a);
  EXPECT_TRUE(close(matmul(l, transpose(l)).value(), a.value(), 1e-11));
  EXPECT_TRUE(close(matmul(a, inv(a)).value(), identity(700), 1e-11));
  EXPECT_NEAR(cho_logdet(l).item(), slogdet(a)[1].item(), 1e-9);
  // With row exchanges, and stopped in a later band.
  EXPECT_TRUE(close(matmul(x, solve(x, a)).value(), a.value(), 1e-9));
  EXPECT_TRUE(close(matmul(transpose(Var<double>(x)), solve(transpose(Var<double>(x)), a)).value(), a.value(), 1e-9));
  Array<double> indefinite = a.value();
  indefinite(600, 600) = -1;
  EXPECT_TRUE(has(message_of<NumericError>([&] { cholesky(indefinite); }), {"order 601"}));
}

// A result that nobody uses is not swept.
TEST(Linalg, SweepsWhatIsUsedAlone) {
  Tape<double> tape;
  const Var<double> x = tape.watch(identity(2));  // whose eigenvectors have no derivative
  const auto [w, v] = eigh(x);
  EXPECT_TRUE(close(tape.gradient(sum(w * w), x), {2, 2}, {2, 0, 0, 2}));
}

TEST(Einsum, SaysWhatIsWrong) {
  const auto a = of({2, 3}), b = of({3, 4});
  expect_refusals<ShapeError>({
      {[&] { einsum("ij,jk->ik", a); }, {"[einsum] 2 operands expected, got 1, in \"ij,jk->ik\""}},
      {[&] { einsum("ij", a, b); }, {"1 operands expected, got 2"}},
      {[&] { einsum("ij,jk->ik", a, a); }, {"'j' has extent 3, but 2 in operand 1 of shape (2, 3)"}},
      {[&] { einsum("ijk->i", a); }, {"3 dimensions named for operand 0 of shape (2, 3), which has 2"}},
      {[&] { einsum("i->i", a); }, {"1 dimensions named"}},
      {[&] { einsum("i...jk", a); }, {"3 dimensions named"}},
      {[&] { einsum("ij->ik", a); }, {"'k' of the result is in no operand"}},
      {[&] { einsum("ij->ii", a); }, {"'i' is twice in the result"}},
      {[&] { einsum("i1", a); }, {"letters and at most one `...` expected", "\"1\""}},
      {[&] { einsum("i..", a); }, {"letters and at most one `...` expected"}},
      {[&] { einsum("...i...", a); }, {"at most one `...`"}},
      {[&] { einsum("ij->i->j", a); }, {"letters and at most one `...` expected for the result"}},
      {[&] { einsum("...j->j", a); }, {"`...` expected in the result"}},
      {[&] {
         einsum("...i,...i", a, of({3, 3}));
       },
       {"the ellipsis has extent 2, but 3 in operand 1"}},
      {[&] { einsum("", a); }, {"0 dimensions named"}},
  });
  EXPECT_EQ(einsum("", Var<double>(3.0)).item(), 3);
  EXPECT_EQ(einsum(",->", 2.0, Var<double>(3.0)).item(), 6);
  EXPECT_EQ(einsum("...,...", a, 2.0).shape(), (Shape{2, 3}));
  EXPECT_EQ(einsum("...->...", a).shape(), (Shape{2, 3}));
}

TEST(Einsum, OfNoElements) {
  EXPECT_TRUE(close(einsum("ij,jk->ik", of({2, 0}), of({0, 3})).value(), zeros<double>({2, 3})));
  EXPECT_EQ(einsum("ij,jk->ik", of({0, 2}), of({2, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(einsum("ii->i", of({0, 0})).shape(), Shape{0});
  EXPECT_EQ(einsum("ij->", of({0, 2})).item(), 0);
}

// The implicit result is in alphabetical order, capitals first; whole stacks at once.
TEST(Einsum, ImpliesItsResult) {
  const auto a = of({2, 3}), b = of({3, 4});
  EXPECT_EQ(einsum("bA", a).shape(), (Shape{3, 2}));
  EXPECT_EQ(einsum("ji,ik", a, b).shape(), (Shape{2, 4}));
  EXPECT_EQ(einsum("i...", a).shape(), (Shape{3, 2}));
  EXPECT_EQ(einsum("zij,jk", of({5, 2, 3}), b).shape(), (Shape{2, 4, 5}));  // i, k, z
}

TEST(Products, RefuseWhatDoesNotFit) {
  const auto a = of({2, 3});
  expect_refusals<ShapeError>({
      {[&] { tensordot(a, a, 1); }, {"[tensordot] equal extents expected, got axis 1 of a, (2, 3), with axis 0 of b"}},
      {[&] { tensordot(a, a, 3); }, {"[tensordot] at most as many axes expected as both have, got 3"}},
      {[&] { tensordot(a, a, -1); }, {"[tensordot]", "got -1"}},
      {[&] {
         tensordot(a, a, {0, 1}, {0});
       },
       {"[tensordot] as many axes of a as of b expected, got 2 and 1"}},
      {[&] { tensordot(a, a, {2}, {0}); }, {"[tensordot]", "axis 2"}},
      {[&] { inner(a, of({2})); }, {"[inner] equal extents expected, got axis 1 of a"}},
      {[&] { vdot(a, of({5})); }, {"[vdot] equal numbers of elements expected: a is (2, 3), b is (5,)"}},
      {[&] {
         cross(a, of({2, 2}));
       },
       {"[cross] extents of 3 along axis -1 expected"}},
      {[&] { cross(a, Var<double>(1.0)); }, {"[cross]", "axis -1"}},
      {[&] { multi_dot(a, a); }, {"[multi_dot] inner dimensions differ: factor 0 is (2, 3), factor 1 is (2, 3)"}},
      {[&] {
         multi_dot(of({2, 2, 2}), a);
       },
       {"[multi_dot] matrices expected", "(2, 2, 2)"}},
      {[&] { multi_dot(a, of({3}), of({3})); }, {"[multi_dot]", "factor 1 is (3,)"}},
      {[&] {
         block_diag(a, of({1, 1, 1}));
       },
       {"[block_diag] matrices expected: block 1 is (1, 1, 1)"}},
  });
}

TEST(Products, OfNumbersAndVectors) {
  EXPECT_EQ(inner(2.0, of({3})).shape(), Shape{3});
  EXPECT_EQ(multi_dot(of({3}), of({3, 2}), of({2})).item(), 6);
  EXPECT_TRUE(close(block_diag(of({2}), 5.0, of({1, 1})).value(), {3, 4}, {1, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1}));
  EXPECT_TRUE(close(kron(Array<double>{1, 10}, 2.0).value(), {2}, {2, 20}));
  EXPECT_TRUE(close(outer(std::vector<double>{1, 2}, Array<double>{{3, 4}}).value(), {2, 2}, {3, 4, 6, 8}));
  EXPECT_TRUE(close(cross(Array<double>{1, 0, 0}, Array<double>{0, 1, 0}).value(), {3}, {0, 0, 1}));
}

}  // namespace
}  // namespace xtape
