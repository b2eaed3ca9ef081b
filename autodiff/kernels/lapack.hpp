#pragma once
// Factorizations on LAPACK, which OpenBLAS brings: of one matrix each, row-major, dense and not empty; and the loop
// over a stack of matrices. What LAPACK takes for a matrix is its transpose here, and what follows from that is the
// matter of lapack.cpp alone: no function copies a matrix only to turn it.

#include "autodiff/kernels/threads.hpp"

#include <cstddef>
#include <vector>

namespace xtape::kernels {

/// What a factorization says: kDone, or the place (from 1) where it stopped.
using Stopped = std::size_t;
inline constexpr Stopped kDone = 0;

/// The lower triangle of a, with zeros above. Whether it is finite.
template <class T>
bool copy_lower(std::size_t n, const T* a, T* to);

/// a = L Lᵀ, of the lower triangle of a: L in place, zeros above it. Stops at the order of the leading minor that is
/// not positive.
template <class T>
Stopped cholesky(std::size_t n, T* a);

/// P a = L U with row exchanges. `factors` (n + 1 rows of n) holds a in its first n rows; then what lu_solve reads, the
/// exchanges in the last row. The pivots are on the diagonal; of a singular matrix one is 0.
template <class T>
void lu(std::size_t n, T* factors);
/// b (n rows of k) becomes the solution x of a x = b, or of aᵀ x = b.
template <class T>
void lu_solve(std::size_t n, std::size_t k, const T* factors, bool transposed, T* b);
/// The factors of a, NaN without exchanges where a is not finite.
template <class T>
void lu_of(std::size_t n, const T* a, T* factors);
/// Stops at the first pivot that is 0.
template <class T>
Stopped zero_pivot(std::size_t n, const T* factors);
/// Of a, by its factors.
template <class T>
T determinant(std::size_t n, const T* factors);
/// The determinant's sign and the logarithm of its magnitude; 0 and -infinity where it is 0.
template <class T>
void sign_and_logarithm(std::size_t n, const T* factors, T* sign, T* logarithm);

/// b (n rows of k) becomes the solution x of a x = b with the lower or upper triangle of a, or of its transpose; with
/// `unit`, the diagonal counts as 1. Stops at a 0 on the diagonal.
template <class T>
Stopped triangular_solve(bool lower, bool transposed, bool unit, std::size_t n, std::size_t k, const T* a, T* b);

/// The eigenvalues w, ascending, of the symmetric matrix whose lower triangle a holds; with `vectors`, a becomes the
/// eigenvectors, in columns. Stops where LAPACK does not converge.
template <class T>
Stopped eigh(std::size_t n, T* a, T* w, bool vectors);

/// a (m rows of n) = u diag(s) vh with min(m, n) singular values, descending; a is overwritten. With `full` u and vh
/// are square. Without u, s alone.
template <class T>
Stopped svd(std::size_t m, std::size_t n, bool full, T* a, T* s, T* u, T* vh);

/// How many of the singular values are larger than `least`.
template <class T>
std::size_t rank(std::size_t count, const T* s, double least);

/// a (m rows of n) = q r: q (m rows of min(m, n)), r (min(m, n) rows of n, zeros below the diagonal); a is overwritten.
template <class T>
void qr(std::size_t m, std::size_t n, T* a, T* q, T* r);

/// Whether none of the elements is NaN or infinite: LAPACK may not come back from those.
template <class T>
bool are_finite(const T* x, std::size_t count);

/// status[i] = body(i) for each of the matrices of a stack, of `each` multiply-adds, shared over the threads. Where
/// there are few, the functions above share the work on a large one.
template <class Body>
std::vector<Stopped> for_each_matrix(std::size_t count, std::size_t each, const Body& body) {
  constexpr std::size_t kWorkPerElement = 4, kCall = 64;
  std::vector<Stopped> status(count, kDone);
  parallel_for(count, 1, count * (each / kWorkPerElement + kCall), [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) status[i] = body(i);
  });
  return status;
}

}  // namespace xtape::kernels
