#pragma once
// Arrays: xtensor's, with memory from the pool.

#include "autodiff/compat.hpp"
#include "autodiff/instruction_set.hpp"
#include "autodiff/pool.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <type_traits>

namespace xtape {

/// A dense row-major array of any rank. Converts from and to every xtensor container and expression.
template <class T>
using Array = xt::xarray<T, xt::layout_type::row_major, PoolAllocator<T>>;

/// The extent of every dimension, outermost first. Up to rank 4 it lives without heap memory.
using Shape = xt::dynamic_shape<std::size_t>;

/// The product of the extents: 1 for rank 0. Throws ShapeError if that is more than memory can ever have.
std::size_t size_of(const Shape& shape);

/// "(3, 4)", as Python prints a tuple.
std::string to_string(const Shape& shape);

/// The shape of an xtensor container or expression as a `Shape`.
template <class E>
Shape shape_of(const E& expression) {
  return Shape(expression.shape().begin(), expression.shape().end());
}

/// An array of `shape` whose elements are not yet set.
template <class T>
Array<T> empty(const Shape& shape) {
  size_of(shape);  // a product that wraps around must not become a small array
  return Array<T>::from_shape(shape);
}

/// An array of `shape` with all elements equal to `value`.
template <class T>
Array<T> full(const Shape& shape, T value) {
  Array<T> array = empty<T>(shape);
  std::fill_n(array.data(), array.size(), value);
  return array;
}

/// An array of zeros.
template <class T>
Array<T> zeros(const Shape& shape) {
  return full<T>(shape, T(0));
}

/// An array of ones.
template <class T>
Array<T> ones(const Shape& shape) {
  return full<T>(shape, T(1));
}

}  // namespace xtape
