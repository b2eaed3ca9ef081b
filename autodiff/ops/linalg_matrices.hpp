#pragma once
// What the files of linear algebra share: matrices and their stacks, and what derivatives are written in.

#include "autodiff/kernels/lapack.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

namespace xtape::matrices {

using detail::leading, detail::product, detail::stack_offsets;
using kernels::Stopped;

// --- Matrices and their stacks --------------------------------------------------------------------------------------

inline std::size_t rows_of(const Shape& shape) {
  return shape[shape.size() - 2];
}
inline std::size_t columns_of(const Shape& shape) {
  return shape.back();
}

inline void check_matrix(const char* operation, const Shape& shape) {
  if (shape.size() >= 2) return;
  throw ShapeError(text::bracketed(operation) + "a matrix, or a stack of them, expected: a is " + to_string(shape));
}
inline void check_square(const char* operation, const Shape& shape) {
  if (shape.size() >= 2 && rows_of(shape) == columns_of(shape)) return;
  throw ShapeError(text::bracketed(operation) + "a square matrix, or a stack of them, expected: a is " +
                   to_string(shape));
}

inline Shape joined(Shape shape, std::initializer_list<std::size_t> extents) {
  for (const std::size_t extent : extents) shape.push_back(extent);
  return shape;
}

// "the matrix", or "matrix (1, 0) of (2, 3, 4, 4)".
inline std::string name_of_matrix(const Shape& shape, std::size_t i) {
  Shape index = leading(shape);
  if (index.empty()) return "the matrix of shape " + to_string(shape);
  for (std::size_t d = index.size(); d-- > 0;) {
    const std::size_t extent = index[d];
    index[d] = i % extent;
    i /= extent;
  }
  return "matrix " + to_string(index) + " of " + to_string(shape);
}

// Throws for the first matrix whose factorization stopped; tell(place) says where.
template <class Tell>
void check_done(const char* operation, const char* expected, const std::vector<Stopped>& status, const Shape& shape,
                const Tell& tell) {
  const auto stopped = std::find_if(status.begin(), status.end(), [](Stopped s) { return s != kernels::kDone; });
  if (stopped == status.end()) return;
  throw NumericError(text::bracketed(operation) + expected + ": of " +
                     name_of_matrix(shape, std::size_t(stopped - status.begin())) + " " + tell(*stopped));
}

// Calls body(matrix, results) for every matrix of x, with where its results go in each of y. Where it says kNotFinite
// these are NaN.
inline constexpr Stopped kNotFinite = Stopped(-1);
template <class T, class Body>
std::vector<Stopped> each_matrix(const Value<T>& x, const std::vector<SharedValue<T>>& y, std::size_t work,
                                 const Body& body) {
  if (x.size() == 0) return {};
  const std::size_t size = rows_of(x.shape()) * columns_of(x.shape()), count = x.size() / size;
  const T* const from = x.data();
  return kernels::for_each_matrix(count, work, [&](std::size_t i) {
    std::array<T*, 3> results{};
    for (std::size_t r = 0; r < y.size(); ++r) results[r] = y[r]->mutable_data() + i * (y[r]->size() / count);
    const Stopped stopped = body(from + i * size, results);
    if (stopped != kNotFinite) return stopped;
    for (std::size_t r = 0; r < y.size(); ++r)
      std::fill_n(results[r], y[r]->size() / count, std::numeric_limits<T>::quiet_NaN());
    return kernels::kDone;
  });
}

template <class T>
std::vector<T, PoolAllocator<T>> copy_of(const T* a, std::size_t count) {
  return {a, a + count};
}

// --- In ops ---------------------------------------------------------------------------------------------------------

/// Matrices turned.
template <class T>
Var<T> turned(const Var<T>& x) {
  return swapaxes(x, -2, -1);
}
/// The gradient where there is nothing to compute it of: of any extents, at no cost.
template <class T>
Var<T> nothing(const Shape& shape) {
  return Var<T>(empty<T>(shape));
}
template <class T>
Var<T> symmetrized(const Var<T>& x) {
  return 0.5 * (x + turned(x));
}

/// A constant matrix: `below`, `on` and `above` the diagonal.
template <class T>
Var<T> pattern(std::size_t rows, std::size_t columns, T below, T on, T above) {
  Array<T> x = empty<T>({rows, columns});
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) x(i, j) = i > j ? below : i == j ? on : above;
  }
  return Var<T>(std::move(x));
}
template <class T>
Var<T> identity(std::size_t n) {
  return Var<T>(eye<T>(n));
}
/// Vectors as diagonal matrices: (..., n) -> (..., n, n).
template <class T>
Var<T> diagonal_matrix(const Var<T>& x) {
  return expand_dims(x, -2) * identity<T>(x.shape(-1));
}
template <class T>
Var<T> column(const Var<T>& x) {
  return expand_dims(x, -1);
}
template <class T>
Var<T> row(const Var<T>& x) {
  return expand_dims(x, -2);
}
/// One number a matrix, to be multiplied with all of it.
template <class T>
Var<T> each(const Var<T>& x) {
  return expand_dims(x, {-2, -1});
}

template <class T>
Var<T> plus(const Var<T>& sum, const Var<T>& x) {
  return sum.empty() ? x : sum + x;
}

}  // namespace xtape::matrices
