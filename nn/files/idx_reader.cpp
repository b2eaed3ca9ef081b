#include "nn/files/idx_reader.hpp"

#include "autodiff/text.hpp"
#include "nn/files/mapping.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace xtape::nn::detail {
namespace {

constexpr std::array<IdxElement, 6> kElements{{{0x08, "unsigned bytes", 1, true, false},
                                               {0x09, "signed bytes", 1, true, true},
                                               {0x0B, "16-bit integers", 2, true, true},
                                               {0x0C, "32-bit integers", 4, true, true},
                                               {0x0D, "32-bit floats", 4, false, true},
                                               {0x0E, "64-bit floats", 8, false, true}}};
constexpr const IdxElement& kUnsignedBytes = kElements[0];
constexpr std::size_t kBlock = std::size_t{1} << 20;  // bytes asked for at once

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  std::string text = "0x";
  for (const std::uint8_t byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", unsigned(byte));
    text += digits;
  }
  return text;
}

/// What a magic number says: 0x00000803 (unsigned bytes, 3 dimensions).
std::string described(std::uint8_t code, const char* name, std::size_t rank) {
  const std::array<std::uint8_t, 4> magic{0, 0, code, std::uint8_t(rank)};
  return hexadecimal(magic) + " (" + name + ", " + std::to_string(rank) + (rank == 1 ? " dimension)" : " dimensions)");
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

/// A big-endian integer.
std::int64_t integer(std::span<const std::uint8_t> bytes, bool is_signed) {
  std::int64_t value = is_signed ? std::int8_t(bytes[0]) : bytes[0];
  for (const std::uint8_t byte : bytes.subspan(1)) value = value * 256 + byte;
  return value;
}

}  // namespace

IdxReader::IdxReader(const std::filesystem::path& path, const IdxLimits& limits, std::optional<std::size_t> rank)
    : file_(path, "[read_idx] " + text::path(path) + ": ") {
  read_extents(read_magic_number(rank));
  start_ = file_.offset();
  check_size(limits);
}

/// Gives the number of dimensions. That of a wrong file is refused here, before its extents and elements are believed.
std::size_t IdxReader::read_magic_number(std::optional<std::size_t> expected_rank) {
  std::array<std::uint8_t, 4> magic{};
  file_.read_field(magic, "the magic number");
  const std::size_t rank = magic[3];
  const auto found =
      std::find_if(kElements.begin(), kElements.end(), [&](const IdxElement& type) { return type.code == magic[2]; });
  if (magic[0] != 0 || magic[1] != 0 || rank == 0 || found == kElements.end()) {
    const std::string expected =
        expected_rank ? "the magic number " + described(kUnsignedBytes.code, kUnsignedBytes.name, *expected_rank)
                      : "a magic number from 0x00000801 to 0x000008ff (unsigned bytes)";
    file_.fail("expected " + expected + " at byte 0, got " + hexadecimal(magic) + "; is this an IDX file?");
  }
  if (rank != expected_rank.value_or(rank)) {
    file_.fail("expected the magic number " + described(kUnsignedBytes.code, kUnsignedBytes.name, *expected_rank) +
               " at byte 0, got " + described(found->code, found->name, rank) + "; is this the right file?");
  }
  if (!found->is_integer) {
    file_.fail("holds " + std::string(found->name) +
               "; only unsigned bytes are read, and other integers from 0 to 255 (at byte 0 is the magic number " +
               hexadecimal(magic) + ")");
  }
  element_ = &*found;
  return rank;
}

void IdxReader::read_extents(std::size_t rank) {
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::array<std::uint8_t, 4> field{};
    file_.read_field(field, "the extent of dimension " + std::to_string(axis));
    shape_.push_back(std::size_t(integer(field, false)));
  }
}

/// Before memory is taken for them, the file has to be able to hold the elements.
void IdxReader::check_size(const IdxLimits& limits) {
  const std::optional<std::uint64_t> count = bounded_product(shape_, limits.max_bytes / element_->bytes);
  if (!count) {
    file_.fail("the extents " + to_string(shape_) + " announce more than the limit of " +
               std::to_string(limits.max_bytes) + " bytes");
  }
  count_ = *count;
  const std::uint64_t most = file_.most_left() / element_->bytes;
  if (count_ <= most) return;
  if (!file_.is_compressed()) fail_truncated(std::to_string(most));
  fail_truncated("a compressed file of " + std::to_string(file_.size()) + " bytes, which cannot hold more than " +
                 std::to_string(most));
}

void IdxReader::fail_truncated(const std::string& got) const {
  file_.fail("truncated: expected " + std::to_string(count_) + " elements from byte " + std::to_string(start_) +
             " on for the extents " + to_string(shape_) + ", got " + got);
}

AnyArray IdxReader::mapped() const {
  const auto refuse = [&](const std::string& what) {
    file_.fail("expected what can be mapped, got " + what + "; read_idx reads it");
  };
  if (file_.is_compressed()) refuse("a compressed file");
  if (element_->code != kUnsignedBytes.code) refuse(element_->name);
  if (file_.size() - start_ > count_) {
    file_.fail("expected the end of the file at byte " + std::to_string(start_ + count_) + " for the extents " +
               to_string(shape_) + ", got more bytes");
  }
  return mapped_array(file_.file(), start_, "U8", shape_);
}

std::vector<std::uint8_t> IdxReader::elements() {
  std::vector<std::uint8_t> elements;
  elements.reserve(count_);  // once; its pages are taken as they are written
  while (elements.size() < count_) {
    const std::size_t before = elements.size();
    element_->code == kUnsignedBytes.code ? append_bytes(elements) : append_numbers(elements);
    if (elements.size() == before) fail_truncated(std::to_string(before));
  }
  std::uint8_t more = 0;
  if (file_.read({&more, 1}) != 0) {  // this read also checks the sum at the end of compressed data
    file_.fail("expected the end of the file at byte " + std::to_string(start_ + count_ * element_->bytes) +
               " for the extents " + to_string(shape_) + ", got more bytes");
  }
  return elements;
}

/// A block of elements as they are; none at the end of the file.
void IdxReader::append_bytes(std::vector<std::uint8_t>& elements) {
  const std::size_t before = elements.size(), wanted = std::min(kBlock, std::size_t(count_) - before);
  elements.resize(before + wanted);
  elements.resize(before + file_.read(std::span(elements).subspan(before)));
}

/// A block of elements of another type, each of which has to be a byte's number.
void IdxReader::append_numbers(std::vector<std::uint8_t>& elements) {
  const std::size_t width = element_->bytes;
  std::vector<std::uint8_t> block(std::min(kBlock, (std::size_t(count_) - elements.size()) * width));
  block.resize(file_.read(block) / width * width);
  for (std::size_t at = 0; at < block.size(); at += width) {
    const std::int64_t value = integer(std::span(block).subspan(at, width), element_->is_signed);
    if (value < 0 || value > 255) {
      file_.fail("holds " + std::string(element_->name) + ", of which those from 0 to 255 are read; element " +
                 std::to_string(elements.size()) + " is " + std::to_string(value));
    }
    elements.push_back(std::uint8_t(value));
  }
}

}  // namespace xtape::nn::detail
