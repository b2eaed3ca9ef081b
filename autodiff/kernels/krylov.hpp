#pragma once
// Linear systems by products with the matrix: conjugate gradients, and GMRES with restarts.
//
// Y. Saad, "Iterative Methods for Sparse Linear Systems", 2nd edition, SIAM 2003, algorithms 6.9 and 6.18.

#include "autodiff/array.hpp"

#include <cstddef>
#include <functional>

namespace xtape::kernels {

template <class T>
using MatrixProduct = std::function<Array<T>(const Array<T>&)>;

/// How far an iteration came: |b - A x| <= tolerance * |b| is what was asked for.
struct KrylovResult {
  bool converged = false;
  bool stuck = false;       ///< a cycle of GMRES gained nothing
  bool indefinite = false;  ///< conjugate gradients met a direction of negative curvature
  std::size_t products = 0;
  double residual = 0;  ///< relative to |b|
};

/// Σ a b, in double.
template <class T>
double dot(const Array<T>& a, const Array<T>& b);
/// √Σ a², without overflow or underflow on the way.
template <class T>
double norm(const Array<T>& a);
/// a += scale * b
template <class T>
void add_scaled(Array<T>& a, double scale, const Array<T>& b);

/// The solution x of A x = b for a symmetric positive definite A, or as far as it came. Ends early, not converged,
/// along a direction of no or negative curvature.
template <class T>
KrylovResult conjugate_gradients(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                                 std::size_t max_products);
/// The same for any A. A cycle is of `restart` products; one that gains less than a hundredth is the last.
template <class T>
KrylovResult gmres(const MatrixProduct<T>& a, const Array<T>& b, Array<T>& x, double tolerance,
                   std::size_t max_products, std::size_t restart);

}  // namespace xtape::kernels
