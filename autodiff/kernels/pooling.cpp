#include "autodiff/kernels/pooling.hpp"

#include "autodiff/kernels/threads.hpp"

#include <algorithm>
#include <vector>

namespace xtape::kernels {

template <class T>
void resample_middle(const T* in, const Middle& shape, const SparseMatrix& matrix, T* out) {
  const std::size_t outer = shape.outer, inner = shape.inner, rows = matrix.rows;
  if (outer == 0 || rows == 0 || inner == 0) return;
  const std::vector<T> weights(matrix.weight.begin(), matrix.weight.end());
  const std::size_t work = outer * inner * (rows + matrix.column.size());
  // Whole matrices where there are many, else rows of one.
  const std::size_t grain = inner == 1 || outer >= available_threads() ? rows : 1;
  parallel_for(outer * rows, grain, work, [&](std::size_t first, std::size_t last) {
    const std::size_t* const column = matrix.column.data();
    for (std::size_t line = first, r = first % rows; line < last; ++line, r = r + 1 == rows ? 0 : r + 1) {
      const T* const source = in + line / rows * shape.length * inner;
      T* const result = out + line * inner;
      const std::size_t begin = matrix.begin(r), end = matrix.ends[r];
      if (inner == 1) {
        T sum = T(0);
        for (std::size_t k = begin; k < end; ++k) sum += weights[k] * source[column[k]];
        *result = sum;
        continue;
      }
      if (begin == end) std::fill_n(result, inner, T(0));
      for (std::size_t k = begin; k < end; ++k) {
        const T* const part = source + column[k] * inner;
        const T weight = weights[k];
        if (k == begin) {
          for (std::size_t i = 0; i < inner; ++i) result[i] = weight * part[i];
        } else {
          for (std::size_t i = 0; i < inner; ++i) result[i] += weight * part[i];
        }
      }
    }
  });
}

template <class T>
void largest_places(const T* in, std::size_t planes, std::span<const SparseMatrix> windows, std::ptrdiff_t* out) {
  constexpr std::size_t kEnd = 1, kColumn = 0;
  constexpr double kWeight = 1;
  const SparseMatrix one{1, 1, {&kEnd, 1}, {&kColumn, 1}, {&kWeight, 1}};
  const auto along = [&](std::size_t d) { return d + windows.size() < 3 ? one : windows[d + windows.size() - 3]; };
  const SparseMatrix a = along(0), b = along(1), c = along(2);
  const std::size_t data = a.columns * b.columns * c.columns, places = a.rows * b.rows * c.rows;
  if (planes == 0 || places == 0) return;
  // Numbers as wide as those of the data, or half, and a register holds as many.
  using Place = std::int32_t;
  // Element t of every window of a row; of shorter windows the last one again.
  std::size_t taps = 0;
  for (std::size_t k = 0; k < c.rows; ++k) taps = std::max(taps, c.ends[k] - c.begin(k));
  std::vector<Place> tap_at(taps * c.rows);
  for (std::size_t t = 0; t < taps; ++t) {
    for (std::size_t k = 0; k < c.rows; ++k) {
      tap_at[t * c.rows + k] = Place(c.column[std::min(c.begin(k) + t, c.ends[k] - 1)]);
    }
  }
  // One row of the result, all windows side by side: where the largest is, and what.
  const auto row_of_places = [&](const T* plane, std::size_t i, std::size_t j, Place* __restrict found,
                                 T* __restrict most) {
    for (std::size_t p = a.begin(i); p < a.ends[i]; ++p) {
      for (std::size_t q = b.begin(j); q < b.ends[j]; ++q) {
        const Place row = Place((a.column[p] * b.columns + b.column[q]) * c.columns);
        const bool first = p == a.begin(i) && q == b.begin(j);
        for (std::size_t t = 0; t < taps; ++t) {
          const Place* const place = tap_at.data() + t * c.rows;
          if (first && t == 0) {
            for (std::size_t k = 0; k < c.rows; ++k) found[k] = row + place[k], most[k] = plane[row + place[k]];
            continue;
          }
          for (std::size_t k = 0; k < c.rows; ++k) {
            const T value = plane[row + place[k]], before = most[k];
            const bool more = (value > before) | (value != value);
            most[k] = more ? value : before;
            found[k] = more ? row + place[k] : found[k];
          }
        }
      }
    }
  };
  const std::size_t each = (a.column.size() / a.rows) * (b.column.size() / b.rows) * (c.column.size() / c.rows);
  parallel_for(planes, 1, planes * places * each, [&](std::size_t first, std::size_t last) {
    std::ptrdiff_t* next = out + first * places;
    std::vector<T> most(c.rows);
    std::vector<Place> found(c.rows);
    for (std::size_t plane = first; plane < last; ++plane) {
      for (std::size_t i = 0; i < a.rows; ++i) {
        for (std::size_t j = 0; j < b.rows; ++j, next += c.rows) {
          row_of_places(in + plane * data, i, j, found.data(), most.data());
          for (std::size_t k = 0; k < c.rows; ++k) next[k] = std::ptrdiff_t(plane * data) + found[k];
        }
      }
    }
  });
}

#define XTAPE_INSTANTIATE(T)                                                          \
  template void resample_middle<T>(const T*, const Middle&, const SparseMatrix&, T*); \
  template void largest_places<T>(const T*, std::size_t, std::span<const SparseMatrix>, std::ptrdiff_t*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
