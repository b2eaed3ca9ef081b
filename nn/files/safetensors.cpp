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

template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
template void load(const std::filesystem::path&, Module<float>&, const SafetensorsLimits&);
template void load(const std::filesystem::path&, Module<double>&, const SafetensorsLimits&);

}  // namespace xtape::nn
