#include "examples/programs/drawing/image_grid.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace programs {
namespace {

constexpr double kMargin = 12, kWideGap = 18, kLabelSize = 20, kLeastLabelSize = 16, kLabelGap = 14, kTitleRoom = 32;
constexpr double kLineHeight = 1.4;                    // of a text, over its size
constexpr double kSide = 84;                           // of an image, about
constexpr double kThin = 8;                            // what a spectrum or a series is drawn with across
constexpr double kMostSide = 30'000, kMostArea = 5e7;  // of a sheet, below what cairo can do, and 200 MB

void check(bool ok, const std::string& message) {
  if (!ok) throw std::invalid_argument(message);
}

void check_count(const std::vector<std::string>& texts, std::size_t expected, const std::string& what) {
  check(texts.empty() || texts.size() == expected, "a grid of images needs " + std::to_string(expected) + " " + what +
                                                       " or none, got " + std::to_string(texts.size()));
}

void check_gaps(const std::vector<std::size_t>& after, std::size_t count, const std::string& what) {
  for (const std::size_t index : after)
    check(index < count, "a wide gap must stand after a " + what + " below " + std::to_string(count) + ", got " +
                             std::to_string(index));
}

/// Where rows or columns of these lengths begin, and where the last one ends.
std::vector<double> edges(double first, const std::vector<double>& lengths, double gap,
                          const std::vector<std::size_t>& wide_after) {
  std::vector<double> result{first};
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const bool wide = std::find(wide_after.begin(), wide_after.end(), i) != wide_after.end();
    const double between = i + 1 == lengths.size() ? 0 : wide ? std::max(kWideGap, gap) : gap;
    result.push_back(result.back() + lengths[i] + between);
  }
  return result;
}

/// A grid, measured before its sheet is cut.
class Grid {
 public:
  Grid(const xtape::Array<float>& images, std::size_t columns, const GridLook& look) : images_(images), look_(look) {
    check(images.dimension() == 3 && images.size() > 0,
          "images to draw must have shape (count, height, width), got " + xtape::to_string(xtape::shape_of(images)));
    check(columns > 0, "a grid of images needs at least one column");
    const std::size_t rows = (images.shape(0) + columns - 1) / columns;
    check_count(look.column_labels, columns, "labels of columns");
    check_count(look.row_labels, rows, "labels of rows");
    check_count(look.notes, images.shape(0), "notes");
    check_gaps(look.wide_gaps_after_columns, columns, "column");
    check_gaps(look.wide_gaps_after_rows, rows, "row");
    const std::size_t side = std::max(images.shape(1), images.shape(2));
    // 28 x 28: three times their size
    const double scale = static_cast<double>(look.scale > 0 ? look.scale : std::max<std::size_t>(1, 84 / side));
    const double least = static_cast<double>(side) > kSide ? kThin : 0;
    height_ = std::max(least, static_cast<double>(images.shape(1)) * scale);
    width_ = std::max(least, static_cast<double>(images.shape(2)) * scale);
    measure(columns, rows);
    fit(columns, rows);
  }

  Png draw() const {
    Canvas canvas(static_cast<std::size_t>(sheet_width()), static_cast<std::size_t>(sheet_height()));
    const std::size_t columns = x_.size() - 1, pixels = images_.shape(1) * images_.shape(2);
    for (std::size_t i = 0; i < images_.shape(0); ++i) {
      const double x = x_[i % columns] + (column_width_ - width_) / 2, y = y_[i / columns];
      canvas.grey_image(x, y, images_.data() + i * pixels, images_.shape(1), images_.shape(2), width_, height_);
    }
    write(canvas);
    return canvas.png();
  }

 private:
  double sheet_width() const { return x_.back() + kMargin; }
  double sheet_height() const { return y_.back() + kMargin; }

  /// Shrinks the images until the sheet is not too large.
  void fit(std::size_t columns, std::size_t rows) {
    const auto shrink = [&](double width, double height) {
      width_ = std::max(1.0, std::floor(width));
      height_ = std::max(1.0, std::floor(height));
      measure(columns, rows);
    };
    const double too_wide = std::max(0.0, sheet_width() - kMostSide),
                 too_high = std::max(0.0, sheet_height() - kMostSide);
    if (too_wide > 0 || too_high > 0)
      shrink(width_ - too_wide / static_cast<double>(columns), height_ - too_high / static_cast<double>(rows));
    const double share = std::sqrt(kMostArea / (sheet_width() * sheet_height()));
    if (share < 1) shrink(share * width_, share * height_);
  }

  void measure(std::size_t columns, std::size_t rows) {
    Canvas ruler(1, 1);
    const auto widest = [&ruler](const std::vector<std::string>& texts) {
      double most = 0;
      for (const std::string& text : texts) most = std::max(most, ruler.text_width(text, kLabelSize));
      return most;
    };
    // Labels of columns get smaller before the columns get wider.
    label_size_ = kLabelSize;
    const double wanted = std::max(widest(look_.column_labels), widest(look_.notes)), room = width_ + look_.gap - 6;
    if (wanted > room) label_size_ = std::max(kLeastLabelSize, kLabelSize * room / wanted);
    column_width_ = std::max(width_, 6 - look_.gap + wanted * label_size_ / kLabelSize);
    const double line = kLineHeight * label_size_;
    const double left = kMargin + (look_.rows_title.empty() ? 0 : kTitleRoom) +
                        (look_.row_labels.empty() ? 0 : widest(look_.row_labels) + kLabelGap);
    labels_y_ = kMargin + (look_.columns_title.empty() ? 0 : kTitleRoom);
    x_ = edges(left, std::vector<double>(columns, column_width_), look_.gap, look_.wide_gaps_after_columns);
    std::vector<double> heights(rows, height_);
    for (std::size_t i = 0; i < look_.notes.size(); ++i)
      if (!look_.notes[i].empty()) heights[i / columns] = height_ + line;
    y_ = edges(labels_y_ + (look_.column_labels.empty() ? 0 : line), heights, look_.gap, look_.wide_gaps_after_rows);
  }

  void write(Canvas& canvas) const {
    canvas.colour(kInk);
    canvas.text((x_.front() + x_.back()) / 2, kMargin, look_.columns_title, kLabelSize, {0, 1});
    canvas.upright_text(kMargin + kLabelSize / 2, (y_.front() + y_.back()) / 2, look_.rows_title, kLabelSize);
    const std::size_t columns = x_.size() - 1;
    for (std::size_t i = 0; i < look_.column_labels.size(); ++i)
      canvas.text(x_[i] + column_width_ / 2, labels_y_, look_.column_labels[i], label_size_, {0, 1});
    for (std::size_t i = 0; i < look_.row_labels.size(); ++i)
      canvas.text(x_.front() - kLabelGap, y_[i] + height_ / 2, look_.row_labels[i], kLabelSize, {-1, 0});
    for (std::size_t i = 0; i < look_.notes.size(); ++i)
      canvas.text(x_[i % columns] + column_width_ / 2, y_[i / columns] + height_ + 5, look_.notes[i], label_size_,
                  {0, 1});
  }

  const xtape::Array<float>& images_;
  const GridLook& look_;
  double width_ = 0, height_ = 0;  // of an image, in sheet pixels
  double column_width_ = 0, labels_y_ = 0, label_size_ = kLabelSize;
  std::vector<double> x_, y_;
};

}  // namespace

Png draw_image_grid(const xtape::Array<float>& images, std::size_t columns, const GridLook& look) {
  return Grid(images, columns, look).draw();
}

Png draw_comparison(const std::vector<LabelledRow>& rows, std::size_t rows_in_group) {
  check(!rows.empty() && rows_in_group > 0, "a comparison needs at least one row");
  xtape::Shape shape = xtape::shape_of(rows.front().images);
  check(shape.size() == 3,
        "rows of a comparison must have shape (count, height, width), got " + xtape::to_string(shape));
  const std::size_t columns = shape[0];
  shape[0] *= rows.size();
  xtape::Array<float> images = xtape::empty<float>(shape);
  GridLook look;
  float* next = images.data();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const xtape::Array<float>& row = rows[i].images;
    check(row.shape() == rows.front().images.shape(), "all rows of a comparison must have the shape of the first, " +
                                                          xtape::to_string(xtape::shape_of(rows.front().images)) +
                                                          ", got " + xtape::to_string(xtape::shape_of(row)));
    next = std::copy_n(row.data(), row.size(), next);
    look.row_labels.push_back(rows[i].label);
    if ((i + 1) % rows_in_group == 0) look.wide_gaps_after_rows.push_back(i);
  }
  return draw_image_grid(images, columns, look);
}

}  // namespace programs
