#pragma once
// How the elements of an array lie in memory.

#include "autodiff/array.hpp"

#include <cstddef>

namespace xtape {

/// How far apart, in elements, the neighbours along each dimension lie: 0 where an array repeats itself, negative where
/// it runs backwards.
using Strides = xt::dynamic_shape<std::ptrdiff_t>;

/// Where the elements of an array lie among others: its first is `offset` behind theirs.
struct Layout {
  Shape shape;
  Strides strides;
  std::ptrdiff_t offset = 0;
};

/// The strides of an array whose elements lie row by row one after the other.
Strides dense_strides(const Shape& shape);
/// Whether they do: strides along dimensions of extent 1, and those of no elements, do not matter.
bool is_dense(const Shape& shape, const Strides& strides);

}  // namespace xtape
