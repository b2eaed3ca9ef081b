#include "autodiff/kernels/reduce.hpp"

#include "autodiff/kernels/simd.hpp"
#include "autodiff/kernels/threads.hpp"

#include <limits>
#include <vector>

namespace xtape::kernels {

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

constexpr std::size_t kRun = 2048;  // elements of a row combined in batches before the result goes into a Wide
constexpr std::size_t kRows = 64;   // rows of a column reduction combined in T before the result goes into a Wide
constexpr std::size_t kTile = 512;  // columns that one pass over the rows carries along

template <class R, class T>
typename R::Wide combine_lanes(const Batch<T>& batch) {
  alignas(64) T lanes[Batch<T>::size];
  batch.v.store_aligned(lanes);
  typename R::Wide result = lanes[0];
  for (std::size_t i = 1; i < Batch<T>::size; ++i) result = R::combine(result, typename R::Wide(lanes[i]));
  return result;
}

// One run of at most kRun contiguous elements, in four independent batches.
template <class R, class T>
typename R::Wide reduce_run(const T* in, std::size_t count) {
  constexpr std::size_t L = Batch<T>::size;
  Batch<T> a(R::kNeutral), b = a, c = a, d = a;
  std::size_t i = 0;
  for (; i + 4 * L <= count; i += 4 * L) {
    a = R::combine(a, Batch<T>::load(in + i));
    b = R::combine(b, Batch<T>::load(in + i + L));
    c = R::combine(c, Batch<T>::load(in + i + 2 * L));
    d = R::combine(d, Batch<T>::load(in + i + 3 * L));
  }
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

// wide[c] = the columns [0, columns) of `rows` rows, `stride` apart, combined; columns <= kTile.
template <class R, class T>
void reduce_columns(const T* in, std::size_t rows, std::size_t stride, std::size_t columns, typename R::Wide* wide) {
  constexpr std::size_t L = Batch<T>::size;
  alignas(64) T block[kTile];
  std::fill_n(wide, columns, typename R::Wide(R::kNeutral));
  for (std::size_t r0 = 0; r0 < rows; r0 += kRows) {
    const std::size_t r1 = std::min(r0 + kRows, rows);
    std::copy_n(in + r0 * stride, columns, block);
    for (std::size_t r = r0 + 1; r < r1; ++r) {
      const T* row = in + r * stride;
      std::size_t c = 0;
      for (; c + L <= columns; c += L) R::combine(Batch<T>::load(block + c), Batch<T>::load(row + c)).store(block + c);
      if (c < columns) {
        const std::size_t rest = columns - c;
        R::combine(Batch<T>::load_part(block + c, rest), Batch<T>::load_part(row + c, rest))
            .store_part(block + c, rest);
      }
    }
    for (std::size_t c = 0; c < columns; ++c) wide[c] = R::combine(wide[c], typename R::Wide(block[c]));
  }
}

// Few columns: several rows side by side make one wide row; its columns are folded at the end.
template <class R, class T>
void reduce_narrow(const T* in, const Middle& s, T* out) {
  using Wide = typename R::Wide;
  const std::size_t fold = std::max<std::size_t>(1, std::min(s.length, kTile / s.inner));
  const std::size_t columns = fold * s.inner, folded = s.length / fold;
  const std::size_t chunk = std::max<std::size_t>(1, kParallelWork / columns);  // folded rows of one piece of work
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
  const std::size_t chunk = std::max<std::size_t>(kRows, 8 * kParallelWork / kTile);  // rows of one piece of work
  const std::size_t chunks = std::max<std::size_t>(1, (s.length + chunk - 1) / chunk);
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
  } else if (s.inner < kTile / 2) {
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
