#pragma once
// The pictures that show what a conditional variational autoencoder has learnt.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "examples/programs/data/datasets.hpp"
#include "examples/programs/models/cvae.hpp"
#include "examples/programs/report/results.hpp"

namespace programs {

inline constexpr const char *kClassesFile = "classes.png", *kStylesFile = "styles.png", *kChosenFile = "chosen.png";

/// Class by style: a column for each class, a row for each code z: (rows, latent).
Picture draw_classes(const Cvae& model, const xtape::Array<float>& z, std::size_t classes, const Dataset& data);

/// The styles z = mu(x, y) of given test images: the original at the left, then the classes.
Picture draw_styles(const Cvae& model, std::span<const std::size_t> test_images, std::size_t classes,
                    const Dataset& data);

/// One class in the style of a test image, beside that.
Picture draw_label(const Cvae& model, std::size_t test_image, std::size_t label, std::size_t classes,
                   const Dataset& data);

/// One class in several styles z: (n, latent).
Picture draw_label(const Cvae& model, const xtape::Array<float>& z, std::size_t label, std::size_t classes,
                   const Dataset& data);

}  // namespace programs
