// Structural operations at NaN, infinity and too few elements; and on operands of every kind that users have.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xfixed.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xview.hpp>
#endif

namespace xtape {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_nan(const Var<double>& x) {
  return std::isnan(x.item());
}

TEST(Specials, OfReductions) {
  const Var<double> missing(Array<double>{1.0, kNan, 2.0}), up(Array<double>{1.0, kInfinity, 2.0});
  for (const Var<double>& y : {sum(missing), mean(missing), var(missing), std(missing), max(missing), min(missing),
                               logsumexp(missing), var(up), std(up)}) {
    EXPECT_TRUE(is_nan(y));
  }
  EXPECT_EQ(sum(up).item(), kInfinity);
  EXPECT_EQ(mean(up).item(), kInfinity);
  EXPECT_EQ(max(up).item(), kInfinity);
  EXPECT_EQ(min(up).item(), 1);
  EXPECT_EQ(logsumexp(up).item(), kInfinity);
  EXPECT_DOUBLE_EQ(logsumexp(-up).item(), std::log(std::exp(-1.0) + std::exp(-2.0)));
}

TEST(Specials, OfTooFewElements) {
  const Var<double> none(empty<double>({0})), one(Array<double>{3.0}), two(Array<double>{1.0, 3.0});
  EXPECT_EQ(sum(none).item(), 0);
  EXPECT_TRUE(is_nan(mean(none)));
  EXPECT_TRUE(is_nan(var(none)));
  EXPECT_TRUE(is_nan(var(none, {}, false, 1)));
  EXPECT_EQ(var(one).item(), 0);
  EXPECT_TRUE(is_nan(var(one, {}, false, 1)));
  EXPECT_EQ(var(two, {}, false, 2).item(), kInfinity);
  EXPECT_EQ(var(two, {}, false, 3).item(), kInfinity);  // not negative
  EXPECT_EQ(logsumexp(none).item(), -kInfinity);
}

// 0 times infinity or NaN is NaN in a matrix product too: no zero is skipped.
TEST(Specials, OfProducts) {
  for (const double special : {kNan, kInfinity}) {
    Array<double> a = zeros<double>({17, 33});
    a(4, 5) = special;
    const Array<double> y = matmul(a, zeros<double>({33, 9})).value();
    for (std::size_t i = 0; i < 17; ++i) {
      for (std::size_t j = 0; j < 9; ++j) EXPECT_EQ(std::isnan(y(i, j)), i == 4) << i << ", " << j;
    }
    const Array<double> z = linear(zeros<double>({2, 33}), a, ones<double>({17})).value();
    for (std::size_t i = 0; i < 17; ++i) EXPECT_EQ(std::isnan(z(1, i)), i == 4);
  }
}

TEST(Specials, OfMovedElements) {
  const Array<double> x{{1.0, kNan}, {-kInfinity, 4.0}};
  const Array<double> y =
      concatenate<double>({take(transpose(Var<double>(x)), std::vector<int>{1}), reshape(x, {2, 2})}).value();
  EXPECT_TRUE(std::isnan(y(0, 0)));
  EXPECT_EQ(y(0, 1), 4);
  EXPECT_EQ(y(2, 0), -kInfinity);
  // The gradient of what was not picked is 0, whatever the value.
  const Array<double> g = grad([](const auto& v) { return sum(slice(v, {{}, {0, 1}})); })(x);
  EXPECT_TRUE(close(g, {2, 2}, {1, 0, 1, 0}));
}

// Views, columns first, fixed shapes, other element types, and numbers: all are taken at their values.
TEST(Operands, OfEveryKind) {
  const Var<double> x(Array<double>{{1, 2, 3}, {4, 5, 6}});
  const xt::xarray<double> table{{10, 20, 30, 40}, {50, 60, 70, 80}};
  const xt::xarray<double, xt::layout_type::column_major> columns{{10, 20, 30}, {50, 60, 70}};
  const xt::xtensor_fixed<double, xt::xshape<3>> row{100, 200, 300};
  const xt::xarray<int> whole{{1, 0, 1}, {0, 1, 0}};
  const xt::xarray<bool> mask{true, false, true};
  const std::vector<float> plain{0.5f, 1.5f, 2.5f};
  const Shape shape{2, 3};
  EXPECT_TRUE(close((x + xt::view(table, xt::all(), xt::range(1, 4))).value(), shape, {21, 32, 43, 64, 75, 86}));
  EXPECT_TRUE(close((x + columns).value(), shape, {11, 22, 33, 54, 65, 76}));
  EXPECT_TRUE(close((row - x).value(), shape, {99, 198, 297, 96, 195, 294}));
  EXPECT_TRUE(close((x * whole).value(), shape, {1, 0, 3, 0, 5, 0}));
  EXPECT_TRUE(close(where(mask, x, -1).value(), shape, {1, -1, 3, 4, -1, 6}));
  EXPECT_TRUE(close((x / xt::adapt(plain)).value(), shape, {2, 2 / 1.5, 3 / 2.5, 8, 5 / 1.5, 6 / 2.5}));
  EXPECT_TRUE(close((1 + x * 2u - 0.5f).value(), shape, {2.5, 4.5, 6.5, 8.5, 10.5, 12.5}));
  EXPECT_TRUE(close(matmul(x, xt::transpose(columns)).value(), {2, 2}, {140, 380, 320, 920}));
  EXPECT_TRUE(close(linear(x, columns, xt::view(table, 0, xt::range(0, 2))).value(), {2, 2}, {150, 400, 330, 940}));
}

// xtensor's views have an & of their own.
TEST(Printing, OfXtensorsViews) {
  const xt::xarray<double> table{{1, 2}, {3, 4}};
  std::ostringstream out;
  out << xt::view(table, 1) << xt::view(table, xt::all(), 0) + 1.0;
  EXPECT_EQ(out.str(), "[3. 4.][2. 4.]");
}

}  // namespace
}  // namespace xtape
