#pragma once
// What the formats of pictures share: the inside of image_file.hpp.

#include "nn/files/input_file.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace xtape::nn::detail {

/// Pixels row by row, `channels` bytes each: 1 grey, 3 colours, 4 with transparency.
struct Pixels {
  std::size_t height = 0, width = 0, channels = 0;
  std::unique_ptr<std::uint8_t[]> bytes;
};

/// Memory for the pixels of a picture, where that is no more than `max_bytes`; else fails.
Pixels pixels_of(std::size_t height, std::size_t width, std::size_t channels, std::uint64_t max_bytes,
                 const InputFile& file);

/// The pixels of a file of that format, of which these are the bytes. Throw DataError, also where xtape was built
/// without the library.
Pixels decode_png(std::span<const std::byte> bytes, std::uint64_t max_bytes, const InputFile& file);
Pixels decode_jpeg(std::span<const std::byte> bytes, std::uint64_t max_bytes, const InputFile& file);

}  // namespace xtape::nn::detail
