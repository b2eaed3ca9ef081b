#pragma once
// The pictures of new images that a model has made.

#include "examples/programs/drawing/pictures.hpp"

namespace programs {

inline constexpr const char *kDrawsFile = "draws.png", *kNearestFile = "nearest.png";

/// Above, the mean of p(x|z) of codes z; below each, an image drawn from p(x|z).
/// means, draws: (n, pixels) both, as the images of `like`. Throws std::invalid_argument for others, and where n is 0.
Picture draw_means_and_draws(const xtape::Array<float>& means, const xtape::Array<float>& draws,
                             const xtape::nn::ImageSet& like);

/// Above, samples; below each, the training image that is nearest to it, and how far that is: whether a model makes new
/// images or has learnt some by heart.
/// samples: (n, pixels) as the images of `train`. Throws std::invalid_argument for others, and where n is 0.
Picture draw_nearest(const xtape::Array<float>& samples, const xtape::nn::ImageSet& train);

}  // namespace programs
