#pragma once
// Saving and loading the weights of a module.

#include "nn/files/tensor_file.hpp"
#include "nn/module.hpp"

#include <filesystem>
#include <string>

namespace xtape::nn {

/// Writes all parameters, buffers and counters of a module under their names ("encoder.weight") into a safetensors
/// file, whole or not at all. Throws DataError for a path that cannot be written.
template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata = {});

/// Gives a module what `save` wrote. The file has to hold exactly the module's names, with its shapes
/// and element type; else a DataError lists what is missing, unexpected or different, and the module stays as it was.
/// Throws DataError also for a file that is missing or malformed, and for weights that are not finite, naming the
/// first, unless `options` allow them. Beside the module it takes as much memory as the file is long.
template <class T>
void load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options = {});

/// Gives a module the parameters, buffers and counters that are under `name` in the file of a larger one: for
/// "decoder", its "0.weight" is the file's "decoder.0.weight". What else the file holds does not matter. Throws
/// DataError where one is missing or has another shape or element type or is not finite, and then the module stays as
/// it was.
template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options = {});

extern template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
extern template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
extern template void load(const std::filesystem::path&, Module<float>&, const LoadOptions&);
extern template void load(const std::filesystem::path&, Module<double>&, const LoadOptions&);
extern template void load_part(const TensorFile&, const std::string&, Module<float>&, const LoadOptions&);
extern template void load_part(const TensorFile&, const std::string&, Module<double>&, const LoadOptions&);

}  // namespace xtape::nn
