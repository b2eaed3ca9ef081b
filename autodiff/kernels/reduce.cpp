#include "autodiff/kernels/reduce.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/streaming.hpp"
#include "autodiff/kernels/threads.hpp"

#include <limits>
#include <vector>

namespace xtape::kernels {

Middle middle_of(const Shape& shape, std::size_t axis) {
  Middle middle{1, shape[axis], 1};
  for (std::size_t d = 0; d < axis; ++d) middle.outer *= shape[d];
  for (std::size_t d = axis + 1; d < shape.size(); ++d) middle.inner *= shape[d];
  return middle;
}

namespace {

// Each reducer has a type to combine blocks in, the neutral element, and `combine` for batches and for numbers.
template <class T>
struct Sum {
  using Wide = double;
  static constexpr T kNeutral = T(0);
  static Batch<T> combine(const Batch<T>& a, const Batch<T>& b) { return a.v + b.v; }
  static double combine(double a, double b) { return a + b; }
};

// The larger one, or NaN if either is: a > b is false for NaN, and the second test brings back one in `a`. (Not as
// a != a, which xsimd calls false for NaN on AVX-512.)
template <class T>
struct Max {
  using Wide = T;
  static constexpr T kNeutral = -std::numeric_limits<T>::infinity();
  static Batch<T> combine(const Batch<T>& a, const Batch<T>& b) {
    return xsimd::select((a.v > b.v) || xsimd::isnan(a.v), a.v, b.v);
  }
  static T combine(T a, T b) { return a > b || a != a ? a : b; }
};

template <class T>
struct Min {
  using Wide = T;
  static constexpr T kNeutral = std::numeric_limits<T>::infinity();
  static Batch<T> combine(const Batch<T>& a, const Batch<T>& b) {
    return xsimd::select((a.v < b.v) || xsimd::isnan(a.v), a.v, b.v);
  }
  static T combine(T a, T b) { return a < b || a != a ? a : b; }
};

template <class W>
using Wides = std::vector<W, PoolAllocator<W>>;

constexpr std::size_t kRun = 4096;   // elements of a row combined in batches before the result goes into a Wide
constexpr std::size_t kRows = 64;    // rows of a column reduction combined in T before the result goes into a Wide
constexpr std::size_t kGroup = 8;    // rows that are read side by side
constexpr std::size_t kTile = 4096;  // columns that one pass over the rows carries along
constexpr std::size_t kFew = 256;    // columns: several rows are taken as one
constexpr std::size_t kChunks = 64;  // pieces of work one below the other, at most

template <class R, class T>
typename R::Wide combine_lanes(const Batch<T>& batch) {
  alignas(64) T lanes[Batch<T>::size];
  batch.v.store_aligned(lanes);
  typename R::Wide result = lanes[0];
  for (std::size_t i = 1; i < Batch<T>::size; ++i) result = R::combine(result, typename R::Wide(lanes[i]));
  return result;
}

// One run of at most kRun contiguous elements, its quarters side by side: memory is faster with several streams.
template <class R, class T>
typename R::Wide reduce_run(const T* in, std::size_t count) {
  constexpr std::size_t L = Batch<T>::size;
  Batch<T> a(R::kNeutral), b = a, c = a, d = a;
  const std::size_t quarter = count / (4 * L) * L;
  for (std::size_t i = 0; i < quarter; i += L) {
    prefetch(reinterpret_cast<const char*>(in + i) + kAhead);
    a = R::combine(a, Batch<T>::load(in + i));
    b = R::combine(b, Batch<T>::load(in + quarter + i));
    c = R::combine(c, Batch<T>::load(in + 2 * quarter + i));
    d = R::combine(d, Batch<T>::load(in + 3 * quarter + i));
  }
  std::size_t i = 4 * quarter;
  for (; i + L <= count; i += L) a = R::combine(a, Batch<T>::load(in + i));
  typename R::Wide result = R::kNeutral;
  if (count >= L) result = combine_lanes<R>(R::combine(R::combine(a, b), R::combine(c, d)));
  for (; i < count; ++i) result = R::combine(result, typename R::Wide(in[i]));
  return result;
}

template <class R, class T>
typename R::Wide reduce_row(const T* in, std::size_t length) {
  typename R::Wide result = R::kNeutral;
  for (std::size_t i = 0; i < length; i += kRun) {
    result = R::combine(result, reduce_run<R>(in + i, std::min(kRun, length - i)));
  }
  return result;
}

template <class R, class T>
void reduce_rows(const T* in, const Middle& s, T* out) {
  const std::size_t work = s.outer * s.length;
  if (s.outer > 1) {
    return parallel_for(s.outer, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) out[o] = T(reduce_row<R>(in + o * s.length, s.length));
    });
  }
  // One long row: runs on all threads, their results combined in order.
  Wides<typename R::Wide> runs((s.length + kRun - 1) / kRun);
  parallel_for(runs.size(), 1, work, [&](std::size_t first, std::size_t last) {
    for (std::size_t r = first; r < last; ++r) {
      runs[r] = reduce_run<R>(in + r * kRun, std::min(kRun, s.length - r * kRun));
    }
  });
  typename R::Wide result = R::kNeutral;
  for (const auto& run : runs) result = R::combine(result, run);
  out[0] = T(result);
}

// into[c] = one batch of columns of up to kGroup rows combined with what was there.
template <class R, class T>
[[gnu::always_inline]] inline void combine_group(const T* in, std::size_t rows, std::size_t stride, std::size_t count,
                                                 T* into) {
  Batch<T> result = Batch<T>::load(into);
  for (std::size_t r = 0; r < rows; ++r) {
    const T* from = in + r * stride;
    prefetch(reinterpret_cast<const char*>(from) + kAhead);
    result = R::combine(result, Batch<T>::load_up_to(from, count));
  }
  result.store(into);
}

// wide[c] = the columns [0, columns) of `rows` rows, `stride` apart, combined; columns <= kTile.
template <class R, class T>
void reduce_columns(const T* in, std::size_t rows, std::size_t stride, std::size_t columns, typename R::Wide* wide) {
  constexpr std::size_t L = Batch<T>::size;
  alignas(64) T block[kTile];
  std::fill_n(wide, columns, typename R::Wide(R::kNeutral));
  for (std::size_t r0 = 0; r0 < rows; r0 += kRows) {
    const std::size_t r1 = std::min(r0 + kRows, rows);
    std::fill_n(block, (columns + L - 1) / L * L, R::kNeutral);
    std::size_t r = r0;
    for (; r + kGroup <= r1; r += kGroup) {
      const T* group = in + r * stride;
      std::size_t c = 0;
      for (; c + L <= columns; c += L) combine_group<R>(group + c, kGroup, stride, L, block + c);
      if (c < columns) combine_group<R>(group + c, kGroup, stride, columns - c, block + c);
    }
    for (std::size_t c = 0; c < columns && r < r1; c += L) {
      combine_group<R>(in + r * stride + c, r1 - r, stride, std::min(L, columns - c), block + c);
    }
    for (std::size_t c = 0; c < columns; ++c) wide[c] = R::combine(wide[c], typename R::Wide(block[c]));
  }
}

// So many that their partial results are few, whatever the number of threads.
std::size_t rows_of_piece(std::size_t rows, std::size_t columns) {
  return std::max({kRows, kParallelWork / columns, (rows + kChunks - 1) / kChunks});
}

// Few columns: several rows side by side make one wide row; its columns are folded at the end.
template <class R, class T>
void reduce_narrow(const T* in, const Middle& s, T* out) {
  using Wide = typename R::Wide;
  std::size_t fold = 1;
  while (2 * fold * s.inner <= kTile && 2 * fold * kGroup <= s.length) fold *= 2;
  const std::size_t columns = fold * s.inner, folded = s.length / fold;
  const std::size_t chunk = rows_of_piece(folded, columns);
  const std::size_t chunks = (folded + chunk - 1) / chunk;
  Wides<Wide> wide(chunks * columns);
  for (std::size_t o = 0; o < s.outer; ++o) {
    const T* from = in + o * s.length * s.inner;
    parallel_for(chunks, 1, s.length * s.inner, [&](std::size_t first, std::size_t last) {
      for (std::size_t p = first; p < last; ++p) {
        const std::size_t r0 = p * chunk, rows = std::min(chunk, folded - r0);
        reduce_columns<R>(from + r0 * columns, rows, columns, columns, wide.data() + p * columns);
      }
    });
    for (std::size_t i = 0; i < s.inner; ++i) {
      Wide result = R::kNeutral;
      for (std::size_t p = 0; p < chunks; ++p) {
        for (std::size_t f = 0; f < fold; ++f) result = R::combine(result, wide[p * columns + f * s.inner + i]);
      }
      for (std::size_t l = folded * fold; l < s.length; ++l) result = R::combine(result, Wide(from[l * s.inner + i]));
      out[o * s.inner + i] = T(result);
    }
  }
}

template <class R, class T>
void reduce_wide(const T* in, const Middle& s, T* out) {
  const std::size_t tiles = (s.inner + kTile - 1) / kTile;
  const std::size_t chunk = rows_of_piece(s.length, std::min(s.inner, kTile)), chunks = (s.length + chunk - 1) / chunk;
  Wides<typename R::Wide> wide(chunks * s.inner);
  for (std::size_t o = 0; o < s.outer; ++o) {
    const T* from = in + o * s.length * s.inner;
    parallel_for(chunks * tiles, 1, s.length * s.inner, [&](std::size_t first, std::size_t last) {
      for (std::size_t piece = first; piece < last; ++piece) {
        const std::size_t r0 = piece / tiles * chunk, c0 = piece % tiles * kTile;
        reduce_columns<R>(from + r0 * s.inner + c0, std::min(chunk, s.length - r0), s.inner,
                          std::min(kTile, s.inner - c0), wide.data() + piece / tiles * s.inner + c0);
      }
    });
    for (std::size_t i = 0; i < s.inner; ++i) {
      auto result = wide[i];
      for (std::size_t p = 1; p < chunks; ++p) result = R::combine(result, wide[p * s.inner + i]);
      out[o * s.inner + i] = T(result);
    }
  }
}

template <class R, class T>
void reduce_middle(const T* in, const Middle& s, T* out) {
  if (s.outer == 0 || s.inner == 0) return;
  if (s.length == 0) {
    std::fill_n(out, s.outer * s.inner, R::kNeutral);
  } else if (s.inner == 1) {
    reduce_rows<R>(in, s, out);
  } else if (s.outer > 1 && s.length * s.inner < kParallelWork) {
    parallel_for(s.outer, 1, s.outer * s.length * s.inner, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) {
        reduce_middle<R>(in + o * s.length * s.inner, Middle{1, s.length, s.inner}, out + o * s.inner);
      }
    });
  } else if (s.inner < kFew) {
    reduce_narrow<R>(in, s, out);
  } else {
    reduce_wide<R>(in, s, out);
  }
}

}  // namespace

template <class T>
void sum_middle(const T* in, const Middle& shape, T* out) {
  reduce_middle<Sum<T>>(in, shape, out);
}
template <class T>
void max_middle(const T* in, const Middle& shape, T* out) {
  reduce_middle<Max<T>>(in, shape, out);
}
template <class T>
void min_middle(const T* in, const Middle& shape, T* out) {
  reduce_middle<Min<T>>(in, shape, out);
}

// Axes with the same role are joined, then the reduced groups are summed away one by one, the innermost first.
template <class T>
void sum_to(const T* in, const Shape& from, T* out, const Shape& to) {
  struct Group {
    std::size_t extent;
    bool reduced;
  };
  std::vector<Group> groups;
  const std::size_t missing = from.size() - to.size();
  for (std::size_t d = 0; d < from.size(); ++d) {
    if (from[d] == 1) continue;
    const bool reduced = d < missing || to[d - missing] == 1;
    if (!groups.empty() && groups.back().reduced == reduced) {
      groups.back().extent *= from[d];
    } else {
      groups.push_back({from[d], reduced});
    }
  }
  Wides<T> held, next;
  const T* current = in;
  std::size_t inner = 1, left = size_of(from);
  std::size_t to_do =
      std::size_t(std::count_if(groups.begin(), groups.end(), [](const Group& g) { return g.reduced; }));
  if (to_do == 0) std::copy_n(in, left, out);
  for (std::size_t g = groups.size(); g-- > 0;) {
    if (!groups[g].reduced) {
      inner *= groups[g].extent;
      continue;
    }
    std::size_t outer = 1;
    for (std::size_t h = 0; h < g; ++h) outer *= groups[h].extent;
    left = outer * inner;
    if (--to_do == 0) {
      sum_middle(current, Middle{outer, groups[g].extent, inner}, out);
    } else {
      next.resize(left);
      sum_middle(current, Middle{outer, groups[g].extent, inner}, next.data());
      held.swap(next);
      current = held.data();
    }
  }
}

#define XTAPE_INSTANTIATE(T)                                \
  template void sum_middle<T>(const T*, const Middle&, T*); \
  template void max_middle<T>(const T*, const Middle&, T*); \
  template void min_middle<T>(const T*, const Middle&, T*); \
  template void sum_to<T>(const T*, const Shape&, T*, const Shape&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
