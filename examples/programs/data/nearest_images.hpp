#pragma once
// Which image of a set is most like another.

#include <cstddef>
#include <vector>

#include "autodiff/array.hpp"
#include "nn/data/image_set.hpp"

namespace programs {

/// Of each sample, the index of the nearest image and the distance to it.
struct NearestImages {
  std::vector<std::size_t> indices;
  std::vector<double> distances;  ///< √(Σ (a - b)² / pixels), the root mean square of a pixel
};

/// Looks through all images of `among` for those with the least squared distance, in float32: of two that are as near
/// but for rounding, either may be found.
/// samples: (n, pixels), finite numbers. Throws std::invalid_argument for others, and for no images to look through.
NearestImages nearest_images(const xtape::Array<float>& samples, const xtape::nn::ImageSet& among);

}  // namespace programs
