#pragma once
// IDX files, the format of MNIST and its relatives: bytes in an array of any rank, plain or compressed by gzip.
//
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", section "File formats": a magic number 0x0000ttnn of
// the type tt of the elements (08: unsigned bytes) and nn dimensions, the extents as big-endian 32-bit numbers, then
// the elements, big-endian, the last index changing fastest.

#include "autodiff/array.hpp"
#include "nn/files/any_array.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace xtape::nn {

/// Unsigned bytes and their shape.
struct IdxArray {
  Shape shape;                      ///< at least one extent
  std::vector<std::uint8_t> bytes;  ///< size_of(shape) elements, row-major
};

/// What a reader accepts at most.
struct IdxLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 32;  ///< of all elements after decompression
};

/// Reads an IDX file of unsigned bytes, of `rank` dimensions if that is given: images are 3, labels 1. One of other
/// integers is read too, where each is from 0 to 255. Memory is taken once, and only where a file of that size can hold
/// as many elements as it announces. Throws DataError that names the file, the field or byte offset, what was expected
/// and what came, for a file that is missing, has another magic number, holds floats or other integers, is truncated or
/// damaged, is longer than its extents say, or exceeds `limits`.
IdxArray read_idx(const std::filesystem::path& path, const IdxLimits& limits = {},
                  std::optional<std::size_t> rank = std::nullopt);

/// The array of an IDX file of unsigned bytes that may be larger than memory: its elements stay in the file and are
/// read as they are needed, by `Dataset` and `DataLoader` a batch at a time. The file must not be changed as long as
/// there is an array of it: where it is cut off, the program ends by the signal SIGBUS. Throws DataError as `read_idx`
/// does, and for a file that is compressed, or of other integers.
AnyArray map_idx(const std::filesystem::path& path, std::optional<std::size_t> rank = std::nullopt);

/// Writes a plain IDX file, whole or not at all. Throws DataError for a path that cannot be written, ShapeError for
/// no extents or more than 255, one of 2^32 or more, and where their product is not the number of bytes.
void write_idx(const std::filesystem::path& path, const IdxArray& array);

}  // namespace xtape::nn
