#pragma once
// Running sums, products and recurrences along the middle dimension of contiguous arrays. They add and multiply in a
// wider precision than T, line by line, so that the bits depend neither on alignment nor on the number of threads.

#include "autodiff/kernels/reduce.hpp"

namespace xtape::kernels {

/// out[l] = Σ in[k] over k <= l; over k >= l if `backward`.
template <class T>
void cumsum_middle(const T* in, const Middle& shape, bool backward, T* out);
/// out[l] = Π in[k] over k <= l (k >= l if `backward`), or without l itself if `exclusive`.
template <class T>
void cumprod_middle(const T* in, const Middle& shape, bool backward, bool exclusive, T* out);
/// out[l] = b[l] + a[l] out[l - 1], where the first is b alone; out[l + 1] in place of out[l - 1] if `backward`.
template <class T>
void recurrence_middle(const T* a, const T* b, const Middle& shape, bool backward, T* out);
/// out[l] = ln Σ e^in[k] over k <= l.
template <class T>
void logcumsumexp_middle(const T* in, const Middle& shape, T* out);
/// out[o, i] = Π in[o, l, i] over l; it neither overflows nor underflows on the way to a result that does neither.
template <class T>
void prod_middle(const T* in, const Middle& shape, T* out);
/// lost[l] = 1 where the product y[l] of a line of `length` elements is a normal number while one of those before or
/// behind its elements is not, else 0. Whether any is 1.
template <class T>
bool lost_products(const T* y, std::size_t lines, const T* before, const T* behind, std::size_t length, T* lost);

}  // namespace xtape::kernels
