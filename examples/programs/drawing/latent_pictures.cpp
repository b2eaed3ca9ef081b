#include "examples/programs/drawing/latent_pictures.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <stdexcept>

#include "examples/programs/command_line/text.hpp"
#include "examples/programs/data/datasets.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/normal_quantile.hpp"

namespace programs {
namespace {

using xtape::Array;

/// codes: (n, latent) -> (n, height, width)
Array<float> decoded(const Map& decode, const Array<float>& codes, const xtape::nn::ImageSet& like) {
  Array<float> images = as_images(decode(codes), like);
  if (images.shape(0) != codes.shape(0))
    throw std::invalid_argument("a decoder must make " + std::to_string(codes.shape(0)) +
                                " images of as many codes, got " + std::to_string(images.shape(0)));
  return images;
}

/// Pairs of images that differ in their class where they can, as indices: the first of each pair, then the second ones.
std::vector<std::size_t> pairs_of_classes(const xtape::nn::ImageSet& images, std::size_t count) {
  const std::vector<std::size_t> chosen = one_of_each_class(images, 2 * count);
  std::vector<std::size_t> first, second;
  for (std::size_t i = 0; i < std::min(count, chosen.size()); ++i) {
    // From half the way on, so that with few pairs no image is there twice.
    std::size_t other = (i + chosen.size() / 2) % chosen.size();
    for (std::size_t step = 0; images.has_labels() && step < chosen.size(); ++step) {
      const std::size_t candidate = (i + chosen.size() / 2 + step) % chosen.size();
      if (images.label(chosen[candidate]) != images.label(chosen[i])) {
        other = candidate;
        break;
      }
    }
    first.push_back(chosen[i]);
    second.push_back(chosen[other]);
  }
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Row by row, an image of `left`, the steps of `middle` and an image of `right`.
/// left, right: (rows, height, width), middle: (rows * steps, height, width) -> (rows * (steps + 2), height, width)
Array<float> framed(const Array<float>& left, const Array<float>& middle, const Array<float>& right) {
  const std::size_t rows = left.shape(0), pixels = left.size() / rows, between = middle.size() / rows;
  Array<float> all = xtape::empty<float>({rows + middle.shape(0) + rows, left.shape(1), left.shape(2)});
  float* next = all.data();
  for (std::size_t row = 0; row < rows; ++row) {
    next = std::copy_n(left.data() + row * pixels, pixels, next);
    next = std::copy_n(middle.data() + row * between, between, next);
    next = std::copy_n(right.data() + row * pixels, pixels, next);
  }
  return all;
}

}  // namespace

Picture draw_manifold(const Map& decode, const xtape::nn::ImageSet& like) {
  constexpr std::size_t kSide = 20;
  std::vector<double> quantiles;
  for (std::size_t i = 0; i < kSide; ++i) quantiles.push_back(normal_quantile((double(i) + 0.5) / double(kSide)));
  Array<float> codes = xtape::empty<float>({kSide * kSide, 2});
  GridLook look;
  look.columns_title = "first coordinate of the code";
  look.rows_title = "second coordinate";
  look.gap = 0;
  look.scale = std::max<std::size_t>(1, 56 / std::max(like.height(), like.width()));
  for (std::size_t i = 0; i < kSide; ++i) {
    look.column_labels.push_back(fixed(quantiles[i], 2));
    look.row_labels.push_back(fixed(quantiles[kSide - 1 - i], 2));
    for (std::size_t j = 0; j < kSide; ++j) {
      codes(i * kSide + j, 0) = static_cast<float>(quantiles[j]);
      codes(i * kSide + j, 1) = static_cast<float>(quantiles[kSide - 1 - i]);  // upwards, as in a chart
    }
  }
  return {kManifoldFile,
          "The plane of codes, decoded at the quantiles of the prior N(0, 1), between which there is as much "
          "probability.",
          "A grid of twenty by twenty images that change little from one to the next",
          draw_image_grid(decoded(decode, codes, like), kSide, look)};
}

Picture draw_interpolations(const xtape::nn::ImageSet& test, const Map& encode, const Map& decode) {
  constexpr std::size_t kRows = 8, kSteps = 10;
  if (test.size() < 2)
    throw std::invalid_argument("interpolations need at least 2 test images, got " + std::to_string(test.size()));
  const std::vector<std::size_t> ends = pairs_of_classes(test, kRows);
  const std::size_t rows = ends.size() / 2;
  const std::span<const std::size_t> all(ends);
  const Array<float> codes = encode(test.gather<float>(all));  // (2 rows, latent)
  if (codes.dimension() != 2 || codes.shape(0) != 2 * rows)
    throw std::invalid_argument("codes must have shape (" + std::to_string(2 * rows) + ", latent), got " +
                                xtape::to_string(xtape::shape_of(codes)));
  Array<float> line = xtape::empty<float>({rows * kSteps, codes.shape(1)});
  for (std::size_t i = 0; i < rows * kSteps; ++i) {
    const float t = static_cast<float>(i % kSteps) / float(kSteps - 1);
    for (std::size_t j = 0; j < codes.shape(1); ++j)
      line(i, j) = (1 - t) * codes(i / kSteps, j) + t * codes(rows + i / kSteps, j);
  }
  GridLook look;
  look.column_labels.assign(kSteps + 2, "");
  look.column_labels.front() = look.column_labels.back() = "original";
  look.column_labels[1] = "t = 0";
  look.column_labels[kSteps] = "t = 1";
  look.wide_gaps_after_columns = {0, kSteps};
  const Array<float> images = framed(as_images(test.gather<float>(all.first(rows)), test), decoded(decode, line, test),
                                     as_images(test.gather<float>(all.last(rows)), test));
  return {
      kInterpolationsFile,
      "From one test image to another: between them their codes z0 and z1 and the codes (1 - t) z0 + t z1, decoded.",
      "Rows of images that turn from one test image into another", draw_image_grid(images, kSteps + 2, look)};
}

Picture draw_traversals(const Map& decode, const Array<float>& code, const std::vector<double>& kl_per_unit,
                        const xtape::nn::ImageSet& like) {
  constexpr std::size_t kMostRows = 12, kSteps = 11;
  if (code.dimension() != 1 || code.size() == 0 || code.size() != kl_per_unit.size())
    throw std::invalid_argument("traversals need a code of shape (latent) and the KL of each of its numbers, got " +
                                xtape::to_string(xtape::shape_of(code)) + " and " + std::to_string(kl_per_unit.size()) +
                                " of them");
  std::vector<std::size_t> units(code.size());
  std::iota(units.begin(), units.end(), std::size_t{0});
  std::stable_sort(units.begin(), units.end(),
                   [&](std::size_t a, std::size_t b) { return kl_per_unit[a] > kl_per_unit[b]; });
  units.resize(std::min(units.size(), kMostRows));
  const bool at_mean = std::all_of(code.begin(), code.end(), [](float value) { return value == 0; });
  GridLook look;
  look.columns_title = "value of the unit";
  Array<float> codes = xtape::empty<float>({units.size() * kSteps, code.size()});
  for (std::size_t row = 0; row < units.size(); ++row) {
    look.row_labels.push_back("unit " + std::to_string(units[row]) + ": " + fixed(kl_per_unit[units[row]], 2) +
                              " nats");
    for (std::size_t step = 0; step < kSteps; ++step) {
      const double value = -3 + 6 * double(step) / double(kSteps - 1);
      if (row == 0) look.column_labels.push_back(fixed(value, 1));
      std::copy(code.begin(), code.end(), &codes(row * kSteps + step, 0));
      codes(row * kSteps + step, units[row]) = static_cast<float>(value);
    }
  }
  return {kTraversalsFile,
          "What single numbers of the code do: in each row one goes from -3 to 3 while the others stay" +
              std::string(at_mean ? " at 0, the prior's mean" : "") +
              ". Ranked by their "
              "KL divergence from the prior; one of 0 nats is not used.",
          "Rows of images along which one number of the code grows",
          draw_image_grid(decoded(decode, codes, like), kSteps, look)};
}

}  // namespace programs
