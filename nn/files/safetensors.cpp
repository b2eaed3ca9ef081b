#include "nn/files/safetensors.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/module_state.hpp"

#include <utility>
#include <vector>

namespace xtape::nn {

template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata) {
  std::vector<TensorView> tensors;
  detail::append_views("", module.state(), tensors);
  write_safetensors(path, tensors, metadata);
}

template <class T>
void load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options) {
  const auto state = module.state();
  std::vector<ExpectedTensor> expected;
  detail::append_expected("", state, expected);
  const detail::SafetensorsReader file(path, options.limits);
  file.check(expected, "load", "the module");
  const auto get = [&file]<class E>(const std::string& name, const Shape&) { return file.read_tensor<E>(name); };
  detail::set_state(state, detail::read_state("", state, options, "[load] " + text::path(path) + ": ", get));
}

template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options) {
  const std::string where = "[load_part] " + text::path(file.path()) + ": ";
  const auto state = part.state();
  const auto get = [&]<class E>(const std::string& full, const Shape& shape) {
    Array<E> array = file.get<E>(full);
    if (shape_of(array) == shape) return array;
    throw DataError(where + text::escaped(full) + " of shape " + to_string(shape) + " expected, got " +
                    to_string(shape_of(array)));
  };
  detail::set_state(state, detail::read_state(name + ".", state, options, where, get));
}

template void save(const std::filesystem::path&, const Module<float>&, const Metadata&);
template void save(const std::filesystem::path&, const Module<double>&, const Metadata&);
template void load(const std::filesystem::path&, Module<float>&, const LoadOptions&);
template void load(const std::filesystem::path&, Module<double>&, const LoadOptions&);
template void load_part(const TensorFile&, const std::string&, Module<float>&, const LoadOptions&);
template void load_part(const TensorFile&, const std::string&, Module<double>&, const LoadOptions&);

}  // namespace xtape::nn
