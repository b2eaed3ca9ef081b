// Derivatives of derivatives: what each one is with respect to, and what it holds.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

// d/dx (x * d/dy (x + y)) = 1: the inner derivative must not see the outer one's variable as its own.
TEST(Nesting, DoesNotConfuseWhatIsVaried) {
  const auto f = [](const auto& x) { return x * grad([&](const auto& y) { return x + y; })(Var<double>(1.0)); };
  EXPECT_EQ(grad(f)(3.0)(), 1);
  const auto same_variable = [](const auto& x) { return x * grad([&](const auto& y) { return x + y; })(x); };
  EXPECT_EQ(grad(same_variable)(3.0)(), 1);
  const auto product = [](const auto& x) { return x * grad([&](const auto& y) { return x * y; })(x); };
  EXPECT_EQ(grad(product)(3.0)(), 6);  // x * x
}

// What the inner function closes over varies in the outer derivative, if the inner argument is a Var (here a constant).
TEST(Nesting, DifferentiatesThroughWhatIsClosedOver) {
  const auto f = [](const auto& x) {
    const Var<double> at(2.0);
    return grad([&](const auto& y) { return exp(x * y) * y; })(at);  // (1 + x y) e^(x y)
  };
  EXPECT_NEAR(grad(f)(0.5)(), (2 + 2 * (1 + 0.5 * 2)) * std::exp(1.0), 1e-12);
}

// An array as the argument makes a tape of the inner derivative's own, and what it gives is a constant outside: what
// its function closes over would lose its derivative there.
TEST(Nesting, AnArrayInsideMayNotCloseOverWhatVaries) {
  const auto product = [](const auto& x) { return [&x](const auto& y) { return sum(x * y); }; };
  const Doubles at{1, 2};
  const auto refused = [](const auto& f) {
    return has(message_of<TapeError>([&] {
                 grad(f)(Doubles{3, 4});
               }),
               {"closes over a variable", "Var", "stop_gradient"});
  };
  EXPECT_TRUE(refused([&](const auto& x) { return sum(x * grad(product(x))(at)); }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * value_and_grad(product(x))(at).value; }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * vjp(product(x))(at).value; }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * jvp(product(x))(at, at).value; }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * sum(Var<double>(jacobian(product(x))(at))); }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * sum(Var<double>(hessian(product(x))(at))); }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * sum(Var<double>(hvp(product(x))(at, at))); }));
  EXPECT_TRUE(refused([&](const auto& x) { return x * grad([&](const auto&) { return sum(x); })(at)(0); }));
  const auto stopped = [&](const auto& x) { return sum(x * grad(product(stop_gradient(x)))(at)); };
  EXPECT_TRUE(close(grad(stopped)(Doubles{3, 4}), {3, 4}));
  const auto nested = [&](const auto& x) { return sum(x * grad(product(x))(Var<double>(at))); };
  EXPECT_TRUE(close(grad(nested)(Doubles{3, 4}), {6, 8}));
}

TEST(Nesting, AnArrayInsideOfACheckpointOrATapeByHand) {
  Tape<double> tape;
  const Var<double> a = tape.watch(2.0);
  const auto slope = [&](const Var<double>& v) { return v * grad([&](const auto& y) { return v * y * y; })(3.0)(); };
  EXPECT_THROW(slope(a), TapeError);
  const Var<double> later = checkpoint(slope)(a);  // whose argument is a constant in its first run
  EXPECT_THROW(tape.gradient(later, a), TapeError);
  EXPECT_EQ(grad([](const auto& y) { return y * y; })(3.0)(), 6);  // that closes over nothing may be taken anywhere
}

TEST(Nesting, ToThirdOrder) {
  const auto f = [](const auto& x) { return sum(sin(x) * exp(x)); };  // f''' = 2 e^x (cos x - sin x)
  const auto first = [&](const auto& x) { return sum(grad(f)(x)); };
  const auto second = [&](const auto& x) { return sum(grad(first)(x)); };
  const Doubles x{0.3, -1, 2};
  const Array<double> third = grad(second)(x);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(third(i), 2 * std::exp(x(i)) * (std::cos(x(i)) - std::sin(x(i))), 1e-12);
  }
  const Array<double> through_hessian = hessian(first)(x);
  EXPECT_NEAR(through_hessian(2, 2), third(2), 1e-12);
}

TEST(Nesting, ThroughMapWithAnArgumentTwice) {
  const auto cube = [](const auto& x) { return sum(map([](auto a, auto b) { return a * b * b; }, x, x)); };
  const Doubles x{1, -2};
  EXPECT_TRUE(close(grad(cube)(x), {3, 12}));
  EXPECT_TRUE(close(hessian(cube)(x), Shape{2, 2}, {6, 0, 0, -12}));
  const auto second = [&](const auto& v) { return sum(grad([&](const auto& u) { return sum(grad(cube)(u)); })(v)); };
  EXPECT_TRUE(close(grad(second)(x), {6, 6}));
}

TEST(Nesting, ThroughMapOfMap) {
  const auto f = [](const auto& x) {
    return sum(map([](auto a) { return a * map([](auto b, auto c) { return exp(b) * c; }, a, a); }, x));  // x^2 e^x
  };
  EXPECT_TRUE(close(grad(f)(1.5), Shape{}, {(2 * 1.5 + 2.25) * std::exp(1.5)}));
  EXPECT_TRUE(close(hessian(f)(1.5), Shape{}, {(2 + 4 * 1.5 + 2.25) * std::exp(1.5)}));
}

TEST(Nesting, StopGradientHoldsAtBothOrders) {
  const auto f = [](const auto& x) { return sum(x * x * stop_gradient(x)); };
  const Doubles x{2, 3};
  EXPECT_TRUE(close(grad(f)(x), {8, 18}));                       // 2 x s
  EXPECT_TRUE(close(hessian(f)(x), Shape{2, 2}, {4, 0, 0, 6}));  // 2 s
  const auto g = [&](const auto& v) { return sum(v * stop_gradient(grad(f)(v))); };
  EXPECT_TRUE(close(grad(g)(x), {8, 18}));
}

// On a tape by hand, grad takes and gives its variables.
TEST(Nesting, OnATapeByHand) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), w = tape.watch(Doubles{3, 5});
  const auto f = [&](const auto& v) { return sum(w * v * v * v); };
  const Var<double> slope = grad(f)(x);  // 3 w x^2
  EXPECT_TRUE(close(slope.value(), {9, 60}));
  const auto d = tape.gradient(sum(slope), std::vector<Var<double>>{x, w});
  EXPECT_TRUE(close(d[0], {18, 60}));
  EXPECT_TRUE(close(d[1], {3, 12}));
}

TEST(Nesting, VarsOutsideOfATapeGiveConstants) {
  const Var<double> x(Doubles{1, 2});
  const auto [value, slope] = value_and_grad([](const auto& v) { return sum(v * v); })(x);
  EXPECT_EQ(value.item(), 5);
  EXPECT_TRUE(close(slope.value(), {2, 4}));
  EXPECT_EQ(slope.node(), kConstant);
  EXPECT_TRUE(close((slope * 2.0).value(), {4, 8}));
}

// A first-order sweep in the middle, that frees, leaves what a later recorded one needs alone or says so.
TEST(Nesting, AfterAFreeingSweepIsRefused) {
  Tape<double> tape;
  const Var<double> x = tape.watch(2.0), y = exp(x);
  tape.gradient(y, x);
  const auto through_y = [&](const auto& v) { return y * v; };
  EXPECT_NEAR(grad(through_y)(x).item(), std::exp(2.0), 1e-12);  // y is held, so nothing freed is needed
  EXPECT_THROW(tape.gradient(y * x, x), TapeError);
}

}  // namespace
}  // namespace xtape
