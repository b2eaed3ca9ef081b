#pragma once
// What pooling and interpolation do along dimensions: products with matrices of few numbers in each row, and the places
// of the largest elements of windows.

#include "autodiff/kernels/reduce.hpp"

#include <cstdint>
#include <limits>
#include <span>

namespace xtape::kernels {

/// A matrix of few numbers in each row, row by row, which lies elsewhere: where each row ends, and of each number in
/// which column it stands and what it is.
struct SparseMatrix {
  std::size_t rows, columns;
  std::span<const std::size_t> ends, column;
  std::span<const double> weight;
  std::size_t begin(std::size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
};

/// out[o, r, i] = Σ over l of matrix[r, l] in[o, l, i]. The matrix has shape.length columns, and where the result has
/// no elements it need not have its rows.
template <class T>
void resample_middle(const T* in, const Middle& shape, const SparseMatrix& matrix, T* out);

/// The most elements that a plane of largest_places may have.
inline constexpr std::size_t kMostOfPlane = std::numeric_limits<std::int32_t>::max();
/// out[p, r...] = the place in all of in[p, l...] of the largest element in the window r... of plane p. Along each of
/// the one to three dimensions that has what stands in the columns of its row, which must be some; their weights are 1.
/// Of equal ones it is the first, of NaN, which is larger than every number, the last. Where there are no planes, the
/// windows need not have their rows.
template <class T>
void largest_places(const T* in, std::size_t planes, std::span<const SparseMatrix> windows, std::ptrdiff_t* out);

}  // namespace xtape::kernels
