// Where an array lies in memory does not show in its results: the same numbers, moved by some elements within a
// cache line and across it, give the same bits.

#include "autodiff/kernels/elementwise.hpp"
#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/matmul.hpp"
#include "autodiff/kernels/reduce.hpp"
#include "autodiff/kernels/softmax.hpp"
#include "autodiff/random.hpp"
#include "tests/sanitized.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <vector>

namespace xtape::tests {
namespace {

constexpr std::size_t kShifts[] = {0, 1, 3, 8, 15, 16}, kMostShift = 16;  // elements
constexpr std::size_t kTried = kSanitized ? 3 : std::size(kShifts);

// compute(from, to) on numbers `from` and a result of `results` numbers `to`, both moved together and apart.
template <class T, class Compute>
void expect_same_anywhere(std::size_t count, std::size_t results, const Compute& compute) {
  const Array<T> x = Random(1).normal<T>({count});
  Array<T> from = empty<T>({count + kMostShift}), to = empty<T>({results + kMostShift});
  std::vector<T> first;
  for (const std::size_t shift : std::span(kShifts).first(kTried)) {
    for (const std::size_t result_shift : {shift, std::size_t(0)}) {
      std::copy_n(x.data(), count, from.data() + shift);
      compute(static_cast<const T*>(from.data() + shift), to.data() + result_shift);
      if (first.empty()) first.assign(to.data(), to.data() + results);
      ASSERT_EQ(std::memcmp(first.data(), to.data() + result_shift, results * sizeof(T)), 0)
          << "moved by " << shift << " and " << result_shift;
    }
  }
}

template <class T>
void expect_all_the_same() {
  for (const kernels::Middle& m :
       {kernels::Middle{1, 1001, 1}, {7, 613, 1}, {3, 70, 33}, {1, 50000, 3}, {1, 40, 5000}}) {
    const std::size_t count = m.outer * m.length * m.inner, sums = m.outer * m.inner;
    expect_same_anywhere<T>(count, sums, [&](const T* x, T* y) { kernels::sum_middle(x, m, y); });
    expect_same_anywhere<T>(count, sums, [&](const T* x, T* y) { kernels::max_middle(x, m, y); });
    expect_same_anywhere<T>(count, sums, [&](const T* x, T* y) { kernels::logsumexp_middle(x, m, y); });
    expect_same_anywhere<T>(count, count, [&](const T* x, T* y) { kernels::softmax_middle(x, m, y); });
    expect_same_anywhere<T>(count, count, [&](const T* x, T* y) { kernels::log_softmax_middle(x, m, y); });
  }
  const Shape shape{40, 1003};
  const auto walk = kernels::make_walk<1>(shape, {&shape});
  expect_same_anywhere<T>(size_of(shape), size_of(shape), [&](const T* x, T* y) {
    kernels::elementwise<T, 1>(walk, y, {x},
                               [](const auto& v) { return Batch<T>(kernels::exp(v.v) * kernels::tanh(v.v)); });
  });
  const Array<T> right = Random(2).normal<T>({300, 401});
  expect_same_anywhere<T>(16 * 300, 16 * 401, [&](const T* x, T* y) {
    kernels::matmul<T>({x, 16, 300}, {right.data(), 300, 401}, y);
  });
}

TEST(Alignment, DoesNotShow) {
  expect_all_the_same<float>();
  expect_all_the_same<double>();
}

// Results that are stored past the caches, which takes an aligned place.
TEST(Alignment, DoesNotShowInLargeResults) {
  constexpr std::size_t kCount = 17'000'000;
  const Array<float> x = Random(3).uniform<float>({kCount + 1});
  for (const kernels::Middle& m : {kernels::Middle{1000, 17000, 1}, {17000, 1000, 1}, {1, 17000, 1000}}) {
    if (kSanitized && m.outer == 17000) continue;  // the way of the first one
    Array<float> y = empty<float>({kCount + 1}), z = empty<float>({kCount + 1});
    kernels::softmax_middle(x.data() + 1, m, y.data());
    kernels::softmax_middle(x.data() + 1, m, z.data() + 1);
    EXPECT_EQ(std::memcmp(y.data(), z.data() + 1, kCount * sizeof(float)), 0);
  }
}

}  // namespace
}  // namespace xtape::tests
