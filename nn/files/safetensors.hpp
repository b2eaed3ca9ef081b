#pragma once
// Saving and loading the weights of a module.

#include "nn/files/tensor_file.hpp"
#include "nn/module.hpp"

#include <filesystem>

namespace xtape::nn {

/// Writes all parameters of a module under their names ("encoder.weight") into a safetensors file, whole or not at all.
/// Throws DataError for a path that cannot be written.
template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata = {});

/// Gives a module the parameters that `save` wrote. The file has to hold exactly the module's names, with its shapes
/// and element type; else a DataError lists what is missing, unexpected or different, and the module stays as it was.
/// Throws DataError also for a file that is missing or malformed.
template <class T>
void load(const std::filesystem::path& path, Module<T>& module, const SafetensorsLimits& limits = {});

extern template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
extern template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
extern template void load(const std::filesystem::path&, Module<float>&, const SafetensorsLimits&);
extern template void load(const std::filesystem::path&, Module<double>&, const SafetensorsLimits&);

}  // namespace xtape::nn
