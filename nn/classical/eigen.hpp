#pragma once
// Eigenvectors of a symmetric matrix, by LAPACK.

#include "autodiff/array.hpp"

namespace xtape::nn::detail {

/// A symmetric (d, d) matrix is Σ values_i v_i v_iᵀ: values (d), the largest first, and the unit vectors v_i as rows of
/// `vectors`.
struct Eigen {
  Array<double> values, vectors;
};
Eigen eigen_of(const Array<double>& symmetric);

}  // namespace xtape::nn::detail
