#pragma once
// .npy files, NumPy's format for one array.
//
// Source: NumPy's NEP 1, "A Simple File Format for NumPy Arrays", and numpy/lib/format.py: "\x93NUMPY", two bytes of
// version, the length of the header, the header (a Python literal with 'descr', 'fortran_order' and 'shape'), then the
// elements.

#include "nn/files/any_array.hpp"

#include <cstdint>
#include <filesystem>

namespace xtape::nn {

/// What a reader accepts at most.
struct NpyLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 34;  ///< of all elements, after decompression
};

/// Reads an .npy file, plain or compressed by gzip: `read_npy("x.npy").as<float>()`. Versions 1.0 to 3.0 of the format;
/// truth values, integers of 8 to 64 bits and floating-point numbers of 16 to 64 bits; either byte order; C or Fortran
/// order, which becomes C order. Python objects are never read, for to read them is to run what they say. Memory is
/// taken once, and only where a file of that size can hold as many elements as it announces. Throws DataError that
/// names the file, the field or byte offset, what was expected and what came: for a file that is missing, truncated,
/// damaged or longer than its shape says, another version, a header that is none, elements that are objects, text,
/// complex, dates or structures, and what exceeds `limits`.
AnyArray read_npy(const std::filesystem::path& path, const NpyLimits& limits = {});

/// The array of an .npy file that may be larger than memory: its elements stay in the file and are read as they are
/// needed, by `Dataset` and `DataLoader` a batch at a time. The file must not be changed as long as there is an array
/// of it: where it is cut off, the program ends by the signal SIGBUS. Throws DataError as `read_npy` does, and for a
/// file that is compressed, of big-endian numbers, or in Fortran order, for which there is `read_npy`.
AnyArray map_npy(const std::filesystem::path& path);

/// Writes an .npy file that `numpy.load` reads, whole or not at all: the element type is kept, and the order is C's.
/// Throws DataError for a path that cannot be written and an element type that NumPy does not have ("BF16").
void write_npy(const std::filesystem::path& path, const AnyArray& array);

}  // namespace xtape::nn
