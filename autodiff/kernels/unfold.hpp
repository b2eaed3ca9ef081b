#pragma once
// The windows of images as columns, so that a convolution is a matrix product with them, and back.

#include "autodiff/kernels/convolution.hpp"

namespace xtape::kernels {

/// columns[n, (c, j), o] = data[n, c, o stride - padding + j dilation], 0 outside: along the last two of the three
/// dimensions, of one group.
template <class T>
void unfold(const Convolution& of, const T* data, T* columns);
/// data[n, c, i] = the sum of all elements of the columns that unfold takes from there.
template <class T>
void fold(const Convolution& of, const T* columns, T* data);

}  // namespace xtape::kernels
