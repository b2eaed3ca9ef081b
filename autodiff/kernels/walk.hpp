#pragma once
// How operands that broadcast, or are views of others, are walked: rows of an inner dimension, in which an operand
// moves by a step, and outer dimensions with a stride each. Element-wise loops take steps of 1 (the operand moves) and
// 0 (it stands still).

#include "autodiff/kernels/layout.hpp"

#include <array>
#include <initializer_list>
#include <string_view>

namespace xtape::kernels {

/// The most dimensions an array may have where broadcasting is involved.
inline constexpr std::size_t kMaxRank = 32;

/// NumPy's broadcast of shapes. Throws ShapeError, naming `operation` and all shapes.
Shape broadcast_shapes(std::string_view operation, std::initializer_list<const Shape*> shapes);
Shape broadcast_shapes(std::string_view operation, const Shape* const* shapes, std::size_t count);

/// Whether an array of shape `from` broadcasts to shape `to` unchanged in size.
bool broadcasts_to(const Shape& from, const Shape& to);

[[noreturn]] void refuse_rank(const Shape& shape);

/// An operand of a walk: dense, or with strides of its own.
struct Extents {
  const Shape* shape = nullptr;
  const Strides* strides = nullptr;  // null: dense
  Extents() = default;
  Extents(const Shape* of, const Strides* at = nullptr) : shape(of), strides(at) {}
};

/// The walk over an output shape with N operands that broadcast to it.
template <std::size_t N>
struct Walk {
  using Offsets = std::array<std::ptrdiff_t, N>;

  std::size_t inner = 1, rows = 1;  // rows of `inner` elements each
  Offsets step{};                   // of each operand along the inner dimension
  std::size_t depth = 0;            // outer dimensions, innermost first, joined where all operands allow it
  std::array<std::size_t, kMaxRank> extent;
  std::array<Offsets, kMaxRank> stride;  // of each operand along them

  std::size_t size() const { return inner * rows; }
};

template <std::size_t N>
Walk<N> make_walk(const Shape& out, const std::array<Extents, N>& operands) {
  Walk<N> walk;
  bool same = true;
  for (const Extents& operand : operands)
    same = same && operand.strides == nullptr && xtape::detail::same_shape(*operand.shape, out);
  if (same) {
    walk.inner = size_of(out);
    walk.step.fill(1);
    return walk;
  }
  if (size_of(out) == 0) {
    walk.inner = walk.rows = 0;
    return walk;
  }
  typename Walk<N>::Offsets step;  // elements of each operand within the dimensions done so far
  step.fill(1);
  std::size_t count = 0;  // of dimensions, the inner one included
  for (std::size_t d = out.size(); d-- > 0;) {
    if (out[d] == 1) continue;
    typename Walk<N>::Offsets stride;
    for (std::size_t k = 0; k < N; ++k) {
      const Shape& shape = *operands[k].shape;
      const std::size_t missing = out.size() - shape.size();
      stride[k] = 0;
      if (d < missing || shape[d - missing] == 1) continue;
      stride[k] = operands[k].strides != nullptr ? (*operands[k].strides)[d - missing] : step[k];
      step[k] *= std::ptrdiff_t(out[d]);
    }
    bool joins = count > 0;
    for (std::size_t k = 0; joins && k < N; ++k)
      joins = stride[k] == walk.stride[count - 1][k] * std::ptrdiff_t(walk.extent[count - 1]);
    if (joins) {
      walk.extent[count - 1] *= out[d];
    } else {
      if (count == kMaxRank) refuse_rank(out);
      walk.extent[count] = out[d];
      walk.stride[count++] = stride;
    }
  }
  if (count == 0) return walk;  // one element, or operands of rank 0 and size-1 axes only
  walk.inner = walk.extent[0];
  walk.step = walk.stride[0];
  walk.depth = count - 1;
  for (std::size_t d = 0; d < walk.depth; ++d) {
    walk.extent[d] = walk.extent[d + 1];
    walk.stride[d] = walk.stride[d + 1];
    walk.rows *= walk.extent[d];
  }
  return walk;
}

/// Calls row(index, offsets) for the rows [first, last) of a walk, with each operand's offset at the row's start.
template <std::size_t N, class Row>
void walk_rows(const Walk<N>& walk, std::size_t first, std::size_t last, const Row& row) {
  typename Walk<N>::Offsets at{};
  std::array<std::size_t, kMaxRank> index;
  for (std::size_t d = 0, rest = first; d < walk.depth; ++d) {
    index[d] = rest % walk.extent[d];
    rest /= walk.extent[d];
    for (std::size_t k = 0; k < N; ++k) at[k] += std::ptrdiff_t(index[d]) * walk.stride[d][k];
  }
  for (std::size_t r = first; r < last; ++r) {
    row(r, at);
    for (std::size_t d = 0; d < walk.depth; ++d) {  // like an odometer
      for (std::size_t k = 0; k < N; ++k) at[k] += walk.stride[d][k];
      if (++index[d] < walk.extent[d]) break;
      for (std::size_t k = 0; k < N; ++k) at[k] -= std::ptrdiff_t(walk.extent[d]) * walk.stride[d][k];
      index[d] = 0;
    }
  }
}

extern template Walk<2> make_walk(const Shape&, const std::array<Extents, 2>&);
extern template Walk<3> make_walk(const Shape&, const std::array<Extents, 3>&);
extern template Walk<4> make_walk(const Shape&, const std::array<Extents, 4>&);
extern template Walk<5> make_walk(const Shape&, const std::array<Extents, 5>&);
extern template Walk<7> make_walk(const Shape&, const std::array<Extents, 7>&);
extern template Walk<9> make_walk(const Shape&, const std::array<Extents, 9>&);

}  // namespace xtape::kernels
