// Windows as columns and back, against plain loops; on one thread and on several.

#include "autodiff/kernels/unfold.hpp"

#include "autodiff/random.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xtape::tests {
namespace {

using kernels::Convolution;

struct Along {
  std::size_t data, kernel, stride = 1, padding = 0, dilation = 1;
};

Convolution windows_of(std::size_t batch, std::size_t channels, const Along& rows, const Along& columns) {
  Convolution of;
  of.batch = batch;
  of.data_channels = channels;
  for (const std::size_t d : {1u, 2u}) {
    const Along& along = d == 1 ? rows : columns;
    of.data[d] = along.data;
    of.kernel[d] = along.kernel;
    of.stride[d] = along.stride;
    of.padding[d] = along.padding;
    of.dilation[d] = along.dilation;
    of.out[d] = (along.data + 2 * along.padding - along.dilation * (along.kernel - 1) - 1) / along.stride + 1;
  }
  return of;
}

// The place in the data, of one plane, of each element of its columns; -1 outside.
std::vector<std::ptrdiff_t> places(const Convolution& of) {
  std::vector<std::ptrdiff_t> result;
  const auto place = [&](std::size_t d, std::size_t o, std::size_t j) {
    const auto at = std::ptrdiff_t(o * of.stride[d] + j * of.dilation[d]) - std::ptrdiff_t(of.padding[d]);
    return at < std::ptrdiff_t(of.data[d]) ? at : -1;
  };
  for (std::size_t j = 0; j < of.kernel[1]; ++j) {
    for (std::size_t k = 0; k < of.kernel[2]; ++k) {
      for (std::size_t h = 0; h < of.out[1]; ++h) {
        for (std::size_t w = 0; w < of.out[2]; ++w) {
          const std::ptrdiff_t row = place(1, h, j), column = place(2, w, k);
          result.push_back(row < 0 || column < 0 ? -1 : row * std::ptrdiff_t(of.data[2]) + column);
        }
      }
    }
  }
  return result;
}

template <class T>
void expect_columns(const Convolution& of, Random& rng) {
  const std::vector<std::ptrdiff_t> at = places(of);
  const std::size_t planes = of.batch * of.data_channels, size = of.data[1] * of.data[2];
  const Array<T> data = rng.uniform<T>({planes * size}, -1, 1), columns = rng.uniform<T>({planes * at.size()}, -1, 1);
  Array<T> unfolded = zeros<T>({columns.size()}), folded = zeros<T>({data.size()});
  for (std::size_t p = 0; p < planes; ++p) {
    for (std::size_t k = 0; k < at.size(); ++k) {
      if (at[k] < 0) continue;
      unfolded.data()[p * at.size() + k] = data.data()[p * size + std::size_t(at[k])];
      folded.data()[p * size + std::size_t(at[k])] += columns.data()[p * at.size() + k];
    }
  }
  for (const std::size_t threads : {1u, 2u, 3u}) {
    const Threads scope(threads);
    Array<T> to = full<T>({columns.size()}, T(7)), back = full<T>({data.size()}, T(7));
    kernels::unfold(of, data.data(), to.data());
    kernels::fold(of, columns.data(), back.data());
    ASSERT_EQ(to, unfolded) << "threads: " << threads;
    ASSERT_EQ(back, folded) << "threads: " << threads;
  }
}

TEST(UnfoldKernel, TakesAndAddsWhereTheWindowsAre) {
  Random rng(51);
  for (const Convolution& of : {
           windows_of(1, 1, {1, 1}, {1, 1}), windows_of(2, 3, {5, 2, 2, 1, 1}, {7, 3, 1, 1, 2}),
           windows_of(1, 2, {1, 1}, {40, 5, 3}),          // one line
           windows_of(1, 1, {2, 2, 1, 3, 2}, {3, 3, 4}),  // whole windows of the padding
           windows_of(3, 2, {9, 1, 4}, {8, 1, 3}),        // places that no window has
           windows_of(4, 16, {20, 3, 1, 1}, {19, 3, 1, 1}), windows_of(0, 3, {5, 2}, {7, 3}),
           windows_of(3, 0, {5, 2}, {7, 3}), windows_of(2, 2, {0, 1, 1, 1}, {3, 2}),  // of the padding alone
       }) {
    expect_columns<float>(of, rng);
    expect_columns<double>(of, rng);
  }
}

TEST(UnfoldKernel, MovesNothingOfEmptyArrays) {
  constexpr std::size_t kMany = std::size_t(1) << 25;
  double none = 7;
  kernels::unfold(windows_of(0, 3, {kMany, 2}, {kMany, 3}), &none, &none);
  kernels::fold(windows_of(0, 3, {kMany, 2}, {kMany, 3}), &none, &none);
  kernels::fold(windows_of(kMany, kMany, {0, 1, 1, kMany}, {5, 3}), &none, &none);
  EXPECT_EQ(none, 7);
}

}  // namespace
}  // namespace xtape::tests
