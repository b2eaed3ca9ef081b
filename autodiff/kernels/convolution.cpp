// All three are matrix products, computed with channels last, so that a SIMD register holds channels. The matrix of all
// windows of the data, of which each element stands in as many rows as there are windows that it is in, is never made:
// row r has its element k at offset rows[r] + inner[k] of the data, which a product can read as fast as a dense row.
// Each element of a result is one sum in one order, whatever the number of threads.

#include "autodiff/kernels/convolution_parts.hpp"

#include <algorithm>

namespace xtape::kernels {

using namespace convolutions;

namespace {

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

bool is_depthwise(const Convolution& of) {
  return of.groups > 1 && of.data_channels == 1 && of.out_channels == 1;
}
Convolution joined(Convolution of) {
  of.data_channels = of.out_channels = of.groups;
  of.groups = 1;
  return of;
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
