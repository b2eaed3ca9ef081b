#include "autodiff/kernels/strided.hpp"

#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

#include <algorithm>

namespace xtape::kernels {

namespace {

constexpr std::size_t kFrom = 0, kTo = 1;
using Pair = Walk<2>;

struct Store {
  static void row(const auto* from, auto* to, std::size_t count) { std::copy_n(from, count, to); }
  static void one(const auto& from, auto& to) { to = from; }
};
struct Add {
  static void row(const auto* from, auto* to, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[i] += from[i];
  }
  static void one(const auto& from, auto& to) { to += from; }
};

template <class Move, class T>
void move_row(const T* from, std::ptrdiff_t from_step, T* to, std::ptrdiff_t to_step, std::size_t count) {
  if (from_step == 1 && to_step == 1) return Move::row(from, to, count);
  for (std::ptrdiff_t i = 0; i < std::ptrdiff_t(count); ++i) Move::one(from[i * from_step], to[i * to_step]);
}

// The outer dimension along which the source lies densely where the inner one does not, as in a transpose; `depth` if
// there is none.
std::size_t turned_dimension(const Pair& walk) {
  if (walk.step[kTo] != 1 || walk.step[kFrom] == 1 || walk.step[kFrom] == 0) return walk.depth;
  std::size_t d = 0;
  while (d < walk.depth && walk.stride[d][kFrom] != 1) ++d;
  return d;
}

// Tile by tile, so that what is read along one dimension and written along the other lies in the first-level cache.
template <class Move, class T>
void move_turned(Pair walk, std::size_t turned, const T* from, T* to) {
  constexpr std::size_t kTile = 16;
  const std::size_t rows = walk.inner, columns = walk.extent[turned], strips = (rows + kTile - 1) / kTile;
  const std::ptrdiff_t from_step = walk.step[kFrom], to_stride = walk.stride[turned][kTo];
  const std::size_t size = walk.size();
  for (std::size_t d = turned; d + 1 < walk.depth; ++d) {  // what is left are whole matrices
    walk.extent[d] = walk.extent[d + 1];
    walk.stride[d] = walk.stride[d + 1];
  }
  --walk.depth;
  walk.rows /= columns;
  parallel_for(walk.rows * strips, 1, size, [&](std::size_t first, std::size_t last) {
    for (std::size_t piece = first; piece < last; ++piece) {
      const std::size_t matrix = piece / strips, r0 = piece % strips * kTile, r1 = std::min(rows, r0 + kTile);
      walk_rows(walk, matrix, matrix + 1, [&](std::size_t, const auto& at) {
        for (std::size_t c0 = 0; c0 < columns; c0 += kTile) {
          for (std::size_t c = c0; c < std::min(columns, c0 + kTile); ++c) {
            const T* in = from + at[kFrom] + std::ptrdiff_t(c);
            T* out = to + at[kTo] + std::ptrdiff_t(c) * to_stride;
            for (std::size_t r = r0; r < r1; ++r) Move::one(in[std::ptrdiff_t(r) * from_step], out[r]);
          }
        }
      });
    }
  });
}

template <class Move, class T>
void move(const Shape& shape, const T* from, const Strides& from_strides, T* to, const Strides& to_strides) {
  const Pair walk = make_walk<2>(shape, {Extents(&shape, &from_strides), Extents(&shape, &to_strides)});
  if (walk.size() == 0) return;
  if (const std::size_t turned = turned_dimension(walk); turned < walk.depth) {
    return move_turned<Move>(walk, turned, from, to);
  }
  if (walk.rows == 1) {
    return parallel_for(walk.inner, 64, walk.inner, [&](std::size_t i0, std::size_t i1) {
      move_row<Move>(from + std::ptrdiff_t(i0) * walk.step[kFrom], walk.step[kFrom],
                     to + std::ptrdiff_t(i0) * walk.step[kTo], walk.step[kTo], i1 - i0);
    });
  }
  parallel_for(walk.rows, 1, walk.size(), [&](std::size_t r0, std::size_t r1) {
    walk_rows(walk, r0, r1, [&](std::size_t, const auto& at) {
      move_row<Move>(from + at[kFrom], walk.step[kFrom], to + at[kTo], walk.step[kTo], walk.inner);
    });
  });
}

}  // namespace

template <class T>
void strided_copy(const Shape& shape, const T* from, const Strides& from_strides, T* to, const Strides& to_strides) {
  move<Store>(shape, from, from_strides, to, to_strides);
}

template <class T>
void strided_add(const Shape& shape, const T* from, const Strides& from_strides, T* to, const Strides& to_strides) {
  move<Add>(shape, from, from_strides, to, to_strides);
}

template <class T>
void take_middle(const T* in, const Middle& shape, std::span<const std::size_t> indices, T* out) {
  const std::size_t count = indices.size();
  if (shape.inner == 0) return;  // there may be many outer dimensions all the same
  parallel_for(shape.outer * count, 1, shape.outer * count * shape.inner, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = first; row < last; ++row) {
      const std::size_t place = row / count * shape.length + indices[row % count];
      std::copy_n(in + place * shape.inner, shape.inner, out + row * shape.inner);
    }
  });
}

template <class T>
void add_at_middle(const T* in, const Middle& shape, std::span<const std::size_t> indices, T* out) {
  if (shape.outer == 0 || shape.inner == 0 || indices.empty()) return;
  // An index may come twice: what two threads do never meets in one element.
  const std::size_t work = shape.outer * indices.size() * shape.inner;
  const auto add = [&](std::size_t o, std::size_t i0, std::size_t i1) {
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const T* from = in + (o * indices.size() + k) * shape.inner;
      T* to = out + (o * shape.length + indices[k]) * shape.inner;
      for (std::size_t i = i0; i < i1; ++i) to[i] += from[i];
    }
  };
  if (shape.outer > 1) {
    return parallel_for(shape.outer, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) add(o, 0, shape.inner);
    });
  }
  parallel_for(shape.inner, 64, work, [&](std::size_t i0, std::size_t i1) { add(0, i0, i1); });
}

#define XTAPE_INSTANTIATE(T)                                                                 \
  template void strided_copy<T>(const Shape&, const T*, const Strides&, T*, const Strides&); \
  template void strided_add<T>(const Shape&, const T*, const Strides&, T*, const Strides&);  \
  template void take_middle<T>(const T*, const Middle&, std::span<const std::size_t>, T*);   \
  template void add_at_middle<T>(const T*, const Middle&, std::span<const std::size_t>, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
