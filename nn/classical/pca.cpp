#include "nn/classical/pca.hpp"

#include "autodiff/autodiff.hpp"
#include "nn/data/data_loader.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <xtensor-blas/xlinalg.hpp>

namespace xtape::nn {

namespace {

PrincipalComponents components_of(const Array<double>& mean, const Array<double>& covariance) {
  const std::size_t d = mean.size();
  const auto [values, vectors] = xt::linalg::eigh(xt::xarray<double>(covariance));  // the smallest first, in columns
  PrincipalComponents result{mean, empty<double>({d}), empty<double>({d, d})};
  for (std::size_t i = 0; i < d; ++i) {
    result.variances(i) = std::max(0.0, values(d - 1 - i));
    for (std::size_t j = 0; j < d; ++j) result.axes(i, j) = vectors(j, d - 1 - i);
  }
  return result;
}

}  // namespace

double PrincipalComponents::residual(std::size_t q) const {
  if (q > variances.size()) {
    throw Error("[PrincipalComponents] at most " + std::to_string(variances.size()) +
                " numbers a sample expected, got " + std::to_string(q));
  }
  double sum = 0;
  for (std::size_t i = variances.size(); i-- > q;) sum += variances(i);  // the smallest first
  return sum;
}

PrincipalComponents principal_components(const Array<double>& samples) {
  if (samples.dimension() != 2 || samples.shape(0) == 0) {
    throw ShapeError("[principal_components] samples (n, d) with n > 0 expected, got " + to_string(shape_of(samples)));
  }
  if (!std::all_of(samples.begin(), samples.end(), [](double x) { return std::isfinite(x); })) {
    throw NumericError("[principal_components] the samples are not finite");
  }
  const std::size_t n = samples.shape(0);
  const Var<double> x(samples), mean_of_x = mean(x, 0), centred = x - mean_of_x;
  const Array<double> covariance = Var<double>(matmul(transpose(centred), centred) / double(n)).value();
  return components_of(mean_of_x.value(), covariance);
}

PrincipalComponents principal_components(const ImageSet& images) {
  if (images.size() == 0) throw DataError("[principal_components] at least one image expected, got none");
  constexpr std::size_t kAtOnce = 2048;  // in numbers of 8 bytes the whole set may be too much
  const std::size_t d = images.pixels();
  Var<double> sums = zeros<double>({d}), products = zeros<double>({d, d});
  for (const auto& batch : DataLoader<double>(images, {.batch_size = kAtOnce})) {
    const Var<double> x(batch.images);
    sums = sums + sum(x, 0);
    products = products + matmul(transpose(x), x);
  }
  const double n = double(images.size());
  const Var<double> mean = sums / n;
  return components_of(mean.value(),
                       Var<double>(products / n - matmul(reshape(mean, {-1, 1}), reshape(mean, {1, -1}))).value());
}

}  // namespace xtape::nn
