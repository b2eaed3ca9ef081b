#include "autodiff/kernels/convolution_parts.hpp"

namespace xtape::kernels::convolutions {

namespace {

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

}  // namespace

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

#define XTAPE_INSTANTIATE(T)                                                                            \
  template void convolve_depthwise<T>(const Convolution&, const T*, const T*, const T*, T*);            \
  template void convolve_transposed_depthwise<T>(const Convolution&, const T*, const T*, const T*, T*); \
  template void convolution_weights_depthwise<T>(const Convolution&, const T*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::convolutions
