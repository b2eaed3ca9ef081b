#pragma once
// Drawn digits: a data set that is always at hand.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace programs {

/// Grey images of digits, as bytes.
struct DrawnDigits {
  static constexpr std::size_t kSide = 28;  ///< pixels in a row and in a column
  std::vector<std::uint8_t> images;         ///< count * kSide * kSide, row by row; 0 is paper, 255 is ink
  std::vector<std::uint8_t> labels;         ///< count; 0 to 9, equally many of each as far as count allows
};

/// Draws digits with strokes of random shift, rotation, scale, slant, width, waviness and ink. Image i depends on
/// `seed` and i alone, so that a longer set begins with the shorter one.
DrawnDigits draw_digits(std::size_t count, std::uint64_t seed);

}  // namespace programs
