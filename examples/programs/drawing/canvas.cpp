#include "examples/programs/drawing/canvas.hpp"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <numbers>
#include <stdexcept>
#include <string>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>

/// Fontconfig, which finds cairo its fonts, keeps a few hundred bytes until the end; that is no leak of ours.
extern "C" {
const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions() {
  return "leak:libfontconfig";
}
const char* __lsan_default_options();
const char* __lsan_default_options() {
  return "print_suppressions=0";
}
}
#endif

namespace programs {
namespace {

/// While it lives, what is allocated is no leak. Fontconfig's memory is excused above too, but at the end of the
/// program, which then reads debug information for the names of functions: a third of what a short run takes.
#if defined(__SANITIZE_ADDRESS__)
using Uncounted = __lsan::ScopedDisabler;
#else
struct Uncounted {};
#endif

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error(std::string("drawing a picture failed: ") + cairo_status_to_string(status));
}

/// For cairo, which counts in int.
int checked_extent(std::size_t pixels) {
  constexpr std::size_t kMost = 32'767;  // of an image surface
  if (pixels > kMost)
    throw std::runtime_error("drawing a picture failed: it would be " + std::to_string(pixels) +
                             " pixels long, above " + std::to_string(kMost));
  return static_cast<int>(pixels);
}

/// A level from 0 to 255. The comparison is false for NaN, which is drawn black.
std::uint32_t grey_of(float level) {
  return level > 0 ? static_cast<std::uint32_t>(std::lround(255 * std::min(level, 1.0f))) : 0u;
}

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
  auto& bytes = *static_cast<Png*>(closure);
  try {
    const auto* first = reinterpret_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + length);
  } catch (const std::bad_alloc&) {  // no exception may pass through cairo
    return CAIRO_STATUS_NO_MEMORY;
  }
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

void Canvas::Destroy::operator()(cairo_t* cairo) const {
  cairo_destroy(cairo);
}
void Canvas::Destroy::operator()(cairo_surface_t* surface) const {
  cairo_surface_destroy(surface);
}

Canvas::Canvas(std::size_t width, std::size_t height)
    : width_(static_cast<double>(width)),
      height_(static_cast<double>(height)),
      surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, checked_extent(width), checked_extent(height))),
      cairo_(cairo_create(surface_.get())) {
  check(cairo_status(cairo_.get()));
  cairo_set_source_rgb(cairo_.get(), 1, 1, 1);
  cairo_paint(cairo_.get());
  cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cairo_.get(), CAIRO_LINE_CAP_ROUND);
  [[maybe_unused]] const Uncounted fonts{};
  cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
}

void Canvas::colour(Colour colour) {
  cairo_set_source_rgb(cairo_.get(), colour.red, colour.green, colour.blue);
}

void Canvas::disc(double x, double y, double radius) {
  cairo_arc(cairo_.get(), x, y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_.get());
}

void Canvas::circle(double x, double y, double radius, double thickness) {
  cairo_set_line_width(cairo_.get(), thickness);
  cairo_arc(cairo_.get(), x, y, radius, 0, 2 * std::numbers::pi);
  cairo_stroke(cairo_.get());
}

void Canvas::line(double x0, double y0, double x1, double y1, double thickness) {
  polyline({{x0, y0}, {x1, y1}}, thickness);
}

void Canvas::polyline(const std::vector<std::pair<double, double>>& points, double thickness, bool dashed) {
  constexpr double kDash = 1.2, kGap = 2.6;  // of the thickness; round ends make up for the difference
  const double lengths[] = {kDash * thickness, kGap * thickness};
  cairo_set_line_width(cairo_.get(), thickness);
  cairo_set_dash(cairo_.get(), lengths, dashed ? 2 : 0, 0);
  for (const auto& [x, y] : points) cairo_line_to(cairo_.get(), x, y);
  cairo_stroke(cairo_.get());
  cairo_set_dash(cairo_.get(), lengths, 0, 0);
}

void Canvas::text(double x, double y, const std::string& text, double size, Anchor anchor) {
  // Vertically by the height of the digits, about 0.73 of the size, and not by this text's own, so that lines align.
  const double rise = 0.73 * size, shift = (anchor.vertical + 1) / 2 * rise;
  const double left = (anchor.horizontal - 1) / 2 * text_width(text, size);  // sets the size, too
  cairo_move_to(cairo_.get(), x + left, y + shift);
  cairo_show_text(cairo_.get(), text.c_str());
  cairo_new_path(cairo_.get());  // a text leaves the pen at its end, and the next shape would be joined to it
}

void Canvas::upright_text(double x, double y, const std::string& text, double size) {
  cairo_save(cairo_.get());
  cairo_translate(cairo_.get(), x, y);
  cairo_rotate(cairo_.get(), -std::numbers::pi / 2);
  this->text(0, 0, text, size, {0, 0});
  cairo_restore(cairo_.get());
}

double Canvas::text_width(const std::string& text, double size) {
  cairo_set_font_size(cairo_.get(), size);
  [[maybe_unused]] const Uncounted fonts{};
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_.get(), text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::grey_image(double x, double y, const float* levels, std::size_t rows, std::size_t columns, double width,
                        double height) {
  const auto drawn = [](std::size_t levels_there, double pixels) {
    return std::min(levels_there, static_cast<std::size_t>(std::max(1.0, std::ceil(pixels))));
  };
  const std::size_t columns_drawn = drawn(columns, width), rows_drawn = drawn(rows, height);
  const std::unique_ptr<cairo_surface_t, Destroy> image(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, checked_extent(columns_drawn), checked_extent(rows_drawn)));
  check(cairo_surface_status(image.get()));
  unsigned char* data = cairo_image_surface_get_data(image.get());
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(image.get()));
  for (std::size_t row = 0; row < rows_drawn; ++row) {
    auto* pixels = reinterpret_cast<std::uint32_t*>(data + row * stride);
    const std::size_t top = row * rows / rows_drawn, bottom = (row + 1) * rows / rows_drawn;
    for (std::size_t column = 0; column < columns_drawn; ++column) {
      const std::size_t left = column * columns / columns_drawn, right = (column + 1) * columns / columns_drawn;
      std::uint64_t sum = 0;
      for (std::size_t i = top; i < bottom; ++i)
        for (std::size_t j = left; j < right; ++j) sum += grey_of(levels[i * columns + j]);
      const auto grey = static_cast<std::uint32_t>(sum / ((bottom - top) * (right - left)));
      pixels[column] = grey << 16 | grey << 8 | grey;
    }
  }
  cairo_surface_mark_dirty(image.get());
  cairo_save(cairo_.get());
  cairo_translate(cairo_.get(), x, y);
  cairo_scale(cairo_.get(), width / static_cast<double>(columns_drawn), height / static_cast<double>(rows_drawn));
  cairo_set_source_surface(cairo_.get(), image.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo_.get()), CAIRO_FILTER_NEAREST);
  cairo_paint(cairo_.get());
  cairo_restore(cairo_.get());
}

Png Canvas::png() {
  check(cairo_status(cairo_.get()));
  Png bytes;
  check(cairo_surface_write_to_png_stream(surface_.get(), append, &bytes));
  return bytes;
}

}  // namespace programs
