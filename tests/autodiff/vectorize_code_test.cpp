// Code as one writes it for double, run on numbers that record.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <sstream>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

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

TEST(VectorizedCode, RunsCodeThatBranches) {
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

TEST(VectorizedCode, NumbersBehaveAsCsOwn) {
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

template <class S>
int sign_of(const S& x) {
  return (S(0) < x) - (x < S(0));
}
TEST(VectorizedCode, IdiomsOfNumbers) {
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

// What nothing depends on passes nothing on, though its slope be infinite.
TEST(VectorizedCode, AnInfiniteSlopeOfWhatIsNotUsed) {
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
TEST(VectorizedCode, RowsPartInCodeThatCatchesAllOrThrowsNothing) {
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

TEST(VectorizedCode, ResultsThatAreEmptyOrReferences) {
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

}  // namespace
}  // namespace xtape
