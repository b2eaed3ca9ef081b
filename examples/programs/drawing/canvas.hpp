#pragma once
// A sheet of pixels to draw on, turned into a PNG file's bytes. Drawing is done by cairo; see image_grid and
// line_chart.

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Cairo's own declaration, so that its headers stay in the sources.
typedef struct _cairo cairo_t;
typedef struct _cairo_surface cairo_surface_t;

namespace programs {

/// The bytes of a PNG file.
using Png = std::vector<std::byte>;

/// An opaque colour; components in [0, 1].
struct Colour {
  double red, green, blue;
};

inline constexpr Colour kWhite{1, 1, 1};
inline constexpr Colour kInk{0.13, 0.15, 0.19}, kMuted{0.42, 0.45, 0.50}, kHairline{0.88, 0.89, 0.91};
// From the palette of Okabe and Ito, which colour-blind readers can tell apart.
inline constexpr Colour kBlue{0.0, 0.447, 0.698}, kVermilion{0.835, 0.369, 0.0}, kGreen{0.0, 0.620, 0.451},
    kPurple{0.800, 0.475, 0.655}, kOrange{0.902, 0.624, 0.0};

/// Where a text stands relative to its point: -1 left of or above it, 0 centred, 1 right of or below it.
struct Anchor {
  double horizontal, vertical;
};

/// A white sheet.
class Canvas {
 public:
  /// Throws std::runtime_error where cairo cannot make one: above 32,767 pixels a side, or without the memory.
  Canvas(std::size_t width, std::size_t height);

  double width() const { return width_; }
  double height() const { return height_; }

  void colour(Colour colour);
  void disc(double x, double y, double radius);
  void line(double x0, double y0, double x1, double y1, double thickness);
  void circle(double x, double y, double radius, double thickness);
  void polyline(const std::vector<std::pair<double, double>>& points, double thickness, bool dashed = false);
  void text(double x, double y, const std::string& text, double size, Anchor anchor);
  /// Turned a quarter to the left, centred on the point.
  void upright_text(double x, double y, const std::string& text, double size);
  double text_width(const std::string& text, double size);

  /// A picture of `rows` x `columns` grey levels in [0, 1] (others are clipped), `width` x `height` pixels large: each
  /// level a rectangle, or means of several where they are more than the pixels.
  void grey_image(double x, double y, const float* levels, std::size_t rows, std::size_t columns, double width,
                  double height);

  /// Throws std::runtime_error where cairo failed on the way.
  Png png();

 private:
  struct Destroy {
    void operator()(cairo_t* cairo) const;
    void operator()(cairo_surface_t* surface) const;
  };

  double width_, height_;
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace programs
