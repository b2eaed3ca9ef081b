#pragma once
// Softmax and its relatives along the middle dimension of (outer, length, inner), in one visit of each row: a row (or a
// tile of columns) stays in the cache between the search for its largest element and the sum of exponentials.

#include "autodiff/kernels/reduce.hpp"

namespace xtape::kernels {

/// out[o, i] = log(sum over l of exp(in[o, l, i])), with the largest element taken out first. -infinity where all are.
template <class T>
void logsumexp_middle(const T* in, const Middle& shape, T* out);

/// out = exp(in - logsumexp(in)), of the shape of `in`.
template <class T>
void softmax_middle(const T* in, const Middle& shape, T* out);

/// out = in - logsumexp(in), of the shape of `in`.
template <class T>
void log_softmax_middle(const T* in, const Middle& shape, T* out);

}  // namespace xtape::kernels
