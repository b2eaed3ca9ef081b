// Copies between layouts, and by indices, against plain loops; on one thread and on several.

#include "autodiff/kernels/strided.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/random.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xtape::tests {
namespace {

struct Case {
  Shape shape;
  Strides from, to;
};

// A random permutation of dense dimensions of `shape`, some of them stepped over, backwards, or (for reading) repeated.
Strides strides_of(const Shape& shape, bool may_repeat, Random& rng, std::ptrdiff_t& size, std::ptrdiff_t& first) {
  const std::size_t rank = shape.size();
  std::vector<std::size_t> order(rank);
  for (std::size_t d = 0; d < rank; ++d) order[d] = d;
  const auto below = [&rng](double n) { return std::size_t(rng.uniform({1}, 0, n)(0)); };
  for (std::size_t d = rank; d > 1; --d) std::swap(order[d - 1], order[below(double(d))]);
  Strides strides(rank);
  size = 1;
  first = 0;
  for (const std::size_t d : order) {
    if (may_repeat && below(6) == 0) {
      strides[d] = 0;
      continue;
    }
    const std::ptrdiff_t step = below(3) == 0 ? 2 : 1, extent = std::ptrdiff_t(shape[d]);
    strides[d] = size * step;
    if (below(4) == 0) {
      first += (extent - 1) * strides[d];
      strides[d] = -strides[d];
    }
    size *= extent * step;
  }
  return strides;
}

template <class Visit>
void each_index(const Shape& shape, const Visit& visit) {
  Shape index(shape.size(), 0);
  for (std::size_t i = 0; i < size_of(shape); ++i) {
    std::size_t rest = i;
    for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d]) index[d] = rest % shape[d];
    visit(index);
  }
}

std::ptrdiff_t place(const Shape& index, const Strides& strides) {
  std::ptrdiff_t at = 0;
  for (std::size_t d = 0; d < index.size(); ++d) at += std::ptrdiff_t(index[d]) * strides[d];
  return at;
}

template <class T>
void expect_moves(const Shape& shape, Random& rng) {
  std::ptrdiff_t from_size, from_first, to_size, to_first;
  const Strides from = strides_of(shape, true, rng, from_size, from_first);
  const Strides to = strides_of(shape, false, rng, to_size, to_first);
  const Array<T> in = rng.uniform<T>({std::size_t(from_size)}, -1, 1);
  const Array<T> before = rng.uniform<T>({std::size_t(to_size)}, -1, 1);
  Array<T> copied = before, added = before, expected_copy = before, expected_sum = before;
  each_index(shape, [&](const Shape& index) {
    const T x = in.data()[from_first + place(index, from)];
    expected_copy.data()[to_first + place(index, to)] = x;
    expected_sum.data()[to_first + place(index, to)] += x;
  });
  kernels::strided_copy(shape, in.data() + from_first, &from, copied.data() + to_first, &to);
  kernels::strided_add(shape, in.data() + from_first, &from, added.data() + to_first, &to);
  ASSERT_EQ(copied, expected_copy) << to_string(shape);
  ASSERT_EQ(added, expected_sum) << to_string(shape);
}

TEST(StridedKernel, MovesWhatTheLayoutsSay) {
  Random rng(31);
  const std::vector<Shape> shapes{
      {},        {1},        {7},         {100},       {2, 3},       {17, 33},   {40, 1},      {1, 40},
      {3, 4, 5}, {5, 1, 18}, {2, 16, 16}, {3, 17, 33}, {2, 3, 4, 5}, {300, 200}, {20, 30, 40}, {2, 1, 3, 1, 4, 5}};
  for (const Shape& shape : shapes) {
    for (int times = 0; times < 12; ++times) {
      expect_moves<double>(shape, rng);
      expect_moves<float>(shape, rng);
    }
  }
}

TEST(StridedKernel, MovesNothingOfEmptyArrays) {
  const Shape shape{3, 0, 1000000000};
  double none = 7;
  kernels::strided_copy(shape, &none, nullptr, &none, nullptr);
  kernels::strided_add(shape, &none, nullptr, &none, nullptr);
  kernels::take_middle<double>(&none, {std::size_t(1) << 50, 3, 0}, std::vector<std::ptrdiff_t>{0}, &none);
  kernels::add_at_middle<double>(&none, {std::size_t(1) << 50, 0, 5}, {}, &none);
  EXPECT_EQ(none, 7);
}

TEST(StridedKernel, TakesAndAddsAtIndices) {
  for (const kernels::Middle& shape : {kernels::Middle{1, 5, 1}, {3, 4, 7}, {1, 50, 3000}, {200, 6, 90}}) {
    std::vector<std::ptrdiff_t> indices;  // some from the end
    const std::ptrdiff_t length = std::ptrdiff_t(shape.length);
    for (std::ptrdiff_t k = 0; k < 2 * length; ++k) indices.push_back(k * k % length - (k % 3 == 0 ? length : 0));
    const std::size_t count = indices.size();
    const Array<double> x = Random(3).uniform<double>({shape.outer * shape.length * shape.inner}, -1, 1);
    const Array<double> g = Random(4).uniform<double>({shape.outer * count * shape.inner}, -1, 1);
    Array<double> taken = zeros<double>({g.size()}), expected = taken, added = x, sum = x;
    for (std::size_t o = 0; o < shape.outer; ++o) {
      for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t i = 0; i < shape.inner; ++i) {
          const std::size_t at = (o * count + k) * shape.inner + i;
          const std::size_t from = (o * shape.length + std::size_t((indices[k] + length) % length)) * shape.inner + i;
          expected.data()[at] = x.data()[from];
          sum.data()[from] += g.data()[at];
        }
      }
    }
    kernels::take_middle<double>(x.data(), shape, indices, taken.data());
    kernels::add_at_middle<double>(g.data(), shape, indices, added.data());
    EXPECT_EQ(taken, expected);
    EXPECT_EQ(added, sum);
  }
}

}  // namespace
}  // namespace xtape::tests
