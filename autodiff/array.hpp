#pragma once
// Arrays: xtensor's, with memory from the pool.

#include "autodiff/compat.hpp"
#include "autodiff/instruction_set.hpp"
#include "autodiff/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace xtape {

/// A dense row-major array of any rank. Converts from and to every xtensor container and expression.
template <class T>
using Array = xt::xarray<T, xt::layout_type::row_major, PoolAllocator<T>>;

/// The extent of every dimension, outermost first. Up to rank 4 it lives without heap memory.
using Shape = xt::dynamic_shape<std::size_t>;

/// No shape may have so many elements, extents of 0 not counted: strides are products of the others.
inline constexpr std::size_t kTooMany = std::size_t(1) << 60;

namespace detail {
std::size_t checked_size(const Shape& shape, std::string_view operation);
}

/// The product of the extents: 1 for rank 0. Throws ShapeError, naming `operation`, for a shape of too many elements.
/// Every shape that is made goes through here, so that no stride, offset or count of bytes overflows.
inline std::size_t size_of(const Shape& shape, std::string_view operation = "array") {
  std::size_t product = 1, bits = 0;  // of all extents
  for (const std::size_t extent : shape) {
    product *= extent;
    bits |= extent;
  }
  if (shape.size() <= 4 && bits >> 15 == 0) [[likely]]
    return product;  // below 2^60 for certain
  return detail::checked_size(shape, operation);
}

/// "(3, 4)", as Python prints a tuple.
std::string to_string(const Shape& shape);

/// The shape of an xtensor container or expression as a `Shape`.
template <class E>
Shape shape_of(const E& expression) {
  return Shape(expression.shape().begin(), expression.shape().end());
}

namespace detail {

/// a == b. To call memcmp, as the standard library's comparison does, takes longer than to compare so few numbers.
inline bool same_shape(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t d = 0; d < a.size(); ++d) {
    if (a[d] != b[d]) return false;
  }
  return true;
}

// Not inlined: nothing is gained, and g++ 16 takes the unused places of a short shape for a mistake.
template <class T>
[[gnu::noinline]] Array<T> allocated(std::string_view operation, const Shape& shape) {
  size_of(shape, operation);
  return Array<T>(shape);
}

template <class T>
Array<T> filled(std::string_view operation, const Shape& shape, T value) {
  Array<T> array = allocated<T>(operation, shape);
  std::fill_n(array.data(), array.size(), value);
  return array;
}

}  // namespace detail

// They throw ShapeError for a shape that has too many elements (size_of).

/// An array of `shape` whose elements are not yet set.
template <class T>
Array<T> empty(const Shape& shape) {
  return detail::allocated<T>("empty", shape);
}

/// An array of `shape` with all elements equal to `value`.
template <class T>
Array<T> full(const Shape& shape, T value) {
  return detail::filled<T>("full", shape, value);
}

/// An array of zeros.
template <class T>
Array<T> zeros(const Shape& shape) {
  return detail::filled<T>("zeros", shape, T(0));
}

/// An array of ones.
template <class T>
Array<T> ones(const Shape& shape) {
  return detail::filled<T>("ones", shape, T(1));
}

}  // namespace xtape
