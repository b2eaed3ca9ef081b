#include "examples/programs/data/nearest_images.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>

#include "autodiff/autodiff.hpp"

namespace programs {

using xtape::Array;
using xtape::Var;

NearestImages nearest_images(const Array<float>& samples, const xtape::nn::ImageSet& among) {
  if (samples.dimension() != 2 || samples.shape(1) != among.pixels() || among.size() == 0)
    throw std::invalid_argument(
        "the nearest images need samples of shape (n, pixels) and images of as many pixels, "
        "got samples of shape " +
        xtape::to_string(xtape::shape_of(samples)) + " and " + std::to_string(among.size()) + " images of " +
        std::to_string(among.pixels()) + " pixels");
  if (!std::all_of(samples.begin(), samples.end(), [](float level) { return std::isfinite(level); }))
    throw std::invalid_argument("the nearest images need samples of finite numbers, got a NaN or an infinity");
  constexpr std::size_t kChunk = 2048;  // images that are numbers at a time
  const std::size_t count = samples.shape(0), pixels = among.pixels();
  std::vector<float> least(count, std::numeric_limits<float>::infinity());
  NearestImages nearest{std::vector<std::size_t>(count), std::vector<double>(count)};
  for (std::size_t first = 0; first < among.size(); first += kChunk) {
    const std::size_t chunk = std::min(kChunk, among.size() - first);
    const Var<float> images = among.slice(first, chunk).first<float>(chunk);
    // |x|² - 2 s·x is |x - s|² but for |s|², which all images x have in common: (n, chunk)
    const Var<float> terms = sum(square(images), -1) - 2.0f * matmul(samples, transpose(images));
    const Array<float>& scores = terms.value();
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < chunk; ++j)
        if (scores(i, j) < least[i]) {
          least[i] = scores(i, j);
          nearest.indices[i] = first + j;
        }
  }
  const Array<float> found = among.gather<float>(nearest.indices);
  for (std::size_t i = 0; i < count; ++i) {
    double squares = 0;
    for (std::size_t j = 0; j < pixels; ++j) {
      const double difference = double(samples(i, j)) - double(found(i, j));
      squares += difference * difference;
    }
    nearest.distances[i] = std::sqrt(squares / static_cast<double>(pixels));
  }
  return nearest;
}

}  // namespace programs
