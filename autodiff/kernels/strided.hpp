#pragma once
// Moving elements between arrays of any layout: what slices, transposes, repetitions and their derivatives are made of;
// and between the places that indices name.

#include "autodiff/kernels/layout.hpp"
#include "autodiff/kernels/reduce.hpp"

#include <span>

namespace xtape::kernels {

/// to[i...] = from[i...] for every index of `shape`. `from` may repeat itself, `to` may not. Without strides elements
/// lie densely.
template <class T>
void strided_copy(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides);
/// to[i...] += from[i...].
template <class T>
void strided_add(const Shape& shape, const T* from, const Strides* from_strides, T* to, const Strides* to_strides);

/// out[o, k, i] = in[o, indices[k], i]; `in` is (outer, length, inner), `out` dense. Negative indices count from the
/// end.
template <class T>
void take_middle(const T* in, const Middle& shape, std::span<const std::ptrdiff_t> indices, T* out);
/// out[o, indices[k], i] += in[o, k, i], in the order of k.
template <class T>
void add_at_middle(const T* in, const Middle& shape, std::span<const std::ptrdiff_t> indices, T* out);

}  // namespace xtape::kernels
