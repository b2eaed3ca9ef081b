#include "examples/support/image_grid.hpp"

#include <algorithm>
#include <stdexcept>

namespace examples {
namespace {

constexpr double kMargin = 12, kGap = 4, kGroupGap = 18, kLabelSize = 20, kLabelGap = 14;

/// The shape of all images of a picture, and where they stand.
struct Tile {
  std::size_t rows, columns, scale;

  explicit Tile(const xtape::Array<float>& images) {
    if (images.dimension() != 3 || images.size() == 0)
      throw std::invalid_argument("images to draw must have shape (count, height, width), got " +
                                  xtape::to_string(xtape::shape_of(images)));
    rows = images.shape(1);
    columns = images.shape(2);
    scale = std::max<std::size_t>(1, 84 / std::max(rows, columns));  // 28 x 28 pixels at three times their size
  }
  double width() const { return static_cast<double>(columns * scale); }
  double height() const { return static_cast<double>(rows * scale); }
};

void draw_tile(Canvas& canvas, double x, double y, const Tile& tile, const xtape::Array<float>& images,
               std::size_t index) {
  canvas.grey_image(x, y, images.data() + index * tile.rows * tile.columns, tile.rows, tile.columns, tile.scale);
}

/// The length of `count` tiles of `side` with gaps between and margins around.
double span(std::size_t count, double side) {
  const auto tiles = static_cast<double>(count);
  return 2 * kMargin + tiles * side + (tiles - 1) * kGap;
}

}  // namespace

Png draw_image_grid(const xtape::Array<float>& images, std::size_t columns) {
  const Tile tile(images);
  if (columns == 0) throw std::invalid_argument("a grid of images needs at least one column");
  const std::size_t count = images.shape(0), rows = (count + columns - 1) / columns;
  Canvas canvas(static_cast<std::size_t>(span(columns, tile.width())),
                static_cast<std::size_t>(span(rows, tile.height())));
  for (std::size_t i = 0; i < count; ++i) {
    const double x = kMargin + static_cast<double>(i % columns) * (tile.width() + kGap);
    const double y = kMargin + static_cast<double>(i / columns) * (tile.height() + kGap);
    draw_tile(canvas, x, y, tile, images, i);
  }
  return canvas.png();
}

Png draw_comparison(const std::vector<LabelledRow>& rows, std::size_t rows_in_group) {
  if (rows.empty() || rows_in_group == 0) throw std::invalid_argument("a comparison needs at least one row");
  const Tile tile(rows.front().images);
  const std::size_t count = rows.front().images.shape(0);
  double label_width = 0;
  Canvas ruler(1, 1);
  for (const LabelledRow& row : rows) {
    if (row.images.shape() != rows.front().images.shape())
      throw std::invalid_argument("all rows of a comparison must have the same shape");
    label_width = std::max(label_width, ruler.text_width(row.label, kLabelSize));
  }
  const double left = kMargin + label_width + kLabelGap;
  const auto group_gaps = static_cast<double>((rows.size() - 1) / rows_in_group);
  Canvas canvas(static_cast<std::size_t>(left - kMargin + span(count, tile.width())),
                static_cast<std::size_t>(span(rows.size(), tile.height()) + group_gaps * (kGroupGap - kGap)));
  double y = kMargin;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    canvas.colour(kInk);
    canvas.text(left - kLabelGap, y + tile.height() / 2, rows[row].label, kLabelSize, {-1, 0});
    for (std::size_t i = 0; i < count; ++i)
      draw_tile(canvas, left + static_cast<double>(i) * (tile.width() + kGap), y, tile, rows[row].images, i);
    y += tile.height() + ((row + 1) % rows_in_group == 0 ? kGroupGap : kGap);
  }
  return canvas.png();
}

}  // namespace examples
