#pragma once
// safetensors files: named tensors and a little text, as Python's package of that name reads and writes them.
//
// Format: eight bytes N (little-endian), N bytes of JSON that give each tensor's type, shape and place, then the
// tensors' bytes. Source: https://github.com/huggingface/safetensors, section "Format".

#include "autodiff/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {

/// A tensor of a file, or one to be written: where its bytes are, which others own.
struct TensorView {
  std::string name;
  std::string dtype;  ///< the format's name of the element type: "F32", "F64", "I64", "U8", ...
  Shape shape;
  std::span<const std::byte> bytes;  ///< little-endian, row-major
};

/// Text that goes with the tensors, by key.
using Metadata = std::map<std::string, std::string>;

/// The bytes of an element of a dtype: 4 for "F32". 0 for a name that is not known here, and for less than a byte.
std::size_t dtype_bytes(std::string_view dtype);

/// The format's name for a C++ type: float, double, or an integer type of any size.
template <class T>
constexpr std::string_view dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> ||
                (std::is_integral_v<T> && !std::is_same_v<T, bool>));
  constexpr std::string_view kSigned[] = {"I8", "I16", "I32", "I64"}, kUnsigned[] = {"U8", "U16", "U32", "U64"};
  constexpr std::size_t kIndex = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? "F32" : "F64";
  return std::is_signed_v<T> ? kSigned[kIndex] : kUnsigned[kIndex];
}

/// An array under a name, to be written. The array has to outlive the view. Throws TapeError for one that was moved
/// from.
template <class T>
TensorView view_of(std::string name, const Array<T>& array) {
  check_alive(array);
  return {std::move(name), std::string(dtype_of<T>()), shape_of(array),
          std::as_bytes(std::span(array.data(), array.size()))};
}
template <class T>
TensorView view_of(std::string name, Array<T>&& array) = delete;

/// Writes tensors and metadata, whole or not at all. Larger element types come first, so that all are aligned. Throws
/// DataError for a path that cannot be written, a name that comes twice, is reserved ("__metadata__") or no UTF-8, an
/// unknown dtype, and bytes that do not match dtype and shape.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const Metadata& metadata = {});

/// What a reader accepts at most.
struct SafetensorsLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 34;  ///< of all tensors together
};

/// What a program needs to find in a file.
struct ExpectedTensor {
  std::string name;
  Shape shape;
  std::string_view dtype;
};

/// What a tensor of a file is called in a module.
using Rename = std::function<std::string(const std::string& name)>;

/// A Rename by a table from names of the file to names of the module. An entry is for the tensor of that name, and for
/// all whose names begin with it and a dot: {"2", "1"} makes "1.weight" of "2.weight", {"model", ""} makes "0.bias" of
/// "model.0.bias". Of several entries the longest counts; other names stay.
Rename rename_table(std::map<std::string, std::string> table);

/// How weights are taken from a file.
struct LoadOptions {
  SafetensorsLimits limits = {};  ///< of the reader, where a file is read
  /// Whether NaN, infinities, and negative means of squares in an optimizer's state are taken as they are. Else they
  /// are refused, by a DataError that names the first.
  bool allow_non_finite = false;
  /// Whether file and module must have the same names. Else what the module does not have is skipped, and what the file
  /// does not have stays as it was; one name has to be in both. (A checkpoint is always read whole: this and the
  /// options below are not for it.)
  bool strict = true;
  /// Whether numbers of other element types are converted, as `AnyArray::as` does: F16, BF16 and F64 become F32, for
  /// instance. Else they are refused.
  bool convert = false;
  Rename rename = {};  ///< from the file's names to the module's; none: they are the same
};

class AnyArray;
struct NpyLimits;

/// The content of a file of named tensors, as `read_safetensors` and `read_npz` give it.
class TensorFile {
 public:
  const std::filesystem::path& path() const { return path_; }  ///< where it was read from
  const Metadata& metadata() const { return metadata_; }       ///< the text that goes with the tensors; none in .npz

  /// All tensors, in the order of their bytes. Their bytes are the file's: they last as long as it.
  const std::vector<TensorView>& tensors() const { return tensors_; }

  /// The tensor of that name, or null.
  const TensorView* find(std::string_view name) const;

  /// A copy of a tensor; T is float, double, std::uint8_t or std::int64_t. Throws DataError for a name that is not in
  /// the file and for another dtype: nothing is converted.
  template <class T>
  Array<T> get(std::string_view name) const;

  /// The same made of numbers of any element type, as `AnyArray::as` makes them: F16 and F64 become floats. Throws
  /// DataError for a name that is not in the file, and for numbers that T does not have.
  template <class T>
  Array<T> as(std::string_view name) const;

  /// A tensor without a copy: it shares the memory of the file, and keeps it. Throws DataError for a name that is not
  /// in the file.
  AnyArray array(std::string_view name) const;

  // The views point into what the file owns: it may move with them, which leaves a file without tensors, but not be
  // copied.
  TensorFile(TensorFile&&) = default;
  TensorFile& operator=(TensorFile&&) = default;

 private:
  friend TensorFile read_safetensors(const std::filesystem::path& path, const SafetensorsLimits& limits);
  friend TensorFile read_npz(const std::filesystem::path& path, const NpyLimits& limits);
  TensorFile() = default;
  TensorFile(const std::filesystem::path& path, std::vector<std::pair<std::string, AnyArray>> arrays);

  const TensorView& existing(const char* function, std::string_view name) const;

  std::filesystem::path path_;
  Metadata metadata_;
  std::vector<TensorView> tensors_;
  std::vector<std::shared_ptr<const void>> owners_;        // of the bytes of each tensor
  std::map<std::string, std::size_t, std::less<>> index_;  // by name, of tensors_
};

/// Reads a safetensors file. Memory is taken once, for as many bytes as the file has. A tensor of a dtype that is not
/// known here is kept as bytes. Throws DataError that names the file, the field or byte offset, what was expected and
/// what came: for a file that is missing or truncated, a header that is too long or no JSON object of the format's
/// form, a key that comes twice, tensors that overlap, leave a gap or do not have the size of their shape, bytes behind
/// the last tensor, and tensors above `limits`.
TensorFile read_safetensors(const std::filesystem::path& path, const SafetensorsLimits& limits = {});

#define XTAPE_EXTERN(T)                                             \
  extern template Array<T> TensorFile::get(std::string_view) const; \
  extern template Array<T> TensorFile::as(std::string_view) const;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
XTAPE_EXTERN(std::uint8_t)
XTAPE_EXTERN(std::int64_t)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
