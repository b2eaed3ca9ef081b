#pragma once
// Takes a PNG file apart as far as it needs to be known that it is whole.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace testing_support {

struct PngSize {
  std::size_t width, height;
};

namespace detail {

/// The checksum of PNG's chunks (ISO 3309), bit by bit.
inline std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  return ~crc;
}

inline std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t number = 0;
  for (const std::byte byte : bytes.first(4)) number = number << 8 | std::to_integer<std::uint32_t>(byte);
  return number;
}

}  // namespace detail

/// The size of the picture. Throws where the signature, a chunk's length or checksum, or the last chunk is not right.
inline PngSize png_size(std::span<const std::byte> file) {
  const auto expect = [](bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("not a whole PNG file: ") + what);
  };
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  expect(file.size() > 8 && text(file.first(8)) == "\x89PNG\r\n\x1a\n", "signature");
  PngSize size{0, 0};
  std::string_view kind;
  for (auto rest = file.subspan(8); !rest.empty();) {
    expect(rest.size() >= 12, "a chunk is cut short");
    const std::size_t length = detail::big_endian(rest);
    expect(length <= rest.size() - 12, "a chunk reaches past the end");
    kind = text(rest.subspan(4, 4));
    expect(detail::crc32(rest.subspan(4, length + 4)) == detail::big_endian(rest.subspan(8 + length)), "checksum");
    if (kind == "IHDR") size = {detail::big_endian(rest.subspan(8)), detail::big_endian(rest.subspan(12))};
    rest = rest.subspan(12 + length);
  }
  expect(kind == "IEND", "the last chunk is missing");
  return size;
}

}  // namespace testing_support
