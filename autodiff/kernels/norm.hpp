#pragma once
// Roots of sums of squares that leave the range although the root does not: what `norm` is made of.

#include <cstddef>

namespace xtape::kernels {

/// Whether every sum of squares is so far from overflow and from denormal squares that its root has all digits.
template <class T>
bool are_plain_sums(const T* sums, std::size_t size);

/// out = √sums.
template <class T>
void roots(const T* sums, std::size_t size, T* out);

/// numbers = the power of two at or below each, 1 for 0, infinity and NaN: what elements are divided by before they are
/// squared.
template <class T>
void powers_below(T* numbers, std::size_t size);

/// sums = their roots where they are plain, else scale √scaled, of the squares of elements divided by `scale`.
template <class T>
void roots_of_scaled(T* sums, const T* scale, const T* scaled, std::size_t size);

}  // namespace xtape::kernels
