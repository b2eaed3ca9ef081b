#include "examples/support/labels.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "examples/support/program.hpp"

namespace examples {

using xtape::Array;
using xtape::nn::ImageSet;

std::size_t count_classes(const Dataset& data) {
  const auto least_and_largest = [&](const ImageSet& images) {
    if (!images.has_labels())
      throw UserError("the images in " + data.source +
                      " have no labels, which this model is told; choose other --data");
    const Array<std::int64_t> labels = first_labels(images, images.size());
    const auto [least, largest] = std::minmax_element(labels.begin(), labels.end());
    return std::pair(*least, static_cast<std::size_t>(*largest));
  };
  const auto [least, largest] = least_and_largest(data.train);
  const std::size_t classes = largest + 1, largest_of_test = least_and_largest(data.test).second;
  if (static_cast<std::size_t>(least) == largest)
    throw UserError("all training images in " + data.source + " have the label " + std::to_string(largest) +
                    "; choose --data with several classes");
  if (largest_of_test >= classes)
    throw UserError("a test image in " + data.source + " has the label " + std::to_string(largest_of_test) +
                    ", which no training image has; choose other --data");
  return classes;
}

Array<std::int64_t> labels_of(const ImageSet& images, std::span<const std::size_t> indices) {
  Array<std::int64_t> labels = xtape::zeros<std::int64_t>({indices.size()});
  for (std::size_t i = 0; i < indices.size(); ++i) labels(i) = images.label(indices[i]);
  return labels;
}

Array<std::int64_t> first_labels(const ImageSet& images, std::size_t count) {
  std::vector<std::size_t> indices(std::min(count, images.size()));
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return labels_of(images, indices);
}

Array<float> same_label(std::size_t label, std::size_t count, std::size_t classes) {
  return xtape::one_hot<float>(xtape::full<std::int64_t>({count}, static_cast<std::int64_t>(label)), classes);
}

}  // namespace examples
