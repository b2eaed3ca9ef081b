#pragma once
// The labels of images as models take them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "examples/programs/data/datasets.hpp"

namespace programs {

/// The classes of a data set: the labels of its training images, each once, ascending. They need not be 0, 1, ...:
/// those of EMNIST's letters are 1 to 26. Throws a UserError where images have no labels, all training images have the
/// same, or a test image has one that no training image has.
std::vector<std::uint8_t> seen_labels(const Dataset& data);

/// The same images, each labelled by the place of its label among `seen`, as models count classes; a class keeps its
/// name, or its own number as one. Throws a UserError for a label that is not among them.
Dataset with_classes(const Dataset& data, const std::vector<std::uint8_t>& seen);

/// Labels for a message: "a number from 1 to 26" where there are no gaps, else "0, 3 or 255".
std::string listed(const std::vector<std::uint8_t>& labels);

/// Of the images with these indices: (indices).
xtape::Array<std::int64_t> labels_of(const xtape::nn::ImageSet& images, std::span<const std::size_t> indices);
/// Of the first `count` images, or of all where there are fewer.
xtape::Array<std::int64_t> first_labels(const xtape::nn::ImageSet& images, std::size_t count);

/// One label for `count` images, one-hot: (count, classes).
xtape::Array<float> same_label(std::size_t label, std::size_t count, std::size_t classes);

}  // namespace programs
