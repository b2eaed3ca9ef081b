#pragma once
// Matrix products on CBLAS. Operands are contiguous; a transposed one is read in place.

#include "autodiff/array.hpp"

namespace xtape::kernels {

/// A contiguous row-major matrix, or the transpose of one: `rows` x `columns` is the shape after transposition.
template <class T>
struct Matrix {
  const T* data;
  std::size_t rows, columns;
  bool transposed = false;
};

/// out = a b, with `bias` (b.columns), unless null, added to every row. out: (a.rows, b.columns), dense; a.columns ==
/// b.rows.
template <class T>
void matmul(const Matrix<T>& a, const Matrix<T>& b, T* out, const T* bias = nullptr);

/// out[i] = a[i] b[i] for a stack of products: the matrices lie `a_step` and `b_step` elements apart, the results
/// densely one after the other.
template <class T>
struct Stack {
  std::size_t count;
  const std::size_t* a_offset;
  const std::size_t* b_offset;
};
template <class T>
void matmul_stack(const Matrix<T>& a, const Matrix<T>& b, const Stack<T>& stack, T* out);

}  // namespace xtape::kernels
