#pragma once
// The labels of images as models take them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "examples/support/datasets.hpp"

namespace examples {

/// The labels 0, 1, ..., the largest of the training images. Throws a UserError where images have no labels, all
/// training images have the same, or a test image has a larger one.
std::size_t count_classes(const Dataset& data);

/// Of the images with these indices: (indices).
xtape::Array<std::int64_t> labels_of(const xtape::nn::ImageSet& images, std::span<const std::size_t> indices);
/// Of the first `count` images, or of all where there are fewer.
xtape::Array<std::int64_t> first_labels(const xtape::nn::ImageSet& images, std::size_t count);

/// One label for `count` images, one-hot: (count, classes).
xtape::Array<float> same_label(std::size_t label, std::size_t count, std::size_t classes);

}  // namespace examples
