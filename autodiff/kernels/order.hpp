#pragma once
// Lines of contiguous arrays along their middle dimension: elements at places that differ from line to line, and the
// places of elements by their order. NaN is larger than every number; equal elements are in order of their places.

#include "autodiff/kernels/reduce.hpp"

#include <span>

namespace xtape::kernels {

/// out[o, k, i] = in[o, places[o, k, i], i] for k < count. Negative places count from the end.
template <class T>
void take_along_middle(const T* in, const Middle& shape, const std::ptrdiff_t* places, std::size_t count, T* out);
/// out[o, places[o, k, i], i] += in[o, k, i], in the order of k.
template <class T>
void add_along_middle(const T* in, const Middle& shape, const std::ptrdiff_t* places, std::size_t count, T* out);

enum class Wanted {
  kRanks,       ///< the places of the elements of these ranks
  kStatistics,  ///< the same, but where a line has NaN the place of one
  kPartition,   ///< of all elements, each of these ranks where it belongs, the smaller ones before it
};

/// out[o, r, i] = the place of the element of rank ranks[r] (in rising order) in the line (o, i), the smallest first,
/// or the largest if `descending`.
template <class T>
void places_by_rank(const T* in, const Middle& shape, std::span<const std::size_t> ranks, bool descending,
                    Wanted wanted, std::ptrdiff_t* out);

/// out[o, i] = the first place of the largest (smallest) element of the line, of NaN if there is one.
template <class T>
void extreme_places(const T* in, const Middle& shape, bool largest, std::ptrdiff_t* out);
/// out[o, l, i] = the place of the largest (smallest) element up to l, the last of equal ones; of NaN if there is one.
template <class T>
void running_extreme_places(const T* in, const Middle& shape, bool largest, std::ptrdiff_t* out);

/// out[k] = how many of `sorted`, in rising order, are smaller than x[k], or with `right` not larger.
template <class T>
void searchsorted(std::span<const T> sorted, std::span<const T> x, bool right, std::ptrdiff_t* out);

/// out = in, of shape `from`, repeated to shape `to`.
void broadcast_places(const Shape& from, const std::ptrdiff_t* in, const Shape& to, std::ptrdiff_t* out);

}  // namespace xtape::kernels
