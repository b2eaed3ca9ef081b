#pragma once
// Reductions along any axes of contiguous arrays.

#include "autodiff/array.hpp"

namespace xtape::kernels {

/// A contiguous array seen as (outer, length, inner), to be reduced along the middle dimension.
struct Middle {
  std::size_t outer, length, inner;
};

/// An array of this shape around one of its dimensions.
Middle middle_of(const Shape& shape, std::size_t axis);

/// out[o, i] = sum over l of in[o, l, i]. Blocked: at most some hundred numbers are added in T before their sum goes
/// into a double, so that the error does not grow with the length. The same bits for any number of threads.
template <class T>
void sum_middle(const T* in, const Middle& shape, T* out);

/// out[o, i] = the largest (smallest) of in[o, l, i] over l; NaN where one is NaN. `length` must not be 0.
template <class T>
void max_middle(const T* in, const Middle& shape, T* out);
template <class T>
void min_middle(const T* in, const Middle& shape, T* out);

/// out = sum of `in` over the axes along which `to` has extent 1 (or none) and `from` has not: the reverse of
/// broadcasting `to` to `from`. `out` is dense of shape `to`.
template <class T>
void sum_to(const T* in, const Shape& from, T* out, const Shape& to);

}  // namespace xtape::kernels
