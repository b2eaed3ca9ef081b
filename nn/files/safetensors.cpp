#include "nn/files/safetensors.hpp"

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
void load(const std::filesystem::path& path, Module<T>& module, const SafetensorsLimits& limits) {
  const auto parameters = module.named_parameters();
  std::vector<ExpectedTensor> expected;
  for (const auto& [name, parameter] : parameters) expected.push_back({name, parameter.shape()});
  auto arrays = read_safetensors(path, limits).template get_all<T>(expected, "load", "the module");
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.set(std::move(arrays[i]));
}

template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part) {
  std::vector<Array<T>> arrays;
  const auto parameters = part.named_parameters();
  for (const auto& [own, parameter] : parameters) {
    arrays.push_back(file.get<T>(name + "." + own));
    if (shape_of(arrays.back()) == parameter.shape()) continue;
    throw DataError("[load_part] " + file.path().string() + ": " + name + "." + own + " of shape " +
                    to_string(parameter.shape()) + " expected, got " + to_string(shape_of(arrays.back())));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.set(std::move(arrays[i]));
}

template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
template void load(const std::filesystem::path&, Module<float>&, const SafetensorsLimits&);
template void load(const std::filesystem::path&, Module<double>&, const SafetensorsLimits&);
template void load_part(const TensorFile&, const std::string&, Module<float>&);
template void load_part(const TensorFile&, const std::string&, Module<double>&);

}  // namespace xtape::nn
