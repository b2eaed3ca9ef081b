#pragma once
// The pictures that several programs draw of what their models have learnt.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "examples/programs/data/datasets.hpp"
#include "examples/programs/report/results.hpp"

namespace programs {

inline constexpr const char *kReconstructionsFile = "reconstructions.png", *kCodesFile = "codes.png",
                            *kSamplesFile = "samples.png";

/// What a model makes of images or of codes: (n, ...) -> (n, ...).
using Map = std::function<xtape::Array<float>(const xtape::Array<float>&)>;

/// (n, pixels) -> (n, height, width) as the images of `like`. Throws std::invalid_argument for another shape.
xtape::Array<float> as_images(xtape::Array<float> rows, const xtape::nn::ImageSet& like);

/// A row of images made of test images: (n, pixels) -> (n, pixels), and what stands at its left.
struct RowMaker {
  std::string label;
  Map make;
};

/// Twenty test images, two of each class where there are ten, in two groups of rows: one for each maker, in this order.
Png draw_test_images(const xtape::nn::ImageSet& test, const std::vector<RowMaker>& makers);

/// Twenty test images, two of each class where there are ten, and below each what `reconstruct` makes of it:
/// (n, pixels) -> (n, pixels). `how` ends the caption.
Picture draw_reconstructions(const xtape::nn::ImageSet& test, const Map& reconstruct, const std::string& how);

/// An encoder, and what it is called above its panel: (n, pixels) -> (n, latent), latent >= 2.
struct Encoder {
  std::string title;
  Map encode;
};

/// Whether a circle shows where 95% of the codes would be if they came from N(0, I).
enum class PriorCircle { kNone, kDrawn };

/// The codes of the first `count` test images, coloured by their classes, in the plane of the first two coordinates;
/// one panel for each encoder. Throws std::invalid_argument for no encoders, and for codes of other shapes.
Picture draw_codes(const Dataset& data, const std::vector<Encoder>& encoders, PriorCircle circle,
                   std::size_t count = 500);

/// The same of one encoder, without a title.
Picture draw_codes(const Dataset& data, const Map& encode, PriorCircle circle, std::size_t count = 500);

}  // namespace programs
