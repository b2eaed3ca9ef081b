#pragma once
// Many small images in one picture.

#include <cstddef>
#include <string>
#include <vector>

#include "autodiff/array.hpp"
#include "examples/programs/drawing/canvas.hpp"

namespace programs {

/// What stands around the images of a grid. All of it may be left out.
struct GridLook {
  std::vector<std::string> column_labels{};            ///< above the columns, one for each
  std::vector<std::string> row_labels{};               ///< to the left of the rows, one for each
  std::string columns_title{}, rows_title{};           ///< what the labels of columns and of rows say
  std::vector<std::string> notes{};                    ///< below the images, one for each
  std::vector<std::size_t> wide_gaps_after_columns{};  ///< such as {0}: the first column is set apart
  std::vector<std::size_t> wide_gaps_after_rows{};
  std::size_t scale = 0;  ///< sheet pixels a side of an image's pixel; 0: as many as make an image about 84 pixels long
  double gap = 4;         ///< between images, in sheet pixels
};

/// Lays images out from left to right and top to bottom, `columns` in a row. Columns are as wide as their images, their
/// labels and the notes need. Images with which the sheet would get too large are shrunk, longer than high if need be;
/// those of a few rows or columns are drawn thicker than they are.
/// images: (count, height, width), grey levels in [0, 1]; others are clipped.
/// Throws std::invalid_argument for images of another rank, none at all, no columns, or as many labels, notes or gaps
/// as do not fit.
Png draw_image_grid(const xtape::Array<float>& images, std::size_t columns, const GridLook& look = {});

/// One row of a comparison.
struct LabelledRow {
  std::string label;           ///< to the left of the images
  xtape::Array<float> images;  ///< (count, height, width)
};

/// Rows of images above one another, such as originals and their reconstructions. Every `rows_in_group` rows, a wider
/// gap sets the groups apart. All rows must have the same shape, else std::invalid_argument is thrown.
Png draw_comparison(const std::vector<LabelledRow>& rows, std::size_t rows_in_group);

}  // namespace programs
