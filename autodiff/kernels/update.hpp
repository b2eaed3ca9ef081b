#pragma once
// Elements at places of an array that other elements are put at, or compete for: in the order of the places, of which
// several may be equal. Places are in [0, size).

#include "autodiff/kernels/layout.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xtape::kernels {

/// out[places[k]] = values[k], of equal places the last.
template <class T>
void put_at(const T* values, std::span<const std::ptrdiff_t> places, T* out);
/// last[k] = 1 where no later place is equal, else 0. Whether it is 1 everywhere.
template <class T>
bool last_at(std::span<const std::ptrdiff_t> places, std::size_t size, T* last);
/// out[places[k]] += 1.
template <class T>
void count_at(std::span<const std::ptrdiff_t> places, T* out);

/// sources[i] = where among x and the values, one after the other, the largest (smallest) of x[i] and the values at i
/// is: the first of equal ones, of NaN if there is one.
template <class T>
void extreme_sources(const T* x, std::size_t size, const T* values, std::span<const std::ptrdiff_t> places,
                     bool largest, std::ptrdiff_t* sources);
/// The same without x: the number of values where there is none at i.
template <class T>
void segment_extreme_sources(std::size_t size, const T* values, std::span<const std::ptrdiff_t> places, bool largest,
                             std::ptrdiff_t* sources);

/// places = places extent + the indices, repeated to the shape; these are in [-extent, extent), and count from the end
/// below 0.
void join_places(const Shape& from, const std::ptrdiff_t* indices, std::size_t extent, const Shape& to,
                 std::ptrdiff_t* places);

/// Where the mask is not 0.
std::vector<std::ptrdiff_t> nonzero_places(std::span<const double> mask);

}  // namespace xtape::kernels
