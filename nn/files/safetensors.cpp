#include "nn/files/safetensors.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/safetensors_reader.hpp"

#include <utility>
#include <vector>

namespace xtape::nn {

template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata) {
  std::vector<TensorView> tensors;
  for (const auto& [name, parameter] : module.named_parameters()) tensors.push_back(view_of(name, parameter.value()));
  write_safetensors(path, tensors, metadata);
}

template <class T>
void load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options) {
  const auto parameters = module.named_parameters();
  std::vector<ExpectedTensor> expected;
  for (const auto& [name, parameter] : parameters) expected.push_back({name, parameter.shape()});
  const detail::SafetensorsReader file(path, options.limits);
  std::vector<Array<T>> arrays = file.read_all<T>(expected, "load", "the module");
  for (std::size_t i = 0; !options.allow_non_finite && i < arrays.size(); ++i) {
    detail::check_numbers(arrays[i], expected[i].name, false, "[load] " + text::path(path) + ": ");
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.set(std::move(arrays[i]));
}

template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options) {
  const std::string where = "[load_part] " + text::path(file.path()) + ": ";
  std::vector<Array<T>> arrays;
  const auto parameters = part.named_parameters();
  for (const auto& [own, parameter] : parameters) {
    const std::string full = name + "." + own;
    const Array<T>& array = arrays.emplace_back(file.get<T>(full));
    if (shape_of(array) != parameter.shape()) {
      throw DataError(where + text::escaped(full) + " of shape " + to_string(parameter.shape()) + " expected, got " +
                      to_string(shape_of(array)));
    }
    if (!options.allow_non_finite) detail::check_numbers(array, full, false, where);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.set(std::move(arrays[i]));
}

template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
template void load(const std::filesystem::path&, Module<float>&, const LoadOptions&);
template void load(const std::filesystem::path&, Module<double>&, const LoadOptions&);
template void load_part(const TensorFile&, const std::string&, Module<float>&, const LoadOptions&);
template void load_part(const TensorFile&, const std::string&, Module<double>&, const LoadOptions&);

}  // namespace xtape::nn
