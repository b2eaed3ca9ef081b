#pragma once
// What the files of convolutions share: places of the data, and the data with channels last.

#include "autodiff/kernels/convolution.hpp"
#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/pool.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace xtape::kernels::convolutions {

template <class T>
using Buffer = std::vector<T, PoolAllocator<T>>;

// Multiply-adds that take about as long as one operation of an element-wise loop.
inline constexpr std::size_t kWorkPerElement = 8;
inline constexpr std::size_t kInner = 256;  // terms are added in registers, and so many of them then to the result
inline constexpr std::size_t kBlock = 120;  // rows of a result, in the cache when they are put where they belong

// Offsets of elements that are counted through four dimensions row by row.
struct Places {
  std::array<std::size_t, 4> extents, strides;

  std::size_t count() const { return extents[0] * extents[1] * extents[2] * extents[3]; }
  void list(std::size_t first, std::size_t count, std::size_t* offsets) const {
    if (count == 0) return;
    std::array<std::size_t, 4> index;
    for (std::size_t d = 4; d-- > 0; first /= extents[d]) index[d] = first % extents[d];
    for (std::size_t i = 0; i < count; ++i) {
      offsets[i] = 0;
      for (std::size_t d = 0; d < 4; ++d) offsets[i] += index[d] * strides[d];
      for (std::size_t d = 3; ++index[d] == extents[d] && d > 0; --d) index[d] = 0;
    }
  }
};

inline Places dense(std::size_t count, std::size_t step) {
  return {{1, 1, 1, count}, {0, 0, 0, step}};
}

template <class T>
std::size_t whole_batches(std::size_t count) {
  constexpr std::size_t L = Batch<T>::size;
  return (count + L - 1) / L * L;
}

// A transposed tile of 4 by 4 numbers, and `shift` (unless null), one a row of the result.
template <class T>
[[gnu::always_inline]] inline void turn_tile(const T* from, std::size_t from_step, T* to, std::size_t to_step,
                                             const T* shift) {
  typedef T Four [[gnu::vector_size(4 * sizeof(T))]];
  Four row[4];
  for (std::size_t r = 0; r < 4; ++r) std::memcpy(&row[r], from + r * from_step, sizeof(Four));
  const Four a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5),
             b = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5),
             c = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7),
             d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
  for (std::size_t r = 0; r < 4; ++r) {
    if (shift != nullptr) row[r] += shift[r];
    std::memcpy(to + r * to_step, &row[r], sizeof(Four));
  }
}

// to[c to_step + r] = from[r from_step + c], and shift[c] unless it is null.
template <class T>
void turn(std::size_t rows, std::size_t columns, const T* from, std::size_t from_step, T* to, std::size_t to_step,
          const T* shift = nullptr) {
  const std::size_t whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
  for (std::size_t c = 0; c < whole_columns; c += 4) {
    for (std::size_t r = 0; r < whole_rows; r += 4) {
      turn_tile(from + r * from_step + c, from_step, to + c * to_step + r, to_step,
                shift == nullptr ? shift : shift + c);
    }
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const T more = shift == nullptr ? T(0) : shift[c];
    for (std::size_t r = c < whole_columns ? whole_rows : 0; r < rows; ++r) {
      const T value = from[r * from_step + c];
      to[c * to_step + r] = shift == nullptr ? value : value + more;
    }
  }
}

// The data with channels last and zeros around: (batch, padded..., groups, channels of a group).
struct Padded {
  Convolution::Extents extents;
  std::size_t channels, image;           // numbers of a place, of an image
  std::array<std::size_t, 3> strides{};  // of a place along each dimension

  explicit Padded(const Convolution& of) : channels(of.groups * of.data_channels) {
    std::size_t step = channels;
    for (std::size_t d = 3; d-- > 0; step *= extents[d]) {
      extents[d] = of.data[d] + 2 * of.padding[d];
      strides[d] = step;
    }
    image = step;
  }

  /// Row by row of an image: row(its first element of the data, its first place here).
  template <class Row>
  void rows(const Convolution& of, const Row& row) const {
    for (std::size_t d = 0; d < of.data[0]; ++d) {
      for (std::size_t h = 0; h < of.data[1]; ++h) {
        row((d * of.data[1] + h) * of.data[2],
            (d + of.padding[0]) * strides[0] + (h + of.padding[1]) * strides[1] + of.padding[2] * strides[2]);
      }
    }
  }
  /// Where the windows begin, of all images; and what is in one, the channels of a group last.
  Places windows(const Convolution& of) const {
    return {{of.batch, of.out[0], of.out[1], of.out[2]},
            {image, of.stride[0] * strides[0], of.stride[1] * strides[1], of.stride[2] * strides[2]}};
  }
  Places window(const Convolution& of, std::size_t channels_of_group) const {
    return {{of.kernel[0], of.kernel[1], of.kernel[2], channels_of_group},
            {of.dilation[0] * strides[0], of.dilation[1] * strides[1], of.dilation[2] * strides[2], 1}};
  }
};

inline std::size_t volume(const Convolution::Extents& extents) {
  return extents[0] * extents[1] * extents[2];
}

inline std::size_t work_of(const Convolution& of) {
  return of.batch * of.groups * of.data_channels * of.out_channels * volume(of.out) * volume(of.kernel) /
         kWorkPerElement;
}

template <class T>
Buffer<T> padded_data(const Convolution& of, const Padded& to, const T* x) {
  Buffer<T> result(of.batch * to.image);
  const std::size_t plane = volume(of.data);
  parallel_for(of.batch, 1, result.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t n = first; n < last; ++n) {
      T* const image = result.data() + n * to.image;
      const T* const from = x + n * to.channels * plane;
      std::fill_n(image, to.image, T(0));
      to.rows(of, [&](std::size_t at, std::size_t place) {
        turn(to.channels, of.data[2], from + at, plane, image + place, to.channels);
      });
    }
  });
  return result;
}

// The data of an image out of its padding.
template <class T>
void take_out(const Convolution& of, const Padded& padded, const T* image, const T* bias, T* x) {
  padded.rows(of, [&](std::size_t at, std::size_t from) {
    turn(of.data[2], padded.channels, image + from, padded.channels, x + at, volume(of.data), bias);
  });
}

// The results with channels last: (batch, places, groups, whole batches of channels).
template <class T>
Buffer<T> results_last(const Convolution& of, const T* y) {
  const std::size_t width = whole_batches<T>(of.out_channels), step = of.groups * width, plane = volume(of.out);
  Buffer<T> result(of.batch * plane * step);
  parallel_for(of.batch * of.groups, 1, result.size(), [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      T* const to = result.data() + i / of.groups * plane * step + i % of.groups * width;
      turn(of.out_channels, plane, y + i * of.out_channels * plane, plane, to, step);
      for (std::size_t p = 0; width > of.out_channels && p < plane; ++p)
        std::fill(to + p * step + of.out_channels, to + p * step + width, T(0));
    }
  });
  return result;
}

// The three products where each group has one channel on either side: a register holds groups, as one group of all
// channels, of which each meets itself alone.
template <class T>
void convolve_depthwise(const Convolution& of, const T* x, const T* w, const T* bias, T* y);
template <class T>
void convolve_transposed_depthwise(const Convolution& of, const T* w, const T* y, const T* bias, T* x);
template <class T>
void convolution_weights_depthwise(const Convolution& of, const T* x, const T* y, T* w);

}  // namespace xtape::kernels::convolutions
