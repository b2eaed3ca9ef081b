#pragma once
// Saving and loading the weights of a module.

#include "nn/files/tensor_file.hpp"
#include "nn/module.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace xtape::nn {

/// Writes all parameters, buffers and counters of a module under their names ("encoder.weight") into a safetensors
/// file, whole or not at all. What is added in several places (tied weights) is written once, under its first name; the
/// metadata tell the others, as those of Python's `safetensors.torch.save_model` do, whose `load_model` reads the file.
/// Throws DataError for a path that cannot be written.
template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata = {});

/// All parameters, buffers and counters of a module under their names, all of them where it has several, as PyTorch's
/// `state_dict` has them: for `write_npz`, and to be written beside other tensors. The module has to outlive them, and
/// they see what becomes of it.
template <class T>
std::vector<TensorView> tensors_of(const Module<T>& module);

/// Gives a module what `save` wrote, or what Python did: a `state_dict` of the same model. Unless `options` say
/// otherwise, the file has to hold exactly the module's names, with its shapes and element type; else a DataError lists
/// what is missing, unexpected or different, and the module stays as it was. Throws DataError also for a file that is
/// missing or malformed, and for weights that are not finite, naming the first, unless `options` allow them. Of what
/// has several names (tied weights) the file may have one or more; where it has different numbers for them, that is a
/// DataError, too. Beside the module it takes as much memory as the file is long. Returns the names of what stays as it
/// was, none where `options.strict`.
///
///   // PyTorch's Sequential counts the activations, Mlp does not; the numbers are of 16 bits.
///   nn::load("torch.safetensors", mlp, {.convert = true, .rename = nn::rename_table({{"2", "1"}, {"4", "2"}})});
template <class T>
std::vector<std::string> load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options = {});

/// The same from a file that has been read, of either format: `load(read_npz("model.npz"), model)`.
template <class T>
std::vector<std::string> load(const TensorFile& file, Module<T>& module, const LoadOptions& options = {});

/// Gives a module the parameters, buffers and counters that are under `name` in the file of a larger one: for
/// "decoder", its "0.weight" is the file's "decoder.0.weight" (after `options.rename`). What else the file holds does
/// not matter. Throws DataError where one is missing or has another shape or element type or is not finite, and then
/// the module stays as it was.
template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options = {});

#define XTAPE_EXTERN(T)                                                                                        \
  extern template void save(const std::filesystem::path&, const Module<T>&, const Metadata&);                  \
  extern template std::vector<TensorView> tensors_of(const Module<T>&);                                        \
  extern template std::vector<std::string> load(const std::filesystem::path&, Module<T>&, const LoadOptions&); \
  extern template std::vector<std::string> load(const TensorFile&, Module<T>&, const LoadOptions&);            \
  extern template void load_part(const TensorFile&, const std::string&, Module<T>&, const LoadOptions&);
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
