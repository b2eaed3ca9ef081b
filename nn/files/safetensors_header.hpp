#pragma once
// The JSON header of a safetensors file, read strictly: the inside of tensor_file.hpp.

#include "autodiff/array.hpp"
#include "nn/files/tensor_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn::detail {

/// The most bytes that a header may have; the format's own limit.
inline constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

struct HeaderEntry {
  std::string name, dtype;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< offsets from the end of the header
};

struct SafetensorsHeader {
  Metadata metadata;
  std::vector<HeaderEntry> entries;  ///< in the order of their bytes, which they cover from 0 on without gaps
  std::uint64_t data_bytes = 0;      ///< where the last entry ends
};

/// Parses and checks a header. Throws DataError, whose message starts with `where` (the reader and the file).
SafetensorsHeader parse_header(std::string_view text, const std::string& where);

/// The text of one entry, which depends on nothing else: "name":{...}. Throws nlohmann's exception for a name that is
/// no UTF-8.
std::string format_entry(const HeaderEntry& entry);

/// The header for entries that are in order, padded with spaces so that the tensors are aligned to eight bytes. Throws
/// DataError for text that is not UTF-8.
std::string format_header(const SafetensorsHeader& header);

/// The bytes of a tensor, unless the number is 2^63 or more; of a dtype that is not known, its elements.
std::optional<std::uint64_t> tensor_bytes(std::string_view dtype, const Shape& shape);

}  // namespace xtape::nn::detail
