#pragma once
// Pictures in PNG and JPEG files.

#include "nn/files/any_array.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace xtape::nn {

/// How a picture is read.
struct ImageOptions {
  bool color = false;  ///< red, green and blue; else grey levels: (299 R + 587 G + 114 B) / 1000, as Pillow's "L"
  /// The size of what comes, to which a picture of another size is resized, each pixel the mean of the area that it
  /// covers (whatever becomes of its proportions); 0: the picture's own.
  std::size_t height = 0, width = 0;
  std::uint64_t max_bytes = std::uint64_t{1} << 30;  ///< of a file, of its pixels, and of resizing
};

/// Reads a PNG or JPEG file as bytes, U8 of (channels, height, width) with 1 or 3 channels, as PyTorch orders them.
/// What the file says of transparency and gamma is ignored, 16 bits become 8. Throws DataError that names the file,
/// what was expected and what came: for one that is missing, truncated or damaged, of another format (told by its first
/// bytes), a JPEG of other colours or more than 100 scans, one above the limit, and where xtape was built without the
/// library that reads it.
AnyArray read_image(const std::filesystem::path& path, const ImageOptions& options = {});

}  // namespace xtape::nn
