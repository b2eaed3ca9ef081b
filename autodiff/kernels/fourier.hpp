#pragma once
// Discrete Fourier transforms of any length.

#include "autodiff/kernels/reduce.hpp"

namespace xtape::kernels {

/// out[o, k, i] = Σ over j of in[o, j, i] e^(∓2πi jk / length), + if `inverse`, nothing divided. The numbers are
/// complex: each of `in` and `out` a pair of real and imaginary part. Computed in double, in O(length log length).
template <class T>
void fourier(const T* in, const Middle& shape, bool inverse, T* out);

}  // namespace xtape::kernels
