// Products with sparse matrices along a dimension, and the places of the largest elements of windows, against plain
// loops; on one thread and on several.

#include "autodiff/kernels/pooling.hpp"

#include "autodiff/random.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

using kernels::Middle;

struct Matrix {
  std::size_t rows, columns;
  std::vector<std::size_t> ends{}, column{};
  std::vector<double> weight{};
  kernels::SparseMatrix view() const { return {rows, columns, ends, column, weight}; }
  std::size_t begin(std::size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
};

std::size_t below(std::size_t n, Random& rng) {
  return std::size_t(rng.uniform({1}, 0, double(n))(0));
}

// With `least` to `least` + 3 numbers in each row, in no order.
Matrix random_matrix(std::size_t rows, std::size_t columns, std::size_t least, Random& rng) {
  Matrix result{rows, columns};
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t k = columns == 0 ? 0 : least + below(4, rng); k > 0; --k) {
      result.column.push_back(below(columns, rng));
      result.weight.push_back(rng.uniform({1}, -1, 1)(0));
    }
    result.ends.push_back(result.column.size());
  }
  return result;
}

template <class T>
void expect_resampled(const Middle& shape, std::size_t rows, Random& rng) {
  const Matrix matrix = random_matrix(rows, shape.length, 0, rng);
  const Array<T> x = rng.uniform<T>({shape.outer, shape.length, shape.inner}, -1, 1);
  Array<T> expected = zeros<T>({shape.outer, rows, shape.inner});
  for (std::size_t o = 0; o < shape.outer; ++o) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < shape.inner; ++i) {
        T& sum = expected.data()[(o * rows + r) * shape.inner + i];
        for (std::size_t k = matrix.begin(r); k < matrix.ends[r]; ++k) {
          sum += T(matrix.weight[k]) * x.data()[(o * shape.length + matrix.column[k]) * shape.inner + i];
        }
      }
    }
  }
  for (const std::size_t threads : {1u, 2u, 3u}) {
    const Threads scope(threads);
    Array<T> got = full<T>(shape_of(expected), T(7));
    kernels::resample_middle(x.data(), shape, matrix.view(), got.data());
    ASSERT_EQ(got, expected) << to_string(shape_of(x)) << " to " << rows << ", threads: " << threads;
  }
}

TEST(PoolingKernel, ResamplesAsPlainSums) {
  Random rng(41);
  // {1, 50, 3000}: fewer matrices than threads, whose rows these share.
  for (const Middle& shape : {Middle{1, 1, 1},
                              {1, 5, 1},
                              {3, 4, 7},
                              {2, 0, 1},
                              {2, 0, 3},
                              {1, 50, 3000},
                              {200, 6, 90},
                              {5000, 9, 1},
                              {1, 60000, 1}}) {
    for (const std::size_t rows : {1u, 11u, 40u}) {
      expect_resampled<float>(shape, rows, rng);
      expect_resampled<double>(shape, rows, rng);
    }
  }
}

TEST(PoolingKernel, ResamplesNothing) {
  const Matrix without_rows{3, std::size_t(1) << 50};
  double none = 7;
  kernels::resample_middle(&none, {0, without_rows.columns, 5}, without_rows.view(), &none);
  kernels::resample_middle(&none, {5, without_rows.columns, 0}, without_rows.view(), &none);
  kernels::resample_middle(&none, {5, 4, 3}, Matrix{0, 4}.view(), &none);
  EXPECT_EQ(none, 7);
}

// Few different numbers, of which many are equal, and some of `others`.
template <class T>
Array<T> crowded(std::size_t size, const std::vector<T>& others, Random& rng) {
  Array<T> result = rng.uniform<T>({size}, -3, 3);
  for (T& each : result) each = std::floor(each);
  for (std::size_t i = 0; i < size; i += 1 + below(20, rng)) {
    if (!others.empty()) result.data()[i] = others[below(others.size(), rng)];
  }
  return result;
}

template <class T>
void expect_largest(std::size_t planes, const Shape& data, const Shape& counts, const std::vector<T>& others,
                    Random& rng) {
  std::vector<Matrix> windows;
  std::vector<kernels::SparseMatrix> views;
  for (std::size_t d = 0; d < data.size(); ++d) windows.push_back(random_matrix(counts[d], data[d], 1, rng));
  for (const Matrix& each : windows) views.push_back(each.view());
  const std::size_t size = size_of(data), places = size_of(counts);
  const Array<T> x = crowded<T>(planes * size, others, rng);
  std::vector<std::ptrdiff_t> expected;
  for (std::size_t n = 0; n < planes * places; ++n) {
    // The elements of the window, as places in all of x, the last dimension's one after the other.
    std::vector<std::size_t> at{n / places};
    std::size_t rest = n % places, behind = places;
    for (std::size_t d = 0; d < data.size(); ++d) {
      behind /= counts[d];
      const std::size_t row = rest / behind;
      rest %= behind;
      std::vector<std::size_t> next;
      for (const std::size_t each : at) {
        for (std::size_t k = windows[d].begin(row); k < windows[d].ends[row]; ++k) {
          next.push_back(each * data[d] + windows[d].column[k]);
        }
      }
      at = next;
    }
    std::size_t largest = at[0];
    for (const std::size_t each : at) {
      if (std::isnan(x.data()[each]) || x.data()[each] > x.data()[largest]) largest = each;
    }
    expected.push_back(std::ptrdiff_t(largest));
  }
  for (const std::size_t threads : {1u, 2u, 3u}) {
    const Threads scope(threads);
    std::vector<std::ptrdiff_t> got(expected.size(), -1);
    kernels::largest_places<T>(x.data(), planes, views, got.data());
    ASSERT_EQ(got, expected) << planes << " of " << to_string(data) << ", threads: " << threads;
  }
}

template <class T>
void expect_largest_of_all() {
  constexpr T kInf = std::numeric_limits<T>::infinity(), kNan = std::numeric_limits<T>::quiet_NaN();
  Random rng(42);
  for (const std::vector<T>& others : {std::vector<T>{}, {kNan}, {-kInf, kInf, T(-0.0)}, {kNan, kInf}}) {
    expect_largest<T>(1, {1}, {1}, others, rng);
    expect_largest<T>(3, {7}, {40}, others, rng);
    expect_largest<T>(1, {1, 50}, {1, 20}, others, rng);
    expect_largest<T>(2, {5, 6}, {3, 17}, others, rng);
    expect_largest<T>(2, {4, 5, 6}, {2, 3, 7}, others, rng);
    expect_largest<T>(300, {16, 17}, {8, 9}, others, rng);
    expect_largest<T>(0, {5, 6}, {3, 4}, others, rng);
  }
}

TEST(PoolingKernel, FindsTheLargest) {
  expect_largest_of_all<float>();
  expect_largest_of_all<double>();
}

TEST(PoolingKernel, FindsNothingInNoWindows) {
  const double none = 7;
  std::ptrdiff_t place = 7;
  const Matrix without_rows{std::size_t(1) << 50, std::size_t(1) << 50}, none_of_one{0, 1};
  const std::vector<kernels::SparseMatrix> large{without_rows.view()}, no{none_of_one.view()};
  kernels::largest_places<double>(&none, 0, large, &place);
  kernels::largest_places<double>(&none, 1, no, &place);
  EXPECT_EQ(place, 7);
}

}  // namespace
}  // namespace xtape::tests
