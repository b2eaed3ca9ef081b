#pragma once
// The format of .npy, wherever its bytes come from or go: the inside of npy.hpp and npz.hpp.

#include "nn/files/any_array.hpp"
#include "nn/files/byte_stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace xtape::nn::detail {

/// What the header of an .npy file says.
struct NpyHeader {
  std::string dtype;             ///< by safetensors' names: "F32"
  bool is_big_endian = false;    ///< where an element has several bytes
  bool is_fortran = false;       ///< the first index changes fastest
  Shape shape;                   ///< of fewer than kTooMany elements
  std::uint64_t data_bytes = 0;  ///< of all elements
};

/// Reads the header, up to where the elements begin. Throws what `read_npy` throws.
NpyHeader read_npy_header(ByteStream& stream);

/// Reads header and elements, to the end of the stream. Throws what `read_npy` throws.
AnyArray read_npy_array(ByteStream& stream, std::uint64_t max_bytes);

/// The bytes of a header, padded so that the elements are aligned to 64. Throws a DataError that begins with `where`
/// for a dtype that NumPy does not have.
std::string format_npy_header(std::string_view dtype, const Shape& shape, const std::string& where);

}  // namespace xtape::nn::detail
