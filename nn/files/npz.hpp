#pragma once
// .npz files: arrays by name, as numpy.savez and numpy.savez_compressed write them; a zip archive of .npy files.

#include "nn/files/npy.hpp"
#include "nn/files/tensor_file.hpp"

#include <filesystem>
#include <span>

namespace xtape::nn {

/// Reads all arrays of an .npz file, stored or deflated: `read_npz("data.npz").as<float>("x")`. The limit is that of
/// all arrays together. Throws DataError as `read_npy` does, naming the member; and for a file that is no zip archive,
/// damaged or truncated, for members that are encrypted, compressed in another way, or no .npy files, a name that comes
/// twice, and for 4 GiB or more (zip64).
TensorFile read_npz(const std::filesystem::path& path, const NpyLimits& limits = {});

/// How an .npz file is written.
struct NpzOptions {
  bool compress = false;  ///< by deflate, as numpy.savez_compressed
};

/// Writes tensors into an .npz file, whole or not at all; the same tensors give the same bytes. Throws DataError for a
/// path that cannot be written, a name that comes twice, is empty or has more than 60,000 bytes, an element type that
/// NumPy does not have ("BF16"), bytes that do not match dtype and shape, more than 65,534 tensors, and 4 GiB or more.
void write_npz(const std::filesystem::path& path, std::span<const TensorView> tensors, const NpzOptions& options = {});

}  // namespace xtape::nn
