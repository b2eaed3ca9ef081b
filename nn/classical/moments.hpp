#pragma once
// Mean and covariance of samples: all that linear models see of their data.

#include "autodiff/array.hpp"
#include "nn/data/image_set.hpp"

namespace xtape::nn {

/// The mean m: (d) and the covariance S, with 1/n: (d, d).
struct Moments {
  Array<double> mean, covariance;
};

/// Of samples (n, d). Throws ShapeError for another rank or no samples, NumericError where they are not finite.
Moments moments(const Array<double>& samples);
/// Of images as numbers in [0, 1], d = height * width. Throws DataError for a set without images.
Moments moments(const ImageSet& images);

}  // namespace xtape::nn
