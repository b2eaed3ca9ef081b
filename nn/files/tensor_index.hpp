#pragma once
// The tensors of a file by the names that a module has for them, and whether they fit it: the inside of what loads
// modules and checkpoints.

#include "nn/files/safetensors_header.hpp"
#include "nn/files/tensor_file.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace xtape::nn::detail {

/// Entry has a name, a dtype and a shape: HeaderEntry, TensorView.
template <class Entry>
using TensorIndex = std::map<std::string, const Entry*, std::less<>>;

/// The entries under what `rename`, if there is one, makes of their names. Throws a DataError where that is one name
/// for two.
template <class Entry>
TensorIndex<Entry> index_of(std::span<const Entry> entries, const Rename& rename, const std::filesystem::path& path,
                            std::string_view loader);

/// The names that a file has for other tensors, as Python's `safetensors.torch.save_model` and `save` leave them in the
/// metadata for tied weights: {"head.weight", "embedding.weight"}.
template <class Entry>
TensorIndex<Entry> shared_names(std::span<const Entry> entries, const Metadata& metadata, const Rename& rename);

/// Throws a DataError that lists what is missing, unexpected, or of another shape or element type, as far as the
/// options do not allow it.
template <class Entry>
void check_fit(const TensorIndex<Entry>& index, std::span<const ExpectedTensor> expected,
               const std::filesystem::path& path, std::string_view loader, std::string_view owner,
               const LoadOptions& options);

#define XTAPE_EXTERN(E)                                                                                                \
  extern template TensorIndex<E> index_of(std::span<const E>, const Rename&, const std::filesystem::path&,             \
                                          std::string_view);                                                           \
  extern template TensorIndex<E> shared_names(std::span<const E>, const Metadata&, const Rename&);                     \
  extern template void check_fit(const TensorIndex<E>&, std::span<const ExpectedTensor>, const std::filesystem::path&, \
                                 std::string_view, std::string_view, const LoadOptions&);
XTAPE_EXTERN(HeaderEntry)
XTAPE_EXTERN(TensorView)
#undef XTAPE_EXTERN

}  // namespace xtape::nn::detail
