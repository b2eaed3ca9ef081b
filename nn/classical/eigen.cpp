#include "nn/classical/eigen.hpp"

#include <xtensor-blas/xlinalg.hpp>

namespace xtape::nn::detail {

Eigen eigen_of(const Array<double>& symmetric) {
  const std::size_t d = symmetric.shape(0);
  const auto [values, vectors] = xt::linalg::eigh(xt::xarray<double>(symmetric));  // the smallest first, in columns
  Eigen result{empty<double>({d}), empty<double>({d, d})};
  for (std::size_t i = 0; i < d; ++i) {
    result.values(i) = values(d - 1 - i);
    for (std::size_t j = 0; j < d; ++j) result.vectors(i, j) = vectors(j, d - 1 - i);
  }
  return result;
}

}  // namespace xtape::nn::detail
