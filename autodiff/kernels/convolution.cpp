// All three are matrix products, computed with channels last, so that a SIMD register holds channels. The matrix of all
// windows of the data, of which each element stands in as many rows as there are windows that it is in, is never made:
// row r has its element k at offset rows[r] + inner[k] of the data, which a product can read as fast as a dense row.
// Each element of a result is one sum in one order, whatever the number of threads.

#include "autodiff/kernels/convolution.hpp"

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/pool.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace xtape::kernels {

namespace {

template <class T>
using Buffer = std::vector<T, PoolAllocator<T>>;

// Multiply-adds that take about as long as one operation of an element-wise loop.
constexpr std::size_t kWorkPerElement = 8;
constexpr std::size_t kInner = 256;  // terms are added in registers, and so many of them then to the result
constexpr std::size_t kBlock = 120;  // rows of a result that are in the cache when they are put where they belong

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

Places dense(std::size_t count, std::size_t step) {
  return {{1, 1, 1, count}, {0, 0, 0, step}};
}

template <class T>
std::size_t whole_batches(std::size_t count) {
  constexpr std::size_t L = Batch<T>::size;
  return (count + L - 1) / L * L;
}

// `Rows` rows by `Columns` batches of a product, of which `there` rows are stored, or added to what is there.
template <std::size_t Rows, std::size_t Columns, class T>
void product_tile(const T* a, const std::size_t* rows, const std::size_t* inner, std::size_t count, const T* b,
                  std::size_t b_step, T* out, std::size_t out_step, std::size_t there, bool adds) {
  constexpr std::size_t L = Batch<T>::size;
  const T* from[Rows];
  for (std::size_t r = 0; r < Rows; ++r) from[r] = a + rows[std::min(r, there - 1)];
  xsimd::batch<T> sum[Rows][Columns];
#pragma GCC unroll 16
  for (auto& row : sum) {
#pragma GCC unroll 4
    for (auto& batch : row) batch = xsimd::batch<T>(T(0));
  }
  for (std::size_t k = 0; k < count; ++k, b += b_step) {
    xsimd::batch<T> right[Columns];
#pragma GCC unroll 4
    for (std::size_t c = 0; c < Columns; ++c) right[c] = Batch<T>::load(b + c * L).v;
    const std::size_t at = inner[k];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < Rows; ++r) {
      const xsimd::batch<T> left(from[r][at]);
#pragma GCC unroll 4
      for (std::size_t c = 0; c < Columns; ++c) sum[r][c] = detail::fma(left, right[c], sum[r][c]);
    }
  }
#pragma GCC unroll 16
  for (std::size_t r = 0; r < Rows; ++r) {
    if (r >= there) break;
#pragma GCC unroll 4
    for (std::size_t c = 0; c < Columns; ++c) {
      T* const to = out + r * out_step + c * L;
      Batch<T>(adds ? Batch<T>::load(to).v + sum[r][c] : sum[r][c]).store(to);
    }
  }
}

#if defined(__AVX512F__)
constexpr std::size_t kRows[] = {8, 8, 8,
                                 6};  // for one to four batches of columns: as many sums as there are registers
#else
constexpr std::size_t kRows[] = {8, 6, 4};
#endif
constexpr std::size_t kMostColumns = std::size(kRows);

// The rows [r0, r1) of a product, to `out`: Σ over k of a[rows(r) + inner(k)] b[k]. Rows of `b` and `out` are whole
// batches.
template <class T>
void product(const T* a, const Places& rows, std::size_t r0, std::size_t r1, const Places& inner, const T* b,
             std::size_t b_step, std::size_t columns, T* out, std::size_t out_step) {
  constexpr std::size_t L = Batch<T>::size;
  if (inner.count() == 0) {
    for (std::size_t r = r0; r < r1; ++r) std::fill_n(out + (r - r0) * out_step, columns, T(0));
    return;
  }
  const std::size_t batches = columns / L, strips = (batches + kMostColumns - 1) / kMostColumns;
  Buffer<std::size_t> row_at(r1 - r0);
  rows.list(r0, r1 - r0, row_at.data());
  std::array<std::size_t, kInner> inner_at;
  for (std::size_t k0 = 0; k0 < inner.count(); k0 += kInner) {
    const std::size_t terms = std::min(kInner, inner.count() - k0);
    inner.list(k0, terms, inner_at.data());
    for (std::size_t s = 0; s < strips; ++s) {
      const std::size_t c0 = batches * s / strips, width = batches * (s + 1) / strips - c0;
      const auto strip = [&]<std::size_t Columns>(std::integral_constant<std::size_t, Columns>) {
        constexpr std::size_t kTile = kRows[Columns - 1];
        for (std::size_t r = 0; r < r1 - r0; r += kTile) {
          product_tile<kTile, Columns>(a, row_at.data() + r, inner_at.data(), terms, b + k0 * b_step + c0 * L, b_step,
                                       out + r * out_step + c0 * L, out_step, std::min(kTile, r1 - r0 - r), k0 > 0);
        }
      };
      if (width == 1) strip(std::integral_constant<std::size_t, 1>());
      if (width == 2) strip(std::integral_constant<std::size_t, 2>());
      if (width == 3) strip(std::integral_constant<std::size_t, 3>());
#if defined(__AVX512F__)
      if (width == 4) strip(std::integral_constant<std::size_t, 4>());
#endif
    }
  }
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

std::size_t volume(const Convolution::Extents& extents) {
  return extents[0] * extents[1] * extents[2];
}

std::size_t work_of(const Convolution& of) {
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

// visit(k, e, w[k, c, j]) for the channels k of the result in a group and the elements e = (j, c) of its windows.
template <class W, class Visit>
void each_weight(const Convolution& of, W* w, std::size_t group, const Visit& visit) {
  const std::size_t places = volume(of.kernel);
  w += group * of.out_channels * of.data_channels * places;
  for (std::size_t k = 0; k < of.out_channels; ++k) {
    for (std::size_t c = 0; c < of.data_channels; ++c) {
      for (std::size_t j = 0; j < places; ++j) visit(k, j * of.data_channels + c, *w++);
    }
  }
}

// Where each group has one channel on either side, a register holds groups: as one group of all channels, of which each
// meets itself alone.
bool is_depthwise(const Convolution& of) {
  return of.groups > 1 && of.data_channels == 1 && of.out_channels == 1;
}
Convolution joined(Convolution of) {
  of.data_channels = of.out_channels = of.groups;
  of.groups = 1;
  return of;
}

// to[c] += a[c] b[c].
template <class T>
void multiply_add(const T* a, const T* b, std::size_t channels, T* to) {
  for (std::size_t c = 0; c < channels; ++c) to[c] += a[c] * b[c];
}

// The weights (channels, places) with channels last.
template <class T>
Buffer<T> weights_last(const Convolution& of, const T* w) {
  Buffer<T> result(volume(of.kernel) * of.data_channels);
  turn(of.data_channels, volume(of.kernel), w, volume(of.kernel), result.data(), of.data_channels);
  return result;
}

template <class T>
void convolve_depthwise(const Convolution& of, const T* x, const T* w, const T* bias, T* y) {
  const Padded padded(of);
  const Places windows = padded.windows(of), window = padded.window(of, 1);
  const std::size_t channels = of.data_channels, plane = volume(of.out);
  const Buffer<T> weights = weights_last(of, w), data = padded_data(of, padded, x);
  Buffer<std::size_t> step_at(window.count());
  window.list(0, step_at.size(), step_at.data());
  parallel_for(of.batch, 1, work_of(of) / channels, [&](std::size_t first, std::size_t last) {
    Buffer<T> block(kBlock * channels);
    std::array<std::size_t, kBlock> place;
    for (std::size_t n = first; n < last; ++n) {
      for (std::size_t o = 0; o < plane; o += kBlock) {
        const std::size_t count = std::min(kBlock, plane - o);
        windows.list(n * plane + o, count, place.data());
        std::fill_n(block.data(), count * channels, T(0));
        for (std::size_t p = 0; p < count; ++p) {
          for (std::size_t j = 0; j < step_at.size(); ++j) {
            multiply_add(data.data() + place[p] + step_at[j], weights.data() + j * channels, channels,
                         block.data() + p * channels);
          }
        }
        turn(count, channels, block.data(), channels, y + n * channels * plane + o, plane, bias);
      }
    }
  });
}

template <class T>
void convolve_transposed_depthwise(const Convolution& of, const T* w, const T* y, const T* bias, T* x) {
  const Padded padded(of);
  const Places windows = padded.windows(of), window = padded.window(of, 1);
  const std::size_t channels = of.data_channels, plane = volume(of.out), width = whole_batches<T>(channels);
  const Buffer<T> weights = weights_last(of, w), results = results_last(of, y);
  Buffer<std::size_t> step_at(window.count()), place(plane);
  window.list(0, step_at.size(), step_at.data());
  windows.list(0, plane, place.data());
  parallel_for(of.batch, 1, work_of(of) / channels, [&](std::size_t first, std::size_t last) {
    Buffer<T> data(padded.image);
    for (std::size_t n = first; n < last; ++n) {
      std::fill(data.begin(), data.end(), T(0));
      for (std::size_t p = 0; p < plane; ++p) {
        for (std::size_t j = 0; j < step_at.size(); ++j) {
          multiply_add(results.data() + (n * plane + p) * width, weights.data() + j * channels, channels,
                       data.data() + place[p] + step_at[j]);
        }
      }
      take_out(of, padded, data.data(), bias, x + n * channels * volume(of.data));
    }
  });
}

template <class T>
void convolution_weights_depthwise(const Convolution& of, const T* x, const T* y, T* w) {
  const Padded padded(of);
  const Places windows = padded.windows(of), window = padded.window(of, 1);
  const std::size_t channels = of.data_channels, width = whole_batches<T>(channels), taps = window.count();
  const Buffer<T> data = padded_data(of, padded, x), results = results_last(of, y);
  Buffer<std::size_t> step_at(taps);
  window.list(0, taps, step_at.data());
  parallel_for(taps, 1, work_of(of) / channels, [&](std::size_t first, std::size_t last) {
    Buffer<T> sum(channels), block(channels);
    std::array<std::size_t, kInner> place;
    for (std::size_t j = first; j < last; ++j) {
      std::fill(sum.begin(), sum.end(), T(0));
      for (std::size_t p0 = 0; p0 < windows.count(); p0 += kInner) {
        const std::size_t terms = std::min(kInner, windows.count() - p0);
        windows.list(p0, terms, place.data());
        std::fill(block.begin(), block.end(), T(0));
        for (std::size_t p = 0; p < terms; ++p) {
          multiply_add(data.data() + place[p] + step_at[j], results.data() + (p0 + p) * width, channels, block.data());
        }
        for (std::size_t c = 0; c < channels; ++c) sum[c] += block[c];
      }
      for (std::size_t c = 0; c < channels; ++c) w[c * taps + j] = sum[c];
    }
  });
}

}  // namespace

template <class T>
void convolve(const Convolution& of, const T* x, const T* w, const T* bias, T* y) {
  if (is_depthwise(of)) return convolve_depthwise(joined(of), x, w, bias, y);
  const Padded padded(of);
  const Places windows = padded.windows(of), window = padded.window(of, of.data_channels);
  const std::size_t width = whole_batches<T>(of.out_channels), terms = window.count(), plane = volume(of.out);
  Buffer<T> weights(of.groups * terms * width);
  for (std::size_t g = 0; g < of.groups; ++g) {
    T* const to = weights.data() + g * terms * width;
    each_weight(of, w, g, [&](std::size_t k, std::size_t e, T weight) { to[e * width + k] = weight; });
  }
  const Buffer<T> data = padded_data(of, padded, x);
  parallel_for(windows.count(), kBlock, work_of(of), [&](std::size_t first, std::size_t last) {
    Buffer<T> block(kBlock * width);
    for (std::size_t p0 = first; p0 < last; p0 += kBlock) {
      const std::size_t p1 = std::min(last, p0 + kBlock);
      for (std::size_t g = 0; g < of.groups; ++g) {
        product(data.data() + g * of.data_channels, windows, p0, p1, window, weights.data() + g * terms * width, width,
                width, block.data(), width);
        for (std::size_t p = p0; p < p1;) {  // image by image
          const std::size_t n = p / plane, o = p % plane, count = std::min(p1 - p, plane - o);
          turn(count, of.out_channels, block.data() + (p - p0) * width, width,
               y + (n * of.groups + g) * of.out_channels * plane + o, plane,
               bias == nullptr ? bias : bias + g * of.out_channels);
          p += count;
        }
      }
    }
  });
}

template <class T>
void convolve_transposed(const Convolution& of, const T* w, const T* y, const T* bias, T* x) {
  if (is_depthwise(of)) return convolve_transposed_depthwise(joined(of), w, y, bias, x);
  const Padded padded(of);
  const Places windows = padded.windows(of);
  // Where channels and the last dimension of the kernel lie one after the other they are one.
  const bool together = of.groups == 1 && of.dilation[2] == 1;
  Places steps = padded.window(of, 1);
  if (together) steps.extents[2] = 1;
  const std::size_t elements = volume(of.kernel) * of.data_channels, width = whole_batches<T>(elements);
  const std::size_t runs = steps.count(), run = runs == 0 ? 0 : elements / runs;
  Buffer<T> weights(of.groups * of.out_channels * width);
  for (std::size_t g = 0; g < of.groups; ++g) {
    T* const to = weights.data() + g * of.out_channels * width;
    each_weight(of, w, g, [&](std::size_t k, std::size_t e, T weight) { to[k * width + e] = weight; });
  }
  Buffer<std::size_t> step_at(runs);
  steps.list(0, runs, step_at.data());
  const Buffer<T> results = results_last(of, y);
  const std::size_t step = of.batch == 0 ? 0 : results.size() / of.batch / volume(of.out);
  const std::size_t plane = volume(of.out), images = std::max<std::size_t>(1, kBlock / std::max<std::size_t>(plane, 1));
  parallel_for(of.batch, images, work_of(of), [&](std::size_t first, std::size_t last) {
    Buffer<T> data(images * padded.image), block(kBlock * width);
    std::array<std::size_t, kBlock> place;
    for (std::size_t n0 = first; n0 < last; n0 += images) {
      const std::size_t n1 = std::min(last, n0 + images);
      std::fill(data.begin(), data.end(), T(0));
      for (std::size_t g = 0; g < of.groups; ++g) {
        for (std::size_t p0 = n0 * plane; p0 < n1 * plane; p0 += kBlock) {
          const std::size_t p1 = std::min(n1 * plane, p0 + kBlock);
          product(results.data() + g * (step / of.groups), dense(of.batch * plane, step), p0, p1,
                  dense(of.out_channels, 1), weights.data() + g * of.out_channels * width, width, width, block.data(),
                  width);
          windows.list(p0, p1 - p0, place.data());
          for (std::size_t p = p0; p < p1; ++p) {
            T* const window = data.data() + place[p - p0] - n0 * padded.image + g * of.data_channels;
            for (std::size_t r = 0; r < runs; ++r) {
              const T* const from = block.data() + (p - p0) * width + r * run;
              T* const to = window + step_at[r];
              for (std::size_t i = 0; i < run; ++i) to[i] += from[i];
            }
          }
        }
      }
      for (std::size_t n = n0; n < n1; ++n) {
        take_out(of, padded, data.data() + (n - n0) * padded.image, bias, x + n * padded.channels * volume(of.data));
      }
    }
  });
}

template <class T>
void convolution_weights(const Convolution& of, const T* x, const T* y, T* w) {
  if (is_depthwise(of)) return convolution_weights_depthwise(joined(of), x, y, w);
  const Padded padded(of);
  const Places windows = padded.windows(of), window = padded.window(of, of.data_channels);
  const std::size_t width = whole_batches<T>(of.out_channels), elements = window.count();
  const Buffer<T> data = padded_data(of, padded, x), results = results_last(of, y);
  Buffer<T> weights(of.groups * elements * width);
  constexpr std::size_t kRowsOfPart = 24;
  const std::size_t parts = (elements + kRowsOfPart - 1) / kRowsOfPart;
  parallel_for(of.groups * parts, 1, work_of(of), [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t g = i / parts, r0 = i % parts * kRowsOfPart, r1 = std::min(elements, r0 + kRowsOfPart);
      product(data.data() + g * of.data_channels, window, r0, r1, windows, results.data() + g * width,
              of.groups * width, width, weights.data() + (g * elements + r0) * width, width);
    }
  });
  for (std::size_t g = 0; g < of.groups; ++g) {
    const T* const from = weights.data() + g * elements * width;
    each_weight(of, w, g, [&](std::size_t k, std::size_t e, T& weight) { weight = from[e * width + k]; });
  }
}

#define XTAPE_INSTANTIATE(T)                                                                  \
  template void convolve<T>(const Convolution&, const T*, const T*, const T*, T*);            \
  template void convolve_transposed<T>(const Convolution&, const T*, const T*, const T*, T*); \
  template void convolution_weights<T>(const Convolution&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
