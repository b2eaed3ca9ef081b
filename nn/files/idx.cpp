#include "nn/files/idx.hpp"

#include "autodiff/errors.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/read_growing.hpp"

#include <zlib.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace xtape::nn {
namespace {

constexpr std::uint8_t kUnsignedByte = 0x08;  // the third byte of the magic number

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  std::string text = "0x";
  for (const std::uint8_t byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", unsigned(byte));
    text += digits;
  }
  return text;
}

/// A plain or gzip-compressed file, read from its beginning. Offsets count uncompressed bytes.
class GzipFile {
 public:
  explicit GzipFile(const std::filesystem::path& path) : path_(path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) fail("expected a file, got a folder");
    // A pipe or a device might keep us waiting for ever.
    if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
      fail("not a regular file");
    errno = 0;
    file_ = ::gzopen(path.c_str(), "rb");
    if (file_ == nullptr) fail("cannot open it: " + std::generic_category().message(errno != 0 ? errno : ENOMEM));
    ::gzbuffer(file_, 1 << 17);
  }
  ~GzipFile() { ::gzclose(file_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::size_t read(std::uint8_t* to, std::size_t count) {
    const int got = ::gzread(file_, to, unsigned(count));
    int code = Z_OK;
    std::string reason = ::gzerror(file_, &code);
    if (reason.starts_with(path_.string() + ": ")) reason.erase(0, path_.string().size() + 2);
    if (got >= 0) offset_ += std::uint64_t(got);
    if (got < 0 || code == Z_BUF_ERROR) {
      fail("damaged or cut off after " + std::to_string(offset_) + " (uncompressed) bytes: " + reason);
    }
    return std::size_t(got);
  }

  /// Reads exactly the bytes of `to`, which hold what the message calls `field`.
  void read_field(std::span<std::uint8_t> to, const std::string& field) {
    const std::uint64_t start = offset_;
    const std::size_t got = read(to.data(), to.size());
    if (got < to.size()) {
      fail("truncated: expected the " + std::to_string(to.size()) + " bytes of " + field + " at byte " +
           std::to_string(start) + ", got " + std::to_string(got));
    }
  }

  std::uint64_t offset() const { return offset_; }

  [[noreturn]] void fail(const std::string& what) const {
    throw DataError("[read_idx] " + path_.string() + ": " + what);
  }

 private:
  std::filesystem::path path_;
  ::gzFile file_ = nullptr;
  std::uint64_t offset_ = 0;
};

/// The number of dimensions. That of a wrong file is refused here, before its extents and elements are believed.
std::size_t read_magic_number(GzipFile& file, std::optional<std::size_t> rank) {
  std::array<std::uint8_t, 4> magic{};
  file.read_field(magic, "the magic number");
  const bool is_idx = magic[0] == 0 && magic[1] == 0 && magic[2] == kUnsignedByte && magic[3] != 0;
  if (is_idx && magic[3] == rank.value_or(magic[3])) return magic[3];
  const std::string found = " at byte 0, got " + hexadecimal(magic);
  const std::string hint = is_idx ? "; is this the right file?" : "; is this an IDX file?";
  if (!rank) file.fail("expected a magic number from 0x00000801 to 0x000008ff (unsigned bytes)" + found + hint);
  const std::array<std::uint8_t, 4> expected{0, 0, kUnsignedByte, std::uint8_t(*rank)};
  file.fail("expected the magic number " + hexadecimal(expected) + " (unsigned bytes, " + std::to_string(*rank) +
            (*rank == 1 ? " dimension)" : " dimensions)") + found + hint);
}

/// The product of the extents, unless it is above `limit`.
std::optional<std::uint64_t> bounded_product(const Shape& shape, std::uint64_t limit) {
  if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
  std::uint64_t product = 1;
  for (const std::uint64_t extent : shape) {
    if (product > limit / extent) return std::nullopt;
    product *= extent;
  }
  return product;
}

Shape read_extents(GzipFile& file, std::size_t rank) {
  Shape shape;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::array<std::uint8_t, 4> field{};
    file.read_field(field, "the extent of dimension " + std::to_string(axis));
    shape.push_back(std::size_t(field[0]) << 24 | std::size_t(field[1]) << 16 | std::size_t(field[2]) << 8 | field[3]);
  }
  return shape;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, const IdxLimits& limits, std::optional<std::size_t> rank) {
  GzipFile file(path);
  IdxArray array;
  array.shape = read_extents(file, read_magic_number(file, rank));
  const std::optional<std::uint64_t> count = bounded_product(array.shape, limits.max_bytes);
  if (!count) {
    file.fail("the extents " + to_string(array.shape) + " announce more than the limit of " +
              std::to_string(limits.max_bytes) + " bytes");
  }
  const std::uint64_t start = file.offset();
  array.bytes = detail::read_growing<std::uint8_t>(
      *count, [&](std::uint8_t* to, std::size_t most) { return file.read(to, most); });
  if (array.bytes.size() < *count) {
    file.fail("truncated: expected " + std::to_string(*count) + " elements from byte " + std::to_string(start) +
              " on for the extents " + to_string(array.shape) + ", got " + std::to_string(array.bytes.size()));
  }
  std::uint8_t more = 0;
  if (file.read(&more, 1) != 0) {  // this read also checks the sum at the end of compressed data
    file.fail("expected the end of the file at byte " + std::to_string(start + *count) + " for the extents " +
              to_string(array.shape) + ", got more bytes");
  }
  return array;
}

void write_idx(const std::filesystem::path& path, const IdxArray& array) {
  const std::size_t rank = array.shape.size();
  bool fits = rank >= 1 && rank <= 255 && size_of(array.shape) == array.bytes.size();
  for (const std::size_t extent : array.shape) fits = fits && extent <= 0xFFFFFFFF;
  if (!fits) {
    throw ShapeError("[write_idx] expected 1 to 255 extents below 2^32 whose product is the number of bytes, got " +
                     to_string(array.shape) + " and " + std::to_string(array.bytes.size()) + " bytes");
  }
  std::vector<std::uint8_t> header{0, 0, kUnsignedByte, std::uint8_t(rank)};
  for (const std::size_t extent : array.shape) {
    for (const int shift : {24, 16, 8, 0}) header.push_back(std::uint8_t(extent >> shift));
  }
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(header)));
  file.write(std::as_bytes(std::span(array.bytes)));
  file.commit();
}

}  // namespace xtape::nn
