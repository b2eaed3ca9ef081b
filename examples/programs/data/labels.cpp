#include "examples/programs/data/labels.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "autodiff/text.hpp"
#include "examples/programs/command_line/program.hpp"
#include "examples/programs/command_line/text.hpp"

namespace programs {

using xtape::Array;
using xtape::nn::ImageSet;

namespace {

/// Where a label stands among those seen; the end where it is not there.
auto place_of(std::uint8_t label, const std::vector<std::uint8_t>& seen) {
  const auto place = std::lower_bound(seen.begin(), seen.end(), label);
  return place != seen.end() && *place == label ? place : seen.end();
}

ImageSet relabelled(const ImageSet& images, const std::vector<std::uint8_t>& seen, const std::string& source) {
  if (!images.has_labels()) return images;
  std::vector<std::uint8_t> labels;
  bool same = true;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto place = place_of(images.label(i), seen);
    if (place == seen.end())
      throw UserError("an image in " + source + " has the label " + std::to_string(images.label(i)) +
                      ", and the model was trained with " + listed(seen) + "; choose other images");
    labels.push_back(static_cast<std::uint8_t>(place - seen.begin()));
    same = same && labels.back() == images.label(i);
  }
  if (same) return images;  // which keeps their bytes where they are
  std::vector<std::uint8_t> pixels;
  pixels.reserve(images.size() * images.pixels());
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto image = images.image(i);
    pixels.insert(pixels.end(), image.begin(), image.end());
  }
  return ImageSet(images.height(), images.width(), std::move(pixels), std::move(labels));
}

}  // namespace

std::vector<std::uint8_t> seen_labels(const Dataset& data) {
  const std::string source = xtape::text::path(data.source);
  for (const ImageSet* part : {&data.train, &data.test})
    if (!part->has_labels())
      throw UserError("the images to " + std::string(part == &data.train ? "train" : "test") + " on in " + source +
                      " have no labels (a file " + (part == &data.train ? "train" : "t10k") +
                      "-labels-idx1-ubyte), which this model is told; choose other --data");
  std::array<bool, 256> is_seen{};
  for (std::size_t i = 0; i < data.train.size(); ++i) is_seen.at(data.train.label(i)) = true;
  std::vector<std::uint8_t> seen;
  for (std::size_t label = 0; label < is_seen.size(); ++label)
    if (is_seen.at(label)) seen.push_back(static_cast<std::uint8_t>(label));
  if (seen.size() == 1)
    throw UserError("all training images in " + source + " have the label " + std::to_string(seen.front()) +
                    "; choose --data with several classes");
  for (std::size_t i = 0; i < data.test.size(); ++i)
    if (!is_seen.at(data.test.label(i)))
      throw UserError("a test image in " + source + " has the label " + std::to_string(data.test.label(i)) +
                      ", which no training image has; choose other --data");
  return seen;
}

Dataset with_classes(const Dataset& data, const std::vector<std::uint8_t>& seen) {
  const std::string source = xtape::text::path(data.source);
  Dataset result = data;
  result.train = relabelled(data.train, seen, source);
  result.test = relabelled(data.test, seen, source);
  result.class_names.clear();
  for (const std::uint8_t label : seen) result.class_names.push_back(data.class_name(label));
  return result;
}

std::string listed(const std::vector<std::uint8_t>& labels) {
  const std::size_t first = labels.front(), last = labels.back();
  if (labels.size() > 2 && last - first + 1 == labels.size())
    return "a number from " + std::to_string(first) + " to " + std::to_string(last);
  std::vector<std::string> numbers;
  for (const std::uint8_t label : labels) numbers.push_back(std::to_string(label));
  return one_of(numbers);
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

}  // namespace programs
