// The reductions along the middle of (outer, length, inner): their accuracy, NaN, threads.

#include "autodiff/kernels/reduce.hpp"

#include "autodiff/kernels/threads.hpp"
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
using Kernel = void (*)(const T*, const Middle&, T*);

// Rows and columns, shorter and longer than registers, blocks and tiles, few and many; some large enough for threads.
std::vector<Middle> middles() {
  std::vector<Middle> result;
  for (const std::size_t outer : {1u, 3u}) {
    for (const std::size_t length : {1u, 2u, 7u, 63u, 64u, 65u, 130u, 2049u}) {
      for (const std::size_t inner : {1u, 2u, 5u, 16u, 17u, 130u, 255u, 256u, 513u}) {
        if (outer * length * inner < 100000) result.push_back({outer, length, inner});
      }
    }
  }
  for (const Middle& large : {Middle{1, 100003, 1},
                              {2, 50001, 1},
                              {300, 301, 1},
                              {1, 40000, 3},
                              {1, 300, 700},
                              {5, 200, 90},
                              {1, 3, 60000},
                              {70, 3, 1000}}) {
    result.push_back(large);
  }
  return result;
}

template <class T>
std::vector<T> apply_kernel(Kernel<T> kernel, const Array<T>& x, const Middle& m) {
  std::vector<T> out(m.outer * m.inner, std::numeric_limits<T>::quiet_NaN());
  kernel(x.data(), m, out.data());
  return out;
}

std::string describe(const Middle& m) {
  return to_string(Shape{m.outer, m.length, m.inner});
}

// |error| <= bound * sum of magnitudes.
template <class T>
void expect_sums(const Array<T>& x, const Middle& m, double bound) {
  const std::vector<T> got = apply_kernel<T>(kernels::sum_middle<T>, x, m);
  for (std::size_t o = 0; o < m.outer; ++o) {
    for (std::size_t i = 0; i < m.inner; ++i) {
      long double sum = 0, magnitude = 0;
      for (std::size_t l = 0; l < m.length; ++l) {
        const T value = x.data()[(o * m.length + l) * m.inner + i];
        sum += value;
        magnitude += std::fabs(value);
      }
      ASSERT_LE(std::fabs(double(got[o * m.inner + i] - sum)), bound * double(magnitude))
          << describe(m) << " at " << o << ", " << i;
    }
  }
}

TEST(ReduceKernel, SumsAreAsLongDoubleSums) {
  Random rng(1);
  for (const Middle& m : middles()) {
    expect_sums<double>(rng.normal<double>({m.outer, m.length, m.inner}), m, 5e-15);
    expect_sums<float>(rng.normal<float>({m.outer, m.length, m.inner}), m, 1e-6);
  }
}

// In whatever order ten million numbers lie; added up one by one, ones in float32 would stop at 2^24.
TEST(ReduceKernel, SumsOfTenMillionKeepTheirAccuracy) {
  constexpr std::size_t kMany = kSanitized ? 1'000'000 : 10'000'000;
  const Array<float> drawn = Random(2).uniform<float>({kMany});
  const Array<float> ones_only = ones<float>({kMany});
  for (const Middle& m :
       {Middle{1, kMany, 1}, {10, kMany / 10, 1}, {1, kMany / 10, 10}, {1, kMany / 500, 500}, {2, kMany / 1000, 500}}) {
    expect_sums<float>(drawn, m, 1e-6);
    for (const float sum : apply_kernel<float>(kernels::sum_middle<float>, ones_only, m)) {
      EXPECT_EQ(sum, float(m.length)) << describe(m);
    }
  }
}

template <class T>
void expect_same_for_any_threads(Kernel<T> kernel) {
  Random rng(3);
  for (const Middle& m : middles()) {
    if (m.outer * m.length * m.inner < kernels::kParallelWork) continue;  // one thread does it alone
    const Array<T> x = rng.normal<T>({m.outer, m.length, m.inner});
    std::vector<std::vector<T>> found;
    for (const int threads : {1, 2, 3}) {
      const Threads scope(threads);
      found.push_back(apply_kernel<T>(kernel, x, m));
    }
    for (const auto& other : found) {
      EXPECT_EQ(std::memcmp(found[0].data(), other.data(), other.size() * sizeof(T)), 0) << describe(m);
    }
  }
}

TEST(ReduceKernel, GivesTheSameBitsForAnyNumberOfThreads) {
  expect_same_for_any_threads<float>(kernels::sum_middle<float>);
  expect_same_for_any_threads<double>(kernels::sum_middle<double>);
  expect_same_for_any_threads<float>(kernels::max_middle<float>);
}

template <class T>
void expect_extremes() {
  Random rng(4);
  for (const Middle& m : middles()) {
    const Array<T> x = rng.normal<T>({m.outer, m.length, m.inner});
    const std::vector<T> largest = apply_kernel<T>(kernels::max_middle<T>, x, m);
    const std::vector<T> smallest = apply_kernel<T>(kernels::min_middle<T>, x, m);
    for (std::size_t o = 0; o < m.outer; ++o) {
      for (std::size_t i = 0; i < m.inner; ++i) {
        T low = std::numeric_limits<T>::infinity(), high = -low;
        for (std::size_t l = 0; l < m.length; ++l) {
          low = std::min(low, x.data()[(o * m.length + l) * m.inner + i]);
          high = std::max(high, x.data()[(o * m.length + l) * m.inner + i]);
        }
        ASSERT_EQ(largest[o * m.inner + i], high) << describe(m);
        ASSERT_EQ(smallest[o * m.inner + i], low) << describe(m);
      }
    }
  }
}

TEST(ReduceKernel, FindsTheLargestAndTheSmallest) {
  expect_extremes<float>();
  expect_extremes<double>();
}

// One NaN, in any place, makes its own result NaN and no other.
template <class T>
void expect_nan_found(Kernel<T> kernel) {
  for (const Middle& m : {Middle{1, 150, 1}, {3, 67, 1}, {2, 5, 19}, {1, 130, 3}, {1, 67, 300}, {1, 4500, 1}}) {
    Array<T> x = Random(5).normal<T>({m.outer, m.length, m.inner});
    const std::size_t step = x.size() > 1000 ? 97 : 1;
    for (std::size_t place = 0; place < x.size(); place += step) {
      const T before = std::exchange(x.data()[place], std::numeric_limits<T>::quiet_NaN());
      const std::vector<T> got = apply_kernel<T>(kernel, x, m);
      x.data()[place] = before;
      const std::size_t hit = place / (m.length * m.inner) * m.inner + place % m.inner;
      for (std::size_t r = 0; r < got.size(); ++r) {
        ASSERT_EQ(std::isnan(got[r]), r == hit) << describe(m) << " with NaN at " << place;
      }
    }
  }
}

TEST(ReduceKernel, LetsNanThrough) {
  for (const auto kernel : {kernels::sum_middle<float>, kernels::max_middle<float>, kernels::min_middle<float>}) {
    expect_nan_found<float>(kernel);
  }
  for (const auto kernel : {kernels::sum_middle<double>, kernels::max_middle<double>, kernels::min_middle<double>}) {
    expect_nan_found<double>(kernel);
  }
}

TEST(ReduceKernel, OfInfinities) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Array<float> up{1, kInfinity, 2}, both{kInfinity, 1, -kInfinity}, low{-kInfinity, -kInfinity};
  EXPECT_EQ(apply_kernel<float>(kernels::sum_middle<float>, up, {1, 3, 1})[0], kInfinity);
  EXPECT_TRUE(std::isnan(apply_kernel<float>(kernels::sum_middle<float>, both, {1, 3, 1})[0]));
  EXPECT_EQ(apply_kernel<float>(kernels::max_middle<float>, both, {1, 3, 1})[0], kInfinity);
  EXPECT_EQ(apply_kernel<float>(kernels::min_middle<float>, both, {1, 3, 1})[0], -kInfinity);
  EXPECT_EQ(apply_kernel<float>(kernels::max_middle<float>, low, {1, 2, 1})[0], -kInfinity);
}

TEST(ReduceKernel, OfNothing) {
  const Array<double> nothing = empty<double>({0});
  EXPECT_EQ(apply_kernel<double>(kernels::sum_middle<double>, nothing, {2, 0, 3}), std::vector<double>(6, 0.0));
  EXPECT_TRUE(apply_kernel<double>(kernels::sum_middle<double>, nothing, {0, 4, 3}).empty());
  EXPECT_TRUE(apply_kernel<double>(kernels::sum_middle<double>, nothing, {2, 4, 0}).empty());
  EXPECT_TRUE(apply_kernel<double>(kernels::max_middle<double>, nothing, {0, 4, 3}).empty());
}

}  // namespace
}  // namespace xtape::tests
