#include "nn/classical/pca.hpp"

#include "autodiff/errors.hpp"
#include "nn/classical/eigen.hpp"

#include <algorithm>
#include <string>

namespace xtape::nn {

double PrincipalComponents::residual(std::size_t q) const {
  if (q > variances.size()) {
    throw Error("[PrincipalComponents] at most " + std::to_string(variances.size()) +
                " numbers a sample expected, got " + std::to_string(q));
  }
  double sum = 0;
  for (std::size_t i = variances.size(); i-- > q;) sum += variances(i);  // the smallest first
  return sum;
}

PrincipalComponents principal_components(const Moments& of_samples) {
  detail::Eigen eigen = detail::eigen_of(of_samples.covariance);
  for (double& variance : eigen.values) variance = std::max(variance, 0.0);
  return {of_samples.mean, std::move(eigen.values), std::move(eigen.vectors)};
}

}  // namespace xtape::nn
