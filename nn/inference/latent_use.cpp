#include "nn/inference/latent_use.hpp"

#include "autodiff/autodiff.hpp"
#include "nn/classical/eigen.hpp"
#include "nn/distributions/normal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xtape::nn {

std::size_t LatentUse::active(double threshold) const {
  return std::size_t(std::count_if(variance.begin(), variance.end(), [=](double v) { return v > threshold; }));
}

template <class T>
LatentUse latent_use(const Array<T>& mu, const Array<T>& log_sigma) {
  if (mu.dimension() != 2 || mu.shape(0) == 0 || mu.shape() != log_sigma.shape()) {
    throw ShapeError("[latent_use] mu and log_sigma (n, latent) with n > 0 expected, got " + to_string(shape_of(mu)) +
                     " and " + to_string(shape_of(log_sigma)));
  }
  const Var<double> m(Array<double>(xt::cast<double>(mu))), s(Array<double>(xt::cast<double>(log_sigma)));
  const Var<double> kl = mean(kl_standard_normal(expand_dims(m, -1), expand_dims(s, -1)), 0);  // each unit by itself
  return {kl.value(), var(m, 0).value()};
}

double normal_kl(const Moments& codes) {
  const detail::Eigen spectrum = detail::eigen_of(codes.covariance);
  const double least = spectrum.values.size() == 0 ? 0 : 1e-12 * spectrum.values(0);  // 0 but for rounding
  double twice = 0;
  for (const double m : codes.mean) twice += m * m;
  for (const double lambda : spectrum.values) {
    if (!(lambda > least)) return std::numeric_limits<double>::infinity();
    twice += std::max(0.0, lambda - 1 - std::log(lambda));  // not negative but for rounding
  }
  return twice / 2;
}

template LatentUse latent_use(const Array<float>&, const Array<float>&);
template LatentUse latent_use(const Array<double>&, const Array<double>&);

}  // namespace xtape::nn
