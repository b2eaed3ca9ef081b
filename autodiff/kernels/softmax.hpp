#pragma once
// Softmax and its relatives along the middle dimension of (outer, length, inner). Memory is read once for the sums of
// exponentials, which are rescaled when a larger element comes (Milakov and Gimelshein, "Online normalizer calculation
// for softmax", 2018), and once more to write a result that is not a sum, unless the row is still in the cache.

#include "autodiff/kernels/reduce.hpp"

namespace xtape::kernels {

/// out[o, i] = log(sum over l of exp(in[o, l, i])), with the largest element taken out first. -infinity where all are,
/// infinity where one is.
template <class T>
void logsumexp_middle(const T* in, const Middle& shape, T* out);

/// out = exp(in - logsumexp(in)), of the shape of `in`. NaN all along the middle where one is infinity or NaN, or all
/// are -infinity; so are logarithms.
template <class T>
void softmax_middle(const T* in, const Middle& shape, T* out);

/// out = in - logsumexp(in), of the shape of `in`.
template <class T>
void log_softmax_middle(const T* in, const Middle& shape, T* out);

}  // namespace xtape::kernels
