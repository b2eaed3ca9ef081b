// jvp, jacobian, hessian and hvp of Vars: derivatives that are variables of the tape around them.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

const Doubles kAt{0.5, -1.25, 2}, kDirection{1, 2, -1};
const Doubles kMatrix{{1, 2, 0}, {0.5, -1, 3}};

const auto kFew = [](const auto& x) { return tanh(matmul(kMatrix, x)); };                     // 3 to 2
const auto kMany = [](const auto& x) { return sin(expand_dims(x, 1) * expand_dims(x, 0)); };  // 3 to (3, 3)
const auto kNumber = [](const auto& x) { return sum(exp(0.3 * x)) * sum(square(x)) + x(0) * x(1) * x(2); };

// Outside of a tape Vars are constants, and what comes is as that of arrays.
TEST(DerivativesOfVars, OutsideOfATapeAreConstants) {
  const Var<double> x(kAt), v(kDirection);
  const auto same = [](const Var<double>& got, const Array<double>& expected) {
    return close(got.value(), expected, 1e-14);
  };
  const auto [value, tangent] = jvp(kMany)(x, v);
  const auto expected = jvp(kMany)(kAt, kDirection);
  EXPECT_TRUE(same(value, expected.value));
  EXPECT_TRUE(same(tangent, expected.tangent));
  EXPECT_TRUE(same(jacobian(kFew)(x), jacobian(kFew)(kAt)));
  EXPECT_TRUE(same(jacobian(kMany)(x), jacobian(kMany)(kAt)));
  EXPECT_TRUE(same(hessian(kNumber)(x), hessian(kNumber)(kAt)));
  EXPECT_TRUE(same(hvp(kNumber)(x, v), hvp(kNumber)(kAt, kDirection)));
}

// Each against central differences of itself, to the second order.
TEST(DerivativesOfVars, HaveDerivatives) {
  const auto checked = [](const auto& f) {
    const GradientReport report = check_gradient(f, kAt, kDirection);
    return report.ok() ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << report.message;
  };
  EXPECT_TRUE(checked([](const auto& x, const auto& v) {
    const auto [value, tangent] = jvp(kMany)(x, v);
    return value * tangent;
  }));
  EXPECT_TRUE(checked([](const auto& x, const auto& v) { return hvp(kNumber)(x, v); }));
  EXPECT_TRUE(checked([](const auto& x, const auto& v) { return matmul(jacobian(kFew)(x), v); }));
  EXPECT_TRUE(checked([](const auto& x, const auto& v) { return jacobian(kMany)(x) * v; }));
  EXPECT_TRUE(checked([](const auto& x, const auto& v) { return matmul(hessian(kNumber)(x), v); }));
}

TEST(DerivativesOfVars, InClosedForm) {
  Tape<double> tape;
  const Var<double> x = tape.watch(kAt), v = tape.watch(kDirection);
  const Var<double> y = sum(hvp([](const auto& u) { return sum(square(square(u))) / 12.0; })(x, v));  // x² v
  const auto d = tape.gradient(y, {x, v});
  EXPECT_TRUE(close(d[0], Array<double>(2.0 * kAt * kDirection)));
  EXPECT_TRUE(close(d[1], Array<double>(kAt * kAt)));
}

// What a function closes over varies in the outer derivative.
TEST(DerivativesOfVars, OfWhatTheFunctionClosesOver) {
  Tape<double> tape;
  const Var<double> w = tape.watch(2.0);
  const auto f = [&](const auto& u) { return exp(w) * sum(u * u * u); };
  const Var<double> x(kAt), v(kDirection);
  const double slope = 6 * std::exp(2.0) * xt::sum(kAt * kDirection)();
  EXPECT_NEAR(tape.gradient(sum(hvp(f)(x, v)), w)(), slope, 1e-11);
  EXPECT_NEAR(tape.gradient(sum(matmul(hessian(f)(x), v)), w)(), slope, 1e-11);
  EXPECT_NEAR(tape.gradient(jvp(f)(x, v).tangent, w)(), 3 * std::exp(2.0) * xt::sum(kAt * kAt * kDirection)(), 1e-11);
  EXPECT_NEAR(tape.gradient(sum(jacobian(f)(x) * v), w)(), 3 * std::exp(2.0) * xt::sum(kAt * kAt * kDirection)(),
              1e-11);
}

TEST(DerivativesOfVars, OfSeveralArguments) {
  const auto f = [](const auto& a, const auto& b) { return sum(a * a * b) + b(0) * b(1); };
  const Doubles a{1, 2}, b{3, 5};
  Tape<double> tape;
  const Var<double> x = tape.watch(a);
  const auto [first, second] = hessian(f)(x, b);
  EXPECT_TRUE(close(std::get<0>(first).value(), Shape{2, 2}, {6, 0, 0, 10}));
  EXPECT_TRUE(close(std::get<1>(first).value(), Shape{2, 2}, {2, 0, 0, 4}));
  EXPECT_TRUE(close(std::get<0>(second).value(), Shape{2, 2}, {2, 0, 0, 4}));
  EXPECT_TRUE(close(std::get<1>(second).value(), Shape{2, 2}, {0, 1, 1, 0}));
  EXPECT_TRUE(close(tape.gradient(sum(std::get<1>(first)), x), {2, 2}));
  const auto [da, db] = hvp(f)(x, b, Doubles{1, 0}, Doubles{0, 1});
  EXPECT_TRUE(close(da.value(), {6, 4}));
  EXPECT_TRUE(close(db.value(), {3, 0}));
  const auto [ja, jb] = jacobian([](const auto& u, const auto& w) { return u * w; })(x, b);
  EXPECT_TRUE(close(ja.value(), Shape{2, 2}, {3, 0, 0, 5}));
  EXPECT_TRUE(close(jb.value(), Shape{2, 2}, {1, 0, 0, 2}));
}

TEST(DerivativesOfVars, OfNothingAndOfWhatIsIndependent) {
  Tape<double> tape;
  const Var<double> x = tape.watch(kAt), none = tape.watch(zeros<double>({0}));
  EXPECT_EQ(jacobian([](const auto& u) { return exp(u); })(none).shape(), (Shape{0, 0}));
  EXPECT_EQ(jacobian([](const auto& u) { return slice(u, {{0, 0}}); })(x).shape(), (Shape{0, 3}));
  const Var<double> zero = jacobian([](const auto&) { return Var<double>(kDirection); })(x);
  EXPECT_EQ(zero.value(), zeros<double>({3, 3}));
  EXPECT_TRUE(close(tape.gradient(sum(zero) + sum(x), x), {1, 1, 1}));
  EXPECT_EQ(hessian([](const auto& u) { return sum(u); })(x).value(), zeros<double>({3, 3}));
}

TEST(DerivativesOfVars, SaysWhatIsWrong) {
  const Var<double> x(kAt);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { hessian(kFew)(x); }), {"[hessian]", "one number", "(2,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { hvp(kNumber)(x, Doubles{1, 2}); }), {"[hvp]", "direction", "(2,)"}));
}

}  // namespace
}  // namespace xtape
