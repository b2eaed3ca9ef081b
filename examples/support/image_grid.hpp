#pragma once
// Many small images in one picture.

#include <cstddef>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "examples/support/canvas.hpp"

namespace examples {

/// Lays images out from left to right and top to bottom, `columns` in a row.
/// images: (count, height, width), grey levels in [0, 1]; others are clipped.
/// Throws std::invalid_argument for images of another rank, none at all, or no columns.
Png draw_image_grid(const xtape::Array<float>& images, std::size_t columns);

/// One row of a comparison.
struct LabelledRow {
  std::string label;           ///< to the left of the images
  xtape::Array<float> images;  ///< (count, height, width)
};

/// Rows of images above one another, such as originals and their reconstructions. Every `rows_in_group` rows, a wider
/// gap sets the groups apart. All rows must have the same shape.
Png draw_comparison(const std::vector<LabelledRow>& rows, std::size_t rows_in_group);

}  // namespace examples
