#pragma once
// A safetensors file, tensor by tensor: the inside of what loads modules and checkpoints.

#include "nn/files/input_file.hpp"
#include "nn/files/safetensors_header.hpp"
#include "nn/files/tensor_file.hpp"
#include "nn/files/tensor_index.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtape::nn::detail {

/// A safetensors file whose header has been read and checked, also against the size of the file: the tensors are there,
/// and take memory only where they are read to.
class SafetensorsReader {
 public:
  /// Throws what `read_safetensors` throws.
  SafetensorsReader(const std::filesystem::path& path, const SafetensorsLimits& limits);

  const std::filesystem::path& path() const { return path_; }
  const SafetensorsHeader& header() const { return header_; }

  /// Reads the tensors' bytes from `offset` on, all that `to` has place for. Throws DataError where the file has become
  /// shorter.
  void read(std::uint64_t offset, std::span<std::byte> to) const;

  /// Has the tensors go by other names from here on.
  void rename(const Rename& rename, std::string_view loader);
  const TensorIndex<HeaderEntry>& index() const { return index_; }  ///< the tensors by their names
  TensorIndex<HeaderEntry>& index() { return index_; }              ///< to give a tensor another name beside its own

  /// Throws a DataError that lists what is missing, unexpected, or of another shape or element type, unless the file
  /// has the expected tensors, exactly or as the options allow; `loader` opens the message, and `owner` is what the
  /// file does not fit: "the model".
  void check(std::span<const ExpectedTensor> expected, std::string_view loader, std::string_view owner,
             const LoadOptions& options = {}) const {
    check_fit(index_, expected, path_, loader, owner, options);
  }
  /// A tensor that is there, as `check` found: into its own array and, unless it is converted, nowhere else before.
  template <class T>
  Array<T> read_tensor(std::string_view name) const;

 private:
  std::string read_header_text() const;

  std::filesystem::path path_;
  InputFile file_;
  SafetensorsHeader header_;
  std::uint64_t start_ = 0;  // of the tensors' bytes in the file
  TensorIndex<HeaderEntry> index_;
};

/// Throws a DataError that starts with `where` for the first number of a tensor that is not finite, or negative where
/// `is_square` says that none is.
template <class T>
void check_numbers(const Array<T>& array, std::string_view name, bool is_square, const std::string& where);

extern template Array<float> SafetensorsReader::read_tensor(std::string_view) const;
extern template Array<double> SafetensorsReader::read_tensor(std::string_view) const;
extern template Array<std::int64_t> SafetensorsReader::read_tensor(std::string_view) const;
extern template void check_numbers(const Array<float>&, std::string_view, bool, const std::string&);
extern template void check_numbers(const Array<double>&, std::string_view, bool, const std::string&);

}  // namespace xtape::nn::detail
