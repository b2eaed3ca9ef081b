#include "nn/classical/moments.hpp"

#include "autodiff/autodiff.hpp"
#include "nn/data/data_loader.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::nn {

Moments moments(const Array<double>& samples) {
  if (samples.dimension() != 2 || samples.shape(0) == 0) {
    throw ShapeError("[moments] samples (n, d) with n > 0 expected, got " + to_string(shape_of(samples)));
  }
  if (!std::all_of(samples.begin(), samples.end(), [](double x) { return std::isfinite(x); })) {
    throw NumericError("[moments] the samples are not finite");
  }
  const std::size_t n = samples.shape(0);
  const Var<double> x(samples), mean_of_x = mean(x, 0), centred = x - mean_of_x;
  return {mean_of_x.value(), Var<double>(matmul(transpose(centred), centred) / double(n)).value()};
}

Moments moments(const ImageSet& images) {
  if (images.size() == 0) throw DataError("[moments] at least one image expected, got none");
  constexpr std::size_t kAtOnce = 2048;  // the whole set may be too much in numbers of 8 bytes
  const std::size_t d = images.pixels();
  Var<double> sums = zeros<double>({d}), products = zeros<double>({d, d});
  for (const auto& batch : DataLoader<double>(images, {.batch_size = kAtOnce})) {
    const Var<double> x(batch.images);
    sums = sums + sum(x, 0);
    products = products + matmul(transpose(x), x);
  }
  const double n = double(images.size());
  const Var<double> mean = sums / n, square = matmul(reshape(mean, {-1, 1}), reshape(mean, {1, -1}));
  return {mean.value(), Var<double>(products / n - square).value()};
}

}  // namespace xtape::nn
