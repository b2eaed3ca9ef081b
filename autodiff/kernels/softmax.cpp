#include "autodiff/kernels/softmax.hpp"

#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/streaming.hpp"
#include "autodiff/kernels/threads.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace xtape::kernels {

namespace {

enum class Want { kLogSumExp, kSoftmax, kLogSoftmax };

constexpr std::size_t kRow = 16384;      // a row of at most so many elements stays in the cache from pass to pass
constexpr std::size_t kLongRow = 512;    // from here on one pass over a row is faster than two
constexpr std::size_t kSideBySide = 4;   // such rows
constexpr std::size_t kGroup = 8;        // rows that are read side by side, as memory is faster with several streams
constexpr std::size_t kTile = 4096;      // columns of a piece of work
constexpr std::size_t kFolded = 4096;    // few columns become about so many, by taking several rows as one
constexpr std::size_t kPiece = 1 << 17;  // elements of a piece of work, at least
constexpr std::size_t kMostChunks = 64;  // pieces one below the other
constexpr int kSlack = 2;                // by which a number may be larger than what is subtracted before exp
constexpr std::size_t kExpWork = 8;      // exp costs several plain operations

template <class T>
constexpr T kLowest = -std::numeric_limits<T>::infinity();

// What is subtracted before exp: the largest element, but 0 where that is infinite, since infinity - infinity would be
// NaN where the result is infinite.
template <class T>
T shift_of(T largest) {
  return std::isinf(largest) ? T(0) : largest;
}
template <class T>
Batch<T> shift_of(const Batch<T>& largest) {
  return xsimd::select(xsimd::isinf(largest.v), xsimd::batch<T>(T(0)), largest.v);
}

// The larger one; where x is NaN possibly `largest`. The sum of exponentials is NaN then, and so is the result.
template <class T>
Batch<T> larger(const Batch<T>& x, const Batch<T>& largest) {
  return kernels::larger(x.v, largest.v);
}

// e to the x with a relative error of about 2^-24 (1 + |x|), which a sum of exponentials of rounded numbers has anyway.
// Where the processor splits a number into its integer and the rest, and does so for infinity, that takes two thirds of
// the time. The coefficients are a minimax fit of 2^f by the Remez algorithm.
template <class T>
Batch<T> exp_in_sum(const xsimd::batch<T>& x) {
#if defined(__AVX512DQ__)
  if constexpr (std::is_same_v<T, float>) {
    const detail::Floats t = x * detail::Floats(0x1.715476p+0F), f = _mm512_reduce_ps(t, 0);
    const detail::Floats p =
        detail::polynomial(f, 1.0F, 0.6931472F, 0.24022646F, 0.055503286F, 0.009618489F, 0.0013399931F, 0.00015345812F);
    return Batch<T>(_mm512_scalef_ps(p, t - f));
  }
#endif
  return Batch<T>(kernels::exp(x));
}

// What a softmax and its logarithm are divided by. A sum of exponentials is infinite only where an element is, and then
// they have no value; the logarithm of the sum has one.
template <Want want>
double normalizer(double sum) {
  return want != Want::kLogSumExp && std::isinf(sum) ? std::numeric_limits<double>::quiet_NaN() : sum;
}

// Stores results, past the caches if there are many.
template <class T>
struct Store {
  bool stream;
  void operator()(const Batch<T>& batch, T* to, std::size_t count) const {
    if (stream && count == Batch<T>::size && reinterpret_cast<std::uintptr_t>(to) % 64 == 0) {
      kernels::stream(batch, to);
    } else {
      batch.store_up_to(to, count);
    }
  }
};

// f(batch, index, count) over a row, the last batch partly filled.
template <class T, class F>
void over_row(const T* row, std::size_t length, const F& f) {
  constexpr std::size_t L = Batch<T>::size;
  std::size_t i = 0;
  for (; i + L <= length; i += L) f(Batch<T>::load(row + i), i, L);
  if (i < length) f(Batch<T>::load_part(row + i, length - i), i, length - i);
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

constexpr std::size_t padded(std::size_t columns) {
  return (columns + 15) / 16 * 16;
}

// The sums of exponentials of many columns: of exp(x - shift_of(top)), where `top` is about the largest element of the
// column that was seen so far, less than kSlack below it. Whole batches can be stored, also those of the last columns.
template <class T>
struct Sums {
  T* top;
  double* sum;

  Sums from(std::size_t column) const { return {top + column, sum + column}; }
};

template <class T>
class SumsOf {
 public:
  explicit SumsOf(std::size_t columns) : top_(columns + 16, kLowest<T>), sum_(columns + 16, 0.0) {}
  Sums<T> from(std::size_t column) { return {top_.data() + column, sum_.data() + column}; }

 private:
  std::vector<T, PoolAllocator<T>> top_;
  std::vector<double, PoolAllocator<double>> sum_;
};

// sum[c] = sum[c] exp(from[c] - to[c]) for one batch of columns.
template <class T>
void rescale(double* sum, const Batch<T>& from, const Batch<T>& to) {
  alignas(64) T factor[Batch<T>::size];
  Batch<T>(kernels::exp(from.v - to.v)).store(factor);
  for (std::size_t i = 0; i < Batch<T>::size; ++i) sum[i] *= double(factor[i]);
}

// Adds up to kGroup rows, `stride` apart, of one batch of columns, of which `count` are there.
template <class T>
[[gnu::always_inline]] inline void add_group(const T* in, std::size_t rows, std::size_t stride, std::size_t count,
                                             const Sums<T>& sums) {
  Batch<T> x[kGroup];
  for (std::size_t r = 0; r < rows; ++r)
    x[r] = fill_rest(Batch<T>::load_up_to(in + r * stride, count), count, kLowest<T>);
  for (std::size_t r = 0; r < rows; ++r) prefetch(reinterpret_cast<const char*>(in + r * stride) + kAhead);
  Batch<T> top = Batch<T>::load(sums.top), largest = top;
  for (std::size_t r = 0; r < rows; ++r) largest = larger(x[r], largest);
  if (xsimd::any(largest.v > top.v + xsimd::batch<T>(T(kSlack)))) [[unlikely]] {
    rescale(sums.sum, top, shift_of(largest));
    top = largest;
    top.store(sums.top);
  }
  const Batch<T> shift = shift_of(top);
  Batch<T> sum(T(0));
  for (std::size_t r = 0; r < rows; ++r) sum.v += exp_in_sum(x[r].v - shift.v).v;
  alignas(64) T lanes[Batch<T>::size];
  sum.store(lanes);
  for (std::size_t c = 0; c < Batch<T>::size; ++c) sums.sum[c] += double(lanes[c]);
}

template <class T>
void add_rows(const T* in, std::size_t rows, std::size_t stride, std::size_t columns, const Sums<T>& sums) {
  constexpr std::size_t L = Batch<T>::size;
  std::size_t r = 0;
  for (; r + kGroup <= rows; r += kGroup) {
    const T* group = in + r * stride;
    std::size_t c = 0;
    for (; c + L <= columns; c += L) add_group(group + c, kGroup, stride, L, sums.from(c));
    if (c < columns) add_group(group + c, kGroup, stride, columns - c, sums.from(c));
  }
  if (r == rows) return;
  for (std::size_t c = 0; c < columns; c += L) {
    add_group(in + r * stride + c, rows - r, stride, std::min(L, columns - c), sums.from(c));
  }
}

// The sum of exponentials of one row.
template <class T>
struct RowSum {
  T top;
  double sum;  // of exp(x - shift_of(top))

  T log() const { return log_beside_top<Want::kLogSumExp>() + shift_of(top); }
  // What the logarithm has beside what was subtracted. A log-softmax takes away one after the other: far from 0 their
  // sum would be rounded to as few digits as x has.
  template <Want want>
  T log_beside_top() const {
    return T(std::log(normalizer<want>(sum)));
  }
};

// In two passes. With `keep` the exponentials are stored.
template <bool keep, class T>
RowSum<T> short_row_sum(const T* in, std::size_t length, [[maybe_unused]] T* exps) {
  Batch<T> top(kLowest<T>);
  over_row(in, length,
           [&](const Batch<T>& x, std::size_t, std::size_t n) { top = larger(fill_rest(x, n, kLowest<T>), top); });
  alignas(64) T lanes[Batch<T>::size];
  top.store(lanes);
  const T largest = *std::max_element(lanes, lanes + Batch<T>::size);
  const Batch<T> shift(shift_of(largest));
  Batch<T> sum(T(0));
  over_row(in, length, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
    const Batch<T> e = kernels::exp(x.v - shift.v);
    if constexpr (keep) e.store_up_to(exps + i, n);
    sum.v += fill_rest(e, n, T(0)).v;
  });
  return {largest, double(horizontal_sum(sum.v))};
}

template <Want want, class T>
void short_row(const T* in, std::size_t length, T* out) {
  if constexpr (want == Want::kSoftmax) {
    const Batch<T> factor(T(1 / normalizer<want>(short_row_sum<true>(in, length, out).sum)));
    over_row(out, length, [&](const Batch<T>& e, std::size_t i, std::size_t n) {
      Batch<T>(e.v * factor.v).store_up_to(out + i, n);
    });
  } else {
    const RowSum<T> sum = short_row_sum<false, T>(in, length, nullptr);
    if constexpr (want == Want::kLogSumExp) {
      *out = sum.log();
    } else {
      const Batch<T> shift(shift_of(sum.top)), rest(sum.template log_beside_top<want>());
      over_row(in, length, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
        Batch<T>(x.v - shift.v - rest.v).store_up_to(out + i, n);
      });
    }
  }
}

// Several rows in one pass, so that arithmetic goes on while memory is waited for. Every lane is a column.
template <class T>
void long_row_sums(const T* in, std::size_t rows, std::size_t length, RowSum<T>* results) {
  constexpr std::size_t L = Batch<T>::size;
  alignas(64) T tops[kSideBySide][L];
  alignas(64) double sums[kSideBySide][L] = {};
  std::fill_n(&tops[0][0], kSideBySide * L, kLowest<T>);
  for (std::size_t i = 0; i < length; i += kGroup * L) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t left = std::min(kGroup * L, length - i);
      const T* from = in + r * length + i;
      const Sums<T> lanes{tops[r], sums[r]};
      if (left == kGroup * L) {
        add_group(from, kGroup, L, L, lanes);
      } else {
        for (std::size_t j = 0; j < left; j += L) add_group(from + j, 1, L, std::min(L, left - j), lanes);
      }
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const T top = *std::max_element(tops[r], tops[r] + L);
    rescale(sums[r], Batch<T>::load(tops[r]), Batch<T>(shift_of(top)));
    results[r] = {top, std::accumulate(sums[r], sums[r] + L, 0.0)};
  }
}

// exp(x - shift) by, or x - shift - by.
template <Want want, class T>
Batch<T> normalized(const Batch<T>& x, const Batch<T>& shift, const Batch<T>& by) {
  const xsimd::batch<T> below = x.v - shift.v;
  return Batch<T>(want == Want::kSoftmax ? xsimd::batch<T>(kernels::exp(below) * by.v) : below - by.v);
}

template <Want want, class T>
void long_rows(const T* in, std::size_t rows, std::size_t length, T* out, Store<T> store) {
  RowSum<T> sums[kSideBySide];
  long_row_sums(in, rows, length, sums);
  for (std::size_t r = 0; r < rows; ++r) {
    if constexpr (want == Want::kLogSumExp) {
      out[r] = sums[r].log();
    } else {
      const Batch<T> shift(shift_of(sums[r].top));
      const Batch<T> by(want == Want::kSoftmax ? T(1 / normalizer<want>(sums[r].sum))
                                               : sums[r].template log_beside_top<want>());
      over_row(in + r * length, length, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
        store(normalized<want>(x, shift, by), out + r * length + i, n);
      });
    }
  }
}

template <Want want, class T>
void over_rows(const T* in, std::size_t rows, std::size_t length, T* out) {
  const std::size_t step = want == Want::kLogSumExp ? 1 : length;
  const Store<T> store{want != Want::kLogSumExp && rows * length * sizeof(T) >= kStreamedBytes};
  parallel_for(rows, 1, kExpWork * rows * length, [&](std::size_t first, std::size_t last) {
    const std::size_t block = length < kLongRow ? 1 : kSideBySide;
    for (std::size_t r = first; r < last; r += block) {
      if (length < kLongRow) {
        short_row<want>(in + r * length, length, out + r * step);
      } else {
        long_rows<want>(in + r * length, std::min(block, last - r), length, out + r * step, store);
      }
    }
    finish_streaming();
  });
}

// Adds the sums of other rows of the same columns.
template <class T>
void add_sums(const Sums<T>& more, std::size_t columns, const Sums<T>& sums) {
  constexpr std::size_t L = Batch<T>::size;
  for (std::size_t c = 0; c < columns; c += L) {
    const std::size_t count = std::min(L, columns - c);
    const Batch<T> before = Batch<T>::load(sums.top + c), other = Batch<T>::load(more.top + c);
    const Batch<T> top = larger(other, before), shift = shift_of(top);
    alignas(64) double held[L], added[L];
    std::copy_n(sums.sum + c, L, held);
    std::copy_n(more.sum + c, L, added);
    rescale(held, before, shift);
    rescale(added, other, shift);
    top.store_up_to(sums.top + c, count);
    for (std::size_t i = 0; i < count; ++i) sums.sum[c + i] = held[i] + added[i];
  }
}

// How a matrix is cut: `fold` of its rows make one wide row, and of those a piece of work takes some.
struct Cut {
  std::size_t fold = 1, columns, rows, rest;  // of wide rows; `rest` rows are left over
  std::size_t tiles, chunk, chunks;           // pieces side by side; wide rows of a piece, pieces one below the other

  Cut(std::size_t length, std::size_t inner) {
    while (2 * fold * inner <= kFolded && 2 * fold * kGroup <= length) fold *= 2;
    columns = fold * inner;
    rows = length / fold;
    rest = length % fold;
    tiles = (columns + kTile - 1) / kTile;
    chunk = std::max((rows + kMostChunks - 1) / kMostChunks, kPiece / std::min(columns, kTile) + 1);
    chunk = (chunk + kGroup - 1) / kGroup * kGroup;
    chunks = (rows + chunk - 1) / chunk;
  }

  // f(first row, rows, first column, columns, chunk) for every piece. The pieces do not depend on the threads.
  template <class F>
  void over_pieces(const F& f) const {
    parallel_for(
        chunks * tiles, 1, kExpWork * rows * columns,
        [&](std::size_t first, std::size_t last) {
          for (std::size_t piece = first; piece < last; ++piece) {
            const std::size_t p = piece / tiles, r = p * chunk, c = piece % tiles * kTile;
            f(r, std::min(chunk, rows - r), c, std::min(kTile, columns - c), p);
          }
          finish_streaming();
        },
        4);
  }
};

// The sums of all columns of a matrix.
template <class T>
SumsOf<T> column_sums(const T* in, const Cut& cut, std::size_t inner) {
  const std::size_t width = padded(cut.columns);
  SumsOf<T> parts(cut.chunks * width);
  cut.over_pieces([&](std::size_t r, std::size_t rows, std::size_t c, std::size_t columns, std::size_t p) {
    add_rows(in + r * cut.columns + c, rows, cut.columns, columns, parts.from(p * width + c));
  });
  for (std::size_t p = 1; p < cut.chunks; ++p) add_sums(parts.from(p * width), cut.columns, parts.from(0));
  for (std::size_t half = cut.columns / 2; half >= inner && cut.fold > 1; half /= 2) {
    add_sums(parts.from(half), half, parts.from(0));
    if (half == inner) break;
  }
  if (cut.rest > 0) add_rows(in + cut.rows * cut.columns, cut.rest, inner, inner, parts.from(0));
  return parts;
}

// A matrix of (length, inner), along its first dimension.
template <Want want, class T>
void over_columns(const T* in, std::size_t length, std::size_t inner, T* out, bool stream) {
  const Cut cut(length, inner);
  SumsOf<T> sums = column_sums(in, cut, inner);
  const Sums<T> s = sums.from(0);
  if constexpr (want == Want::kLogSumExp) {
    for (std::size_t i = 0; i < inner; ++i) out[i] = T(std::log(s.sum[i])) + shift_of(s.top[i]);
  } else {
    std::vector<T, PoolAllocator<T>> shift(cut.columns), by(cut.columns);
    for (std::size_t i = 0; i < inner; ++i) {
      const double sum = normalizer<want>(s.sum[i]);
      shift[i] = shift_of(s.top[i]);
      by[i] = T(want == Want::kSoftmax ? 1 / sum : std::log(sum));
    }
    for (std::size_t i = inner; i < cut.columns; ++i) shift[i] = shift[i - inner], by[i] = by[i - inner];
    const Store<T> store{stream};
    const auto write = [&](std::size_t from, std::size_t c, std::size_t columns) {
      over_row(in + from, columns, [&](const Batch<T>& x, std::size_t i, std::size_t n) {
        prefetch(reinterpret_cast<const char*>(in + from + i) + kAhead);
        store(normalized<want>(x, Batch<T>::load_up_to(shift.data() + c + i, n),
                               Batch<T>::load_up_to(by.data() + c + i, n)),
              out + from + i, n);
      });
    };
    cut.over_pieces([&](std::size_t r, std::size_t rows, std::size_t c, std::size_t columns, std::size_t) {
      for (std::size_t l = r; l < r + rows; ++l) write(l * cut.columns + c, c, columns);
    });
    write(cut.rows * cut.columns, 0, cut.rest * inner);
  }
}

template <Want want, class T>
void over_middle(const T* in, const Middle& s, T* out) {
  if (s.outer == 0 || s.inner == 0) return;
  const std::size_t matrix = s.length * s.inner, step = want == Want::kLogSumExp ? s.inner : matrix;
  const bool stream = s.outer * matrix * sizeof(T) >= kStreamedBytes;
  const auto over_matrices = [&](std::size_t first, std::size_t last) {
    for (std::size_t o = first; o < last; ++o) {
      over_columns<want>(in + o * matrix, s.length, s.inner, out + o * step, stream);
    }
  };
  if (s.length == 0) {
    if (want == Want::kLogSumExp) std::fill_n(out, s.outer * s.inner, kLowest<T>);
  } else if (s.inner == 1 && s.length <= kRow) {
    over_rows<want>(in, s.outer, s.length, out);
  } else if (matrix < kPiece) {
    parallel_for(s.outer, 1, kExpWork * s.outer * matrix, over_matrices);
  } else {
    over_matrices(0, s.outer);
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
