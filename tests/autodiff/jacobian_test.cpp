// jacobian by rows and by columns: the same numbers, at the cost of the smaller side.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <vector>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

// The rows, one pullback each.
template <class F>
Array<double> by_pullbacks(const F& f, const Array<double>& x) {
  const auto [value, pullback] = vjp(f)(x);
  Shape shape = shape_of(value);
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  Array<double> jacobian_of_f = zeros<double>(shape);
  for (std::size_t i = 0; i < value.size(); ++i) {
    Array<double> seed = zeros<double>(shape_of(value));
    seed.data()[i] = 1;
    const Array<double> row = pullback(seed);
    std::copy_n(row.data(), row.size(), jacobian_of_f.data() + i * row.size());
  }
  return jacobian_of_f;
}

const Doubles kTimes = xt::linspace<double>(-1, 1, 1000);

// Two peaks over a thousand points.
const auto kCurve = [](const auto& p) {
  const auto at = [&](std::ptrdiff_t k) { return slice(p, {{k, k + 1}}); };
  return at(0) * exp(-square((kTimes - at(1)) / at(2))) + at(3) * exp(-square((kTimes - at(4)) / at(5)));
};

TEST(Jacobian, OfFewInputsIsThatOfThePullbacks) {
  const Array<double> p{1, .3, .1, .5, .7, .05};
  EXPECT_TRUE(close(jacobian(kCurve)(p), by_pullbacks(kCurve, p), 1e-13));
  const Array<double> a{{0.5, -1.0, 2.0}, {1.5, 0.3, -0.7}};
  const auto outer = [](const auto& v) { return tanh(matmul(transpose(v), v)); };  // (2, 3) to (3, 3)
  EXPECT_TRUE(close(jacobian(outer)(a), by_pullbacks(outer, a), 1e-13));
  const auto inner = [](const auto& v) { return tanh(matmul(v, transpose(v))); };  // (2, 3) to (2, 2)
  EXPECT_TRUE(close(jacobian(inner)(a), by_pullbacks(inner, a), 0));
  const auto spread = [](const auto& v) { return v * kTimes; };
  EXPECT_TRUE(close(jacobian(spread)(2.0), Array<double>(kTimes), 0));
}

TEST(Jacobian, OfFewInputsOfSeveralArguments) {
  const Array<double> a{0.5, -1.0}, unused{1.0, 2.0};
  Array<double> b = zeros<double>({3, 1});
  b(0, 0) = 1.5, b(1, 0) = 0.25, b(2, 0) = -2.0;
  const auto f = [](const auto& u, const auto& v, const auto&) { return broadcast_to(sin(u) * v, {5, 3, 2}); };
  const auto [da, db, none] = jacobian(f)(a, b, unused);
  EXPECT_TRUE(close(da, by_pullbacks([&](const auto& u) { return f(u, b, unused); }, a), 1e-14));
  EXPECT_TRUE(close(db, by_pullbacks([&](const auto& v) { return f(a, v, unused); }, b), 1e-14));
  EXPECT_EQ(shape_of(none), (Shape{5, 3, 2, 2}));
  for (const double slope : none) EXPECT_EQ(slope, 0);
}

TEST(Jacobian, OfWhatDoesNotDependOnTheArguments) {
  const auto zero = jacobian([](const auto&) { return Var<double>(kTimes); })(Array<double>{1, 2});
  EXPECT_EQ(shape_of(zero), (Shape{1000, 2}));
  for (const double slope : zero) EXPECT_EQ(slope, 0);
  const auto itself = jacobian([](const auto& x) { return stack({x, x}); })(Array<double>{1, 2});
  EXPECT_TRUE(close(itself, Shape{2, 2, 2}, {1, 0, 0, 1, 1, 0, 0, 1}, 0));
}

// Counts how often its derivative is taken, batch by batch.
struct Counted : Operation<"counted", kInput> {
  static inline std::size_t evaluations = 0, derivatives = 0;
  template <class S>
  static S eval(const S& x) {
    ++evaluations;
    return S(x.v * x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    ++derivatives;
    return {2.0 * g * x};
  }
};

TEST(Jacobian, CallsTheFunctionOnceAndSweepsTheSmallerSide) {
  std::size_t calls = 0;
  const auto f = [&](const auto& p) {
    ++calls;
    return apply(Counted{}, p * kTimes);
  };
  Counted::derivatives = 0;
  const auto columns = jacobian(f)(2.0);
  EXPECT_EQ(calls, 1u);
  EXPECT_LT(Counted::derivatives, 1000u);  // one sweep, not one for each of the thousand
  EXPECT_TRUE(close(columns, Array<double>(4.0 * kTimes * kTimes), 1e-14));
}

}  // namespace
}  // namespace xtape
