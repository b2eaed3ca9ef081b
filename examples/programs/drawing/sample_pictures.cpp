#include "examples/programs/drawing/sample_pictures.hpp"

#include <algorithm>
#include <stdexcept>

#include "examples/programs/command_line/text.hpp"
#include "examples/programs/data/nearest_images.hpp"
#include "examples/programs/drawing/image_grid.hpp"

namespace programs {
namespace {

using xtape::Array;

constexpr std::size_t kColumns = 10;

/// Rows of `upper`, each above the row of `lower` that belongs to it. `notes`, one for each of `lower` or none, stand
/// below that. upper, lower: (n, pixels)
Png draw_pairs(const Array<float>& upper, const Array<float>& lower, const xtape::nn::ImageSet& like,
               const std::vector<std::string>& labels, const std::vector<std::string>& notes = {}) {
  const Array<float> above = as_images(upper, like), below = as_images(lower, like);
  const std::size_t count = above.shape(0), columns = std::min(kColumns, count), pixels = like.pixels();
  if (count == 0 || below.shape(0) != count)
    throw std::invalid_argument("pairs of images must be as many above as below and at least one, got " +
                                std::to_string(count) + " above and " + std::to_string(below.shape(0)) + " below");
  const std::size_t groups = (count + columns - 1) / columns;
  // What the last rows lack is white as the sheet.
  Array<float> images = xtape::ones<float>({2 * groups * columns, like.height(), like.width()});
  GridLook look;
  if (!notes.empty()) look.notes.resize(images.shape(0));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = i / columns * 2 * columns + i % columns;
    std::copy_n(above.data() + i * pixels, pixels, images.data() + place * pixels);
    std::copy_n(below.data() + i * pixels, pixels, images.data() + (place + columns) * pixels);
    if (!notes.empty()) look.notes[place + columns] = notes[i];
  }
  for (std::size_t group = 0; group < groups; ++group) {
    look.row_labels.insert(look.row_labels.end(), labels.begin(), labels.end());
    look.wide_gaps_after_rows.push_back(2 * group + 1);
  }
  return draw_image_grid(images, columns, look);
}

}  // namespace

Picture draw_means_and_draws(const Array<float>& means, const Array<float>& draws, const xtape::nn::ImageSet& like) {
  return {kDrawsFile,
          "New images: codes z drawn from the prior, the mean of p(x|z) of each, and below it an image drawn from "
          "p(x|z).",
          "Rows of means made by the decoder, each above the row of images drawn from them",
          draw_pairs(means, draws, like, {"mean of p(x|z)", "draw from it"})};
}

Picture draw_nearest(const Array<float>& samples, const xtape::nn::ImageSet& train) {
  const NearestImages nearest = nearest_images(samples, train);
  std::vector<std::string> notes;
  for (const double distance : nearest.distances) notes.push_back(fixed(distance, 3));
  return {kNearestFile,
          "New images, and below each the nearest of the " + with_commas(train.size()) +
              " training images, with the distance: the root mean square of a pixel's difference.",
          "Rows of new images, each above the row of the training images nearest to them",
          draw_pairs(samples, train.gather<float>(nearest.indices), train, {"new", "nearest in training"}, notes)};
}

}  // namespace programs
