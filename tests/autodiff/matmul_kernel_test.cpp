// Matrix products on the kernels: transposed operands, sizes up to several threads, and what must not be copied.

#include "autodiff/kernels/matmul.hpp"

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/random.hpp"
#include "tests/sanitized.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

using kernels::Matrix;

template <class T>
T at(const Matrix<T>& m, std::size_t i, std::size_t j) {
  return m.transposed ? m.data[j * m.rows + i] : m.data[i * m.columns + j];
}

// |error| <= tolerance * sum of magnitudes.
template <class T>
void expect_product(const Matrix<T>& a, const Matrix<T>& b, const T* got, double start, double tolerance) {
  const std::size_t step = kSanitized && a.rows > 16 ? 5 : 1;  // which writes and reads the same
  for (std::size_t i = 0; i < a.rows; i += step) {
    for (std::size_t j = 0; j < b.columns; ++j) {
      long double sum = start, magnitude = std::abs(start);
      for (std::size_t k = 0; k < a.columns; ++k) {
        sum += static_cast<long double>(at(a, i, k)) * at(b, k, j);
        magnitude += std::fabs(static_cast<long double>(at(a, i, k)) * at(b, k, j));
      }
      ASSERT_LE(std::fabs(double(got[i * b.columns + j] - sum)), tolerance * double(magnitude))
          << a.rows << " x " << a.columns << " x " << b.columns << ", " << a.transposed << b.transposed << " at " << i
          << ", " << j;
    }
  }
}

struct Sizes {
  std::size_t rows, inner, columns;
};

template <class T>
void check_all_flags(const Sizes& s, double tolerance) {
  Random rng(1);
  const Array<T> a = rng.normal<T>({s.rows * s.inner}), b = rng.normal<T>({s.inner * s.columns});
  for (const bool flip_a : {false, true}) {
    for (const bool flip_b : {false, true}) {
      const Matrix<T> left{a.data(), s.rows, s.inner, flip_a}, right{b.data(), s.inner, s.columns, flip_b};
      for (const int threads : {1, 3}) {
        const Threads scope(threads);
        // What the result's memory holds before must not matter.
        std::vector<T> out(s.rows * s.columns, std::numeric_limits<T>::quiet_NaN());
        kernels::matmul(left, right, out.data());
        expect_product(left, right, out.data(), 0, tolerance);
        std::fill(out.begin(), out.end(), std::numeric_limits<T>::quiet_NaN());
        const std::vector<T> bias(s.columns, T(1));
        kernels::matmul(left, right, out.data(), bias.data());
        expect_product(left, right, out.data(), 1, tolerance);
      }
    }
  }
}

TEST(MatmulKernel, IsATripleLoop) {
  for (const Sizes& s : {Sizes{1, 1, 1},
                         {2, 3, 4},
                         {1, 7, 5},
                         {5, 7, 1},
                         {17, 1, 9},
                         {33, 65, 31},
                         {3, 0, 4},
                         {0, 3, 4},
                         {3, 4, 0},
                         {0, 0, 0},
                         {100, 120, 130},
                         {8, 400, 330},  // few rows, then short sums, of large matrices
                         {17, 300, 301},
                         {32, 200, 200},
                         {16, 300, 301},
                         {400, 8, 400},
                         {300, 31, 301},
                         {333, 17, 217}}) {
    check_all_flags<double>(s, 1e-14);
    check_all_flags<float>(s, 2e-6);
  }
}

template <class T>
void check_stack(std::size_t count, const Sizes& s) {
  Random rng(2);
  const Array<T> a = rng.normal<T>({count * s.rows * s.inner}), b = rng.normal<T>({s.inner * s.columns});
  const Matrix<T> left{a.data(), s.rows, s.inner}, right{b.data(), s.inner, s.columns};
  std::vector<std::size_t> a_at, b_at(count, 0);  // the stack backwards, times one and the same matrix
  for (std::size_t i = count; i-- > 0;) a_at.push_back(i * s.rows * s.inner);
  for (const int threads : {1, 2, 3}) {
    const Threads scope(threads);
    std::vector<T> out(count * s.rows * s.columns, std::numeric_limits<T>::quiet_NaN());
    kernels::matmul_stack(left, right, {count, a_at.data(), b_at.data()}, out.data());
    for (std::size_t i = 0; i < count; ++i) {
      Matrix<T> one = left;
      one.data += a_at[i];
      expect_product(one, right, out.data() + i * s.rows * s.columns, 0, 2e-6);
    }
  }
}

// docs/behaviour.md: the bits of small products do not depend on the number of threads, as of linear with few outputs.
TEST(MatmulKernel, BitsOfSmallProductsAreThoseOfOneThread) {
  Random rng(67);
  for (const std::size_t outputs : {1, 3, 8}) {
    const std::size_t inputs = 17, rows = 262'144 / (inputs * outputs);
    const Array<float> x = rng.normal<float>({rows, inputs}), w = rng.normal<float>({outputs, inputs}),
                       b = rng.normal<float>({outputs});
    const auto run = [&](std::size_t threads) {
      const Threads scope(threads);
      Tape<float> tape;
      const Var<float> vx = tape.watch(x), vw = tape.watch(w);
      const Var<float> y = linear(vx, vw, Var<float>(b));
      std::vector<Array<float>> results = tape.gradient(sum(y * y), {vx, vw});
      results.push_back(y.value());
      return results;
    };
    const auto one = run(1);
    for (const std::size_t threads : {2u, 3u, 5u}) EXPECT_EQ(run(threads), one) << outputs << ", " << threads;
  }
}

TEST(MatmulKernel, OfAStackIsEachProduct) {
  check_stack<double>(5, {2, 3, 4});
  check_stack<float>(40, {20, 30, 25});
  check_stack<float>(2, {70, 80, 90});
  check_stack<double>(3, {2, 0, 4});
  check_stack<double>(3, {0, 2, 4});
  check_stack<double>(0, {2, 3, 4});
}

// The bytes that the pool gets to keep from `use`: of all arrays that it made and let go.
template <class Use>
std::size_t bytes_made_by(const Use& use) {
  release_pool();
  const std::size_t before = pool_statistics().cached_bytes;
  use();
  return pool_statistics().cached_bytes - before;
}

TEST(MatmulKernel, ReadsATransposeInPlace) {
  constexpr std::size_t kInner = 300, kColumns = 400;
  const std::size_t bytes = kInner * kColumns * sizeof(double);
  const Var<double> a(Random(4).normal<double>({2, kInner})), b(Random(5).normal<double>({kColumns, kInner}));
  const Var<double> c(Random(6).normal<double>({kColumns, 2}));
  EXPECT_EQ(transpose(b).shared()->transposed(), b.shared()->data());
  EXPECT_EQ(transpose(transpose(b)).shared()->data(), b.shared()->data());
  EXPECT_LT(bytes_made_by([&] { matmul(a, transpose(b)); }), bytes);
  EXPECT_LT(bytes_made_by([&] { matmul(transpose(b, {1, 0}), c); }), bytes);
  if (detail::kPooling) {  // the control: asking for the elements of the transpose does make them
    EXPECT_GE(bytes_made_by([&] { static_cast<void>(transpose(b).value()); }), bytes);
  }
}

// Backward multiplies by transposes of what was saved: the gradient of a alone makes nothing of b's size.
TEST(MatmulKernel, ReadsTransposesInPlaceInBackward) {
  constexpr std::size_t kInner = 300, kColumns = 400;
  const Array<double> a = Random(7).normal<double>({2, kInner});
  const Var<double> b(Random(8).normal<double>({kInner, kColumns}));
  const std::size_t made = bytes_made_by([&] {
    Tape<double> tape;
    const Var<double> x = tape.watch(a);
    static_cast<void>(tape.gradient(sum(matmul(x, b)), x));
  });
  EXPECT_LT(made, kInner * kColumns * sizeof(double));
}

}  // namespace
}  // namespace xtape::tests
