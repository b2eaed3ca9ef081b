#include "nn/classical/eigen.hpp"

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/blas.hpp"
#include "autodiff/text.hpp"

#include <xtensor-blas/xlinalg.hpp>

#include <string>

namespace xtape::nn::detail {

Eigen eigen_of(const Array<double>& symmetric) {
  const std::size_t d = symmetric.shape(0);
  const kernels::OpenBlasMemory memory;
  const auto [values, vectors] = xt::linalg::eigh(xt::xarray<double>(symmetric));  // the smallest first, in columns
  Eigen result{empty<double>({d}), empty<double>({d, d})};
  for (std::size_t i = 0; i < d; ++i) {
    result.values(i) = values(d - 1 - i);
    for (std::size_t j = 0; j < d; ++j) result.vectors(i, j) = vectors(j, d - 1 - i);
  }
  return result;
}

Inverse inverse_of(const Array<double>& symmetric) {
  const Eigen eigen = eigen_of(symmetric);
  const double smallest = eigen.values(eigen.values.size() - 1);
  if (!(smallest > 0)) {
    throw NumericError("[inverse_of] a positive definite matrix expected, got one with the eigenvalue " +
                       text::number(smallest));
  }
  const Var<double> values(eigen.values), vectors(eigen.vectors);  // vectorsᵀ diag(1 / values) vectors
  return {Var<double>(matmul(transpose(vectors) / values, vectors)).value(), sum(log(values)).item()};
}

}  // namespace xtape::nn::detail
