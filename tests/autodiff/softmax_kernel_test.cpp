// softmax, log_softmax and logsumexp along the middle of (outer, length, inner): accuracy, extremes, places, threads.

#include "autodiff/kernels/softmax.hpp"

#include "autodiff/random.hpp"
#include "tests/sanitized.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

using kernels::Middle;

template <class T>
struct Results {
  std::vector<T> logsumexp, softmax, log_softmax;
};

template <class T>
Results<T> run(const Array<T>& x, const Middle& m) {
  Results<T> r{std::vector<T>(m.outer * m.inner), std::vector<T>(x.size()), std::vector<T>(x.size())};
  kernels::logsumexp_middle(x.data(), m, r.logsumexp.data());
  kernels::softmax_middle(x.data(), m, r.softmax.data());
  kernels::log_softmax_middle(x.data(), m, r.log_softmax.data());
  return r;
}

const std::vector<Middle>& middles() {
  static const std::vector<Middle> all{
      {1, 1, 1},   {1, 5, 1},    {4, 16, 1},  {3, 17, 1},    {2, 1000, 1}, {1, 70000, 1}, {2, 3, 5},     {1, 9, 17},
      {2, 65, 16}, {1, 10, 300}, {3, 1, 129}, {1, 200, 128}, {40, 50, 40}, {6, 4099, 1},  {1, 40001, 3}, {1, 70, 5003}};
  return all;
}

// Against long double with the largest element taken out; `scale` spreads the numbers around `middle`. Of a log-softmax
// no digit is lost to that.
template <class T>
void expect_accurate(double scale, double tolerance, double middle = 0) {
  Random rng(1);
  for (const Middle& m : middles()) {
    Array<T> x = rng.normal<T>({m.outer, m.length, m.inner});
    for (T& value : x) value = value * T(scale) + T(middle);
    const Results<T> got = run(x, m);
    for (std::size_t o = 0; o < m.outer; ++o) {
      for (std::size_t i = 0; i < m.inner; ++i) {
        const auto at = [&](std::size_t l) { return (o * m.length + l) * m.inner + i; };
        long double top = x.data()[at(0)], sum = 0;
        for (std::size_t l = 0; l < m.length; ++l) top = std::max<long double>(top, x.data()[at(l)]);
        for (std::size_t l = 0; l < m.length; ++l) sum += std::exp(x.data()[at(l)] - top);
        const double lse = double(top + std::log(sum));
        ASSERT_NEAR(double(got.logsumexp[o * m.inner + i]), lse, tolerance * (1 + std::abs(lse)));
        for (std::size_t l = 0; l < m.length; ++l) {
          const double log_share = double(x.data()[at(l)] - top - std::log(sum)), share = std::exp(log_share);
          // x - top loses digits of a large x, which exp makes a relative error.
          ASSERT_NEAR(double(got.softmax[at(l)]), share,
                      tolerance * (scale + 1) * share + std::numeric_limits<T>::min());
          ASSERT_NEAR(double(got.log_softmax[at(l)]), log_share, tolerance * (1 + std::abs(log_share)));
        }
      }
    }
  }
}

TEST(SoftmaxKernel, IsAccurate) {
  expect_accurate<double>(1, 4e-15);
  expect_accurate<double>(100, 4e-15);
  expect_accurate<float>(1, 1e-6);
  expect_accurate<float>(20, 1e-6);
  expect_accurate<double>(1, 4e-15, 1e9);
  expect_accurate<float>(1, 1e-6, -1e4);
}

TEST(SoftmaxKernel, GivesTheSameBitsForAnyNumberOfThreads) {
  Random rng(2);
  for (const Middle& m : middles()) {
    const Array<float> x = rng.normal<float>({m.outer, m.length, m.inner});
    const auto with = [&](int threads) {
      const Threads scope(threads);
      return run(x, m);
    };
    const Results<float> one = with(1);
    for (const int threads : {2, 3}) {
      const Results<float> more = with(threads);
      EXPECT_EQ(one.logsumexp, more.logsumexp);
      EXPECT_EQ(one.softmax, more.softmax);
      EXPECT_EQ(one.log_softmax, more.log_softmax);
    }
  }
}

// The same few numbers as a row, and as a column among others; alone, and among many whose exponential is 0.
template <class T>
void expect_of(const std::vector<T>& x, T lse, const std::vector<T>& softmax, const std::vector<T>& log_softmax) {
  const auto same = [](T got, T expected, const char* what) {
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(got)) << what << " is " << got;
    } else {
      EXPECT_EQ(got, expected) << what;
    }
  };
  for (const std::size_t step : {1u, 400u, 20000u}) {
    for (const std::size_t inner : {1u, 3u, 20u}) {
      if (kSanitized && step == 20000 && inner == 20) continue;  // the way of 3
      const std::size_t length = (x.size() - 1) * step + 1;
      const Middle m{1, length, inner};
      Array<T> table = full<T>({length, inner}, T(0.25));
      const auto at = [&](std::size_t l) { return l * inner + inner / 2; };
      for (std::size_t l = 0; l < length; ++l) table.data()[at(l)] = -std::numeric_limits<T>::infinity();
      for (std::size_t l = 0; l < x.size(); ++l) table.data()[at(l * step)] = x[l];
      const Results<T> got = run(table, m);
      same(got.logsumexp[inner / 2], lse, "logsumexp");
      for (std::size_t l = 0; l < x.size(); ++l) {
        same(got.softmax[at(l * step)], softmax[l], "softmax");
        same(got.log_softmax[at(l * step)], log_softmax[l], "log_softmax");
      }
      if (inner > 1) {
        EXPECT_NEAR(double(got.softmax[0]), 1.0 / double(length), 1e-6);
      }
    }
  }
}

template <class T>
void expect_extremes() {
  constexpr T kInf = std::numeric_limits<T>::infinity(), kNan = std::numeric_limits<T>::quiet_NaN();
  expect_of<T>({T(1e4), T(-1e4)}, T(1e4), {1, 0}, {0, T(-2e4)});
  expect_of<T>({T(-1e4), T(-1e4)}, T(-1e4 + std::log(2.0)), {T(0.5), T(0.5)}, {T(-std::log(2.0)), T(-std::log(2.0))});
  expect_of<T>({T(1e4)}, T(1e4), {1}, {0});
  expect_of<T>({-kInf, 3}, 3, {0, 1}, {-kInf, 0});
  expect_of<T>({-kInf, -kInf}, -kInf, {kNan, kNan}, {kNan, kNan});  // no element has a share
  expect_of<T>({kNan, 1}, kNan, {kNan, kNan}, {kNan, kNan});
  expect_of<T>({1, kNan}, kNan, {kNan, kNan}, {kNan, kNan});
  expect_of<T>({kNan, kInf}, kNan, {kNan, kNan}, {kNan, kNan});
  expect_of<T>({-kInf, kNan}, kNan, {kNan, kNan}, {kNan, kNan});
  // The share of an infinite element is infinity over infinity, and what is left for the others is not known either.
  expect_of<T>({kInf, 1}, kInf, {kNan, kNan}, {kNan, kNan});
  expect_of<T>({kInf, -kInf}, kInf, {kNan, kNan}, {kNan, kNan});
}

TEST(SoftmaxKernel, HasTheRightLimits) {
  expect_extremes<double>();
  expect_extremes<float>();
}

// The largest element so far moves all the time, the other way never.
TEST(SoftmaxKernel, RisingAndFallingNumbers) {
  for (const double slope : {1e-3, -1e-3, 0.3}) {
    for (const Middle& m : {Middle{1, 9000, 1}, Middle{1, 90000, 1}, Middle{1, 3000, 2}}) {
      Array<float> x = empty<float>({m.length, m.inner});
      long double top = -1e9L, sum = 0;
      for (std::size_t l = 0; l < m.length; ++l) {
        for (std::size_t i = 0; i < m.inner; ++i) x.data()[l * m.inner + i] = float(slope * double(l));
        top = std::max<long double>(top, x.data()[l * m.inner]);
      }
      for (std::size_t l = 0; l < m.length; ++l) sum += std::exp(x.data()[l * m.inner] - top);
      const double lse = double(top + std::log(sum));
      for (const float got : run(x, m).logsumexp) EXPECT_NEAR(double(got), lse, 2e-7 * (1 + std::abs(lse)));
    }
  }
}

// A causal mask is often a large negative number instead of infinity.
TEST(SoftmaxKernel, MasksByLargeNegativeNumbers) {
  for (const float mask : {-1e9F, -1e30F, std::numeric_limits<float>::lowest()}) {
    for (const Middle& m : {Middle{1, 10, 1}, Middle{2, 1000, 1}, Middle{1, 50000, 1}, Middle{1, 600, 40}}) {
      Array<float> x = full<float>({m.outer, m.length, m.inner}, mask);
      for (std::size_t o = 0; o < m.outer; ++o) {
        for (std::size_t i = 0; i < m.inner; ++i) x.data()[(o * m.length + m.length / 2) * m.inner + i] = 1;
      }
      const Results<float> got = run(x, m);
      for (const float lse : got.logsumexp) EXPECT_EQ(lse, 1);
      for (std::size_t k = 0; k < x.size(); ++k) ASSERT_EQ(got.softmax[k], x.data()[k] == 1 ? 1 : 0);
    }
  }
}

TEST(SoftmaxKernel, OfNothing) {
  const Array<double> nothing = empty<double>({0});
  const Results<double> rows = run(nothing, {2, 0, 1}), columns = run(nothing, {1, 0, 3});
  for (const double value : rows.logsumexp) EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
  for (const double value : columns.logsumexp) EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(run(nothing, {0, 4, 3}).logsumexp.empty());
  EXPECT_TRUE(run(nothing, {2, 4, 0}).softmax.empty());
}

}  // namespace
}  // namespace xtape::tests
