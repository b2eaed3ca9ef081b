#pragma once
// Eigenvectors and inverses of symmetric matrices, by LAPACK.

#include "autodiff/array.hpp"

namespace xtape::nn::detail {

/// A symmetric (d, d) matrix is Σ values_i v_i v_iᵀ: values (d), the largest first, and the unit vectors v_i as rows of
/// `vectors`.
struct Eigen {
  Array<double> values, vectors;
};
Eigen eigen_of(const Array<double>& symmetric);

/// The inverse of a symmetric positive definite (d, d) matrix, and ln of the matrix's own determinant. Throws
/// NumericError for another, as far as rounding lets it be seen.
struct Inverse {
  Array<double> inverse;
  double log_det;
};
Inverse inverse_of(const Array<double>& symmetric);

}  // namespace xtape::nn::detail
