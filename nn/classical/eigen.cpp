#include "nn/classical/eigen.hpp"

#include "autodiff/autodiff.hpp"
#include "autodiff/text.hpp"

#include <string>

namespace xtape::nn::detail {

Eigen eigen_of(const Array<double>& symmetric) {
  const auto [values, vectors] = eigh(symmetric);  // the smallest first, in columns
  return {flip(values).value(), flip(transpose(vectors), 0).value()};
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
