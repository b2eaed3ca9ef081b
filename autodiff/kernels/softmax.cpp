#include "autodiff/kernels/softmax.hpp"

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"

#include <cmath>
#include <limits>

namespace xtape::kernels {

namespace {

enum class Want { kLogSumExp, kSoftmax, kLogSoftmax };

constexpr std::size_t kColumns = 128;  // of a tile, when the dimension to reduce is not the last one

template <class T>
Batch<T> larger(const Batch<T>& a, const Batch<T>& b) {  // NaN if either is
  return xsimd::select((a.v > b.v) || xsimd::isnan(a.v), a.v, b.v);
}

// What is subtracted from a row before exp: its largest element, but 0 where that is infinite, since infinity -
// infinity would be NaN where the result is infinite.
template <class T>
T shift_of(T largest) {
  return std::isinf(largest) ? T(0) : largest;
}

// f(batch, index, count) over a row, the last batch partly filled.
template <class T, class F>
void over_row(const T* row, std::size_t length, const F& f) {
  constexpr std::size_t L = Batch<T>::size;
  std::size_t i = 0;
  for (; i + L <= length; i += L) f(Batch<T>::load(row + i), i, L);
  if (i < length) f(Batch<T>::load_part(row + i, length - i), i, length - i);
}

template <class T>
void store(const Batch<T>& batch, T* to, std::size_t count) {
  if (count == Batch<T>::size) {
    batch.store(to);
  } else {
    batch.store_part(to, count);
  }
}

// The lanes [count, size) of the last batch of a row replaced by `filler`.
template <class T>
Batch<T> fill_rest(const Batch<T>& batch, std::size_t count, T filler) {
  if (count == Batch<T>::size) return batch;
  alignas(64) T lanes[Batch<T>::size];
  std::fill_n(lanes, Batch<T>::size, filler);
  batch.store_part(lanes, count);
  return Batch<T>::load(lanes);
}

// One contiguous row.
template <Want want, class T>
void row_pass(const T* in, std::size_t length, T* out) {
  constexpr T kLowest = -std::numeric_limits<T>::infinity();
  Batch<T> top(kLowest);
  over_row(in, length,
           [&](const Batch<T>& x, std::size_t, std::size_t n) { top = larger(top, fill_rest(x, n, kLowest)); });
  alignas(64) T lanes[Batch<T>::size];
  top.store(lanes);
  T largest = lanes[0];
  for (const T lane : lanes) largest = lane > largest || lane != lane ? lane : largest;
  const Batch<T> shift(shift_of(largest));
  double sum = 0;
  Batch<T> partial(T(0));
  std::size_t since = 0;
  over_row(in, length, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
    const Batch<T> e = kernels::exp(x.v - shift.v);
    if constexpr (want == Want::kSoftmax) store(e, out + i, n);
    partial.v += fill_rest(e, n, T(0)).v;
    if (++since == 64) {
      sum += double(horizontal_sum(partial.v));
      partial = Batch<T>(T(0));
      since = 0;
    }
  });
  sum += double(horizontal_sum(partial.v));
  if constexpr (want == Want::kSoftmax) {
    const Batch<T> scale(T(1 / sum));
    over_row(out, length,
             [&](const Batch<T>& e, std::size_t i, std::size_t n) { store(Batch<T>(e.v * scale.v), out + i, n); });
  } else {
    const T log_sum = T(std::log(sum)) + shift_of(largest);
    if constexpr (want == Want::kLogSumExp) {
      *out = log_sum;
    } else {
      const Batch<T> total(log_sum);
      over_row(in, length,
               [&](const Batch<T>& x, std::size_t i, std::size_t n) { store(Batch<T>(x.v - total.v), out + i, n); });
    }
  }
}

// A tile of at most kColumns columns, `stride` apart from row to row.
template <Want want, class T>
void tile_pass(const T* in, std::size_t length, std::size_t stride, std::size_t columns, T* out) {
  alignas(64) T shift[kColumns], sum[kColumns];
  std::copy_n(in, columns, shift);
  for (std::size_t l = 1; l < length; ++l) {
    over_row(in + l * stride, columns, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
      store(larger(Batch<T>::load_part(shift + i, n), x), shift + i, n);
    });
  }
  for (std::size_t c = 0; c < columns; ++c) shift[c] = shift_of(shift[c]);
  std::array<double, kColumns> wide{};
  std::fill_n(sum, columns, T(0));
  for (std::size_t l = 0; l < length; ++l) {
    over_row(in + l * stride, columns, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
      const Batch<T> e = kernels::exp(x.v - Batch<T>::load_part(shift + i, n).v);
      if constexpr (want == Want::kSoftmax) store(e, out + l * stride + i, n);
      store(Batch<T>(Batch<T>::load_part(sum + i, n).v + e.v), sum + i, n);
    });
    if (l % 64 == 63 || l + 1 == length) {
      for (std::size_t c = 0; c < columns; ++c) wide[c] += double(sum[c]);
      std::fill_n(sum, columns, T(0));
    }
  }
  if constexpr (want == Want::kSoftmax) {
    for (std::size_t c = 0; c < columns; ++c) sum[c] = T(1 / wide[c]);
    for (std::size_t l = 0; l < length; ++l) {
      T* row = out + l * stride;
      over_row(row, columns, [&](const Batch<T>& e, std::size_t i, std::size_t n) {
        store(Batch<T>(e.v * Batch<T>::load_part(sum + i, n).v), row + i, n);
      });
    }
    return;
  }
  for (std::size_t c = 0; c < columns; ++c) sum[c] = T(std::log(wide[c])) + shift[c];
  if constexpr (want == Want::kLogSumExp) {
    std::copy_n(sum, columns, out);
  } else {
    for (std::size_t l = 0; l < length; ++l) {
      over_row(in + l * stride, columns, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
        store(Batch<T>(x.v - Batch<T>::load_part(sum + i, n).v), out + l * stride + i, n);
      });
    }
  }
}

template <Want want, class T>
void over_middle(const T* in, const Middle& s, T* out) {
  const std::size_t work = 8 * s.outer * s.length * s.inner;  // exp costs several plain operations
  if (s.length == 0) {
    if (want == Want::kLogSumExp) std::fill_n(out, s.outer * s.inner, -std::numeric_limits<T>::infinity());
  } else if (s.inner == 1) {
    const std::size_t step = want == Want::kLogSumExp ? 1 : s.length;
    parallel_for(s.outer, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) row_pass<want>(in + o * s.length, s.length, out + o * step);
    });
  } else {
    const std::size_t tiles = (s.inner + kColumns - 1) / kColumns;
    const std::size_t step = (want == Want::kLogSumExp ? 1 : s.length) * s.inner;
    parallel_for(s.outer * tiles, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t piece = first; piece < last; ++piece) {
        const std::size_t o = piece / tiles, c = piece % tiles * kColumns;
        tile_pass<want>(in + o * s.length * s.inner + c, s.length, s.inner, std::min(kColumns, s.inner - c),
                        out + o * step + c);
      }
    });
  }
}

}  // namespace

template <class T>
void logsumexp_middle(const T* in, const Middle& shape, T* out) {
  over_middle<Want::kLogSumExp>(in, shape, out);
}
template <class T>
void softmax_middle(const T* in, const Middle& shape, T* out) {
  over_middle<Want::kSoftmax>(in, shape, out);
}
template <class T>
void log_softmax_middle(const T* in, const Middle& shape, T* out) {
  over_middle<Want::kLogSoftmax>(in, shape, out);
}

#define XTAPE_INSTANTIATE(T)                                      \
  template void logsumexp_middle<T>(const T*, const Middle&, T*); \
  template void softmax_middle<T>(const T*, const Middle&, T*);   \
  template void log_softmax_middle<T>(const T*, const Middle&, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
