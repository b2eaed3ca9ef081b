#include "autodiff/kernels/strided.hpp"

#include "autodiff/kernels/threads.hpp"
#include "autodiff/kernels/walk.hpp"

#include <algorithm>
#include <concepts>

namespace xtape::kernels {

namespace {

constexpr std::size_t kFrom = 0, kTo = 1;
using Pair = Walk<2>;

struct Store {
  static void one(const auto& from, auto& to) { to = from; }
};
struct Add {
  static void one(const auto& from, auto& to) { to += from; }
};

// One row. Of short ones there are many: no call for each.
template <class Move, class T>
void move_row(const T* __restrict from, std::ptrdiff_t from_step, T* __restrict to, std::ptrdiff_t to_step,
              std::ptrdiff_t count) {
  constexpr std::ptrdiff_t kShort = 32;
  if (std::same_as<Move, Store> && from_step == 1 && to_step == 1 && count >= kShort) {
    std::copy_n(from, count, to);
  } else if (from_step == 0 && to_step == 1) {
    const T value = *from;
    for (std::ptrdiff_t i = 0; i < count; ++i) Move::one(value, to[i]);
  } else if (from_step == 1 && to_step == 1) {
    for (std::ptrdiff_t i = 0; i < count; ++i) Move::one(from[i], to[i]);
  } else if (to_step == 1) {
    for (std::ptrdiff_t i = 0; i < count; ++i) Move::one(from[i * from_step], to[i]);
  } else {
    for (std::ptrdiff_t i = 0; i < count; ++i) Move::one(from[i * from_step], to[i * to_step]);
  }
}

// The elements from dimension `d` on, `size` of them.
template <class Move, class T>
void move_few(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides,
              std::size_t size, std::size_t d = 0) {
  if (d == shape.size()) return Move::one(*from, *to);
  const std::size_t below = size / shape[d];
  const std::ptrdiff_t from_step = from_strides == nullptr ? std::ptrdiff_t(below) : (*from_strides)[d];
  const std::ptrdiff_t to_step = to_strides == nullptr ? std::ptrdiff_t(below) : (*to_strides)[d];
  const bool last = d + 1 == shape.size();
  for (std::size_t i = 0; i < shape[d]; ++i, from += from_step, to += to_step) {
    if (last) {
      Move::one(*from, *to);
    } else {
      move_few<Move>(shape, from, from_strides, to, to_strides, below, d + 1);
    }
  }
}

// The rows [first, last) of a walk.
template <class Move, class T>
void move_rows(const Pair& walk, const T* from, T* to, std::size_t first, std::size_t last) {
  const std::ptrdiff_t from_step = walk.step[kFrom], to_step = walk.step[kTo], inner = std::ptrdiff_t(walk.inner);
  if (walk.depth == 1) {
    const std::ptrdiff_t from_stride = walk.stride[0][kFrom], to_stride = walk.stride[0][kTo];
    for (std::ptrdiff_t r = std::ptrdiff_t(first); r < std::ptrdiff_t(last); ++r) {
      move_row<Move>(from + r * from_stride, from_step, to + r * to_stride, to_step, inner);
    }
  } else {
    walk_rows(walk, first, last, [&](std::size_t, const auto& at) {
      move_row<Move>(from + at[kFrom], from_step, to + at[kTo], to_step, inner);
    });
  }
}

// The outer dimension along which the source lies densely where the inner one does not, as in a transpose; `depth` if
// there is none.
std::size_t turned_dimension(const Pair& walk) {
  if (walk.step[kTo] != 1 || walk.step[kFrom] == 1 || walk.step[kFrom] == 0) return walk.depth;
  std::size_t d = 0;
  while (d < walk.depth && walk.stride[d][kFrom] != 1) ++d;
  return d;
}

// What is read along one dimension and written along the other lies in the first-level cache.
constexpr std::ptrdiff_t kTile = 16;

// to[c, r] = from[r, c] for `rows` of at most a tile and all columns; the elements of a row of either lie densely.
template <class Move, class T>
void move_strip(const T* __restrict from, std::ptrdiff_t from_stride, T* __restrict to, std::ptrdiff_t to_stride,
                std::ptrdiff_t rows, std::ptrdiff_t columns) {
  for (std::ptrdiff_t c0 = 0; c0 < columns; c0 += kTile, from += kTile, to += kTile * to_stride) {
    if (rows == kTile && columns - c0 >= kTile) {  // of a size that the compiler knows
      for (std::ptrdiff_t c = 0; c < kTile; ++c) {
        for (std::ptrdiff_t r = 0; r < kTile; ++r) Move::one(from[r * from_stride + c], to[c * to_stride + r]);
      }
    } else {
      for (std::ptrdiff_t c = 0; c < std::min(kTile, columns - c0); ++c) {
        for (std::ptrdiff_t r = 0; r < rows; ++r) Move::one(from[r * from_stride + c], to[c * to_stride + r]);
      }
    }
  }
}

// Strip by strip of whole matrices, whose rows are the walk's inner dimension and whose columns are the turned one.
template <class Move, class T>
void move_turned(Pair walk, std::size_t turned, const T* from, T* to) {
  const std::ptrdiff_t rows = std::ptrdiff_t(walk.inner), columns = std::ptrdiff_t(walk.extent[turned]);
  const std::ptrdiff_t from_stride = walk.step[kFrom], to_stride = walk.stride[turned][kTo];
  const std::size_t strips = std::size_t((rows + kTile - 1) / kTile), size = walk.size();
  for (std::size_t d = turned; d + 1 < walk.depth; ++d) {
    walk.extent[d] = walk.extent[d + 1];
    walk.stride[d] = walk.stride[d + 1];
  }
  --walk.depth;
  walk.rows /= std::size_t(columns);
  parallel_for(walk.rows * strips, 1, size, [&](std::size_t first, std::size_t last) {
    for (std::size_t piece = first; piece < last; ++piece) {
      const std::size_t matrix = piece / strips;
      const std::ptrdiff_t r0 = std::ptrdiff_t(piece % strips) * kTile;
      walk_rows(walk, matrix, matrix + 1, [&](std::size_t, const auto& at) {
        move_strip<Move>(from + at[kFrom] + r0 * from_stride, from_stride, to + at[kTo] + r0, to_stride,
                         std::min(kTile, rows - r0), columns);
      });
    }
  });
}

template <class Move, class T>
void move(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides) {
  const std::size_t size = size_of(shape);
  if (size == 0) return;
  constexpr std::size_t kFew = 16;  // to plan how to move these takes longer than to do it
  if (size <= kFew) return move_few<Move>(shape, from, from_strides, to, to_strides, size);
  const Pair walk = make_walk<2>(shape, {Extents(&shape, from_strides), Extents(&shape, to_strides)});
  if (const std::size_t turned = turned_dimension(walk); turned < walk.depth) {
    move_turned<Move>(walk, turned, from, to);
  } else if (walk.rows > 1) {
    parallel_for(walk.rows, 1, walk.size(),
                 [&](std::size_t r0, std::size_t r1) { move_rows<Move>(walk, from, to, r0, r1); });
  } else {
    parallel_for(walk.inner, 64, walk.inner, [&](std::size_t i0, std::size_t i1) {
      move_row<Move>(from + std::ptrdiff_t(i0) * walk.step[kFrom], walk.step[kFrom],
                     to + std::ptrdiff_t(i0) * walk.step[kTo], walk.step[kTo], std::ptrdiff_t(i1 - i0));
    });
  }
}

std::size_t place_of(std::ptrdiff_t index, std::size_t length) {
  return std::size_t(index < 0 ? index + std::ptrdiff_t(length) : index);
}

}  // namespace

template <class T>
void strided_copy(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides) {
  move<Store>(shape, from, from_strides, to, to_strides);
}

template <class T>
void strided_add(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides) {
  move<Add>(shape, from, from_strides, to, to_strides);
}

template <class T>
void take_middle(const T* in, const Middle& shape, std::span<const std::ptrdiff_t> indices, T* out) {
  const std::size_t count = indices.size();
  if (shape.inner == 0) return;  // there may be many outer dimensions all the same
  parallel_for(shape.outer * count, 1, shape.outer * count * shape.inner, [&](std::size_t first, std::size_t last) {
    std::size_t k = first % count;
    const T* from = in + first / count * shape.length * shape.inner;
    for (T* to = out + first * shape.inner; first < last; ++first, to += shape.inner) {
      move_row<Store>(from + place_of(indices[k], shape.length) * shape.inner, 1, to, 1, std::ptrdiff_t(shape.inner));
      if (++k < count) continue;
      k = 0;
      from += shape.length * shape.inner;
    }
  });
}

template <class T>
void add_at_middle(const T* in, const Middle& shape, std::span<const std::ptrdiff_t> indices, T* out) {
  if (shape.outer == 0 || shape.inner == 0 || indices.empty()) return;
  // An index may come twice: what two threads do never meets in one element.
  const std::size_t work = shape.outer * indices.size() * shape.inner;
  const auto add = [&](std::size_t o, std::size_t i0, std::size_t i1) {
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const T* from = in + (o * indices.size() + k) * shape.inner;
      T* to = out + (o * shape.length + place_of(indices[k], shape.length)) * shape.inner;
      move_row<Add>(from + i0, 1, to + i0, 1, std::ptrdiff_t(i1 - i0));
    }
  };
  if (shape.outer > 1) {
    return parallel_for(shape.outer, 1, work, [&](std::size_t first, std::size_t last) {
      for (std::size_t o = first; o < last; ++o) add(o, 0, shape.inner);
    });
  }
  parallel_for(shape.inner, 64, work, [&](std::size_t i0, std::size_t i1) { add(0, i0, i1); });
}

#define XTAPE_INSTANTIATE(T)                                                                  \
  template void strided_copy<T>(const Shape&, const T*, const Strides*, T*, const Strides*);  \
  template void strided_add<T>(const Shape&, const T*, const Strides*, T*, const Strides*);   \
  template void take_middle<T>(const T*, const Middle&, std::span<const std::ptrdiff_t>, T*); \
  template void add_at_middle<T>(const T*, const Middle&, std::span<const std::ptrdiff_t>, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
