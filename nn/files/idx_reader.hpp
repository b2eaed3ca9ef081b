#pragma once
// An IDX file in two steps, header and elements: the inside of idx.hpp and of what reads files that belong together.

#include "nn/files/gzip_file.hpp"
#include "nn/files/idx.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace xtape::nn::detail {

/// A type of elements that the format has.
struct IdxElement {
  std::uint8_t code;  ///< the third byte of the magic number
  const char* name;   ///< of several: "32-bit floats"
  std::size_t bytes;
  bool is_integer, is_signed;
};

/// An IDX file, plain or compressed by gzip, whose header has been read. It can be judged by its extents before its
/// elements cost time or memory.
class IdxReader {
 public:
  /// Throws what `read_idx` throws, as far as the header shows it.
  IdxReader(const std::filesystem::path& path, const IdxLimits& limits, std::optional<std::size_t> rank);

  const Shape& shape() const { return shape_; }  ///< the extents

  /// Reads the elements; to be called once. Throws the rest of what `read_idx` throws.
  std::vector<std::uint8_t> elements();

  /// The elements where they are. Throws what `map_idx` throws.
  AnyArray mapped() const;

 private:
  std::size_t read_magic_number(std::optional<std::size_t> expected_rank);
  void read_extents(std::size_t rank);
  void check_size(const IdxLimits& limits);
  void append_bytes(std::vector<std::uint8_t>& elements);
  void append_numbers(std::vector<std::uint8_t>& elements);
  [[noreturn]] void fail_truncated(const std::string& got) const;

  GzipFile file_;
  const IdxElement* element_ = nullptr;
  Shape shape_;
  std::uint64_t count_ = 0;  // of elements
  std::uint64_t start_ = 0;  // where they begin
};

}  // namespace xtape::nn::detail
