#include "nn/files/safetensors.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/module_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

/// What `index` has of a module's state; the names of the rest go into `missing`.
template <class T, class Entry>
std::vector<NamedState<T>> present(const std::vector<NamedState<T>>& state, const detail::TensorIndex<Entry>& index,
                                   std::vector<std::string>& missing) {
  std::vector<NamedState<T>> there;
  for (const NamedState<T>& named : state) {
    if (index.contains(named.name)) {
      there.push_back(named);
    } else {
      missing.push_back(named.name);
    }
  }
  return there;
}

}  // namespace

template <class T>
std::vector<TensorView> tensors_of(const Module<T>& module) {
  std::vector<TensorView> tensors;
  detail::append_views("", module.state(), tensors);
  return tensors;
}

template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata) {
  write_safetensors(path, tensors_of(module), metadata);
}

template <class T>
std::vector<std::string> load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options) {
  const auto state = module.state();
  std::vector<ExpectedTensor> expected;
  detail::append_expected("", state, expected);
  detail::SafetensorsReader file(path, options.limits);
  file.rename(options.rename, "load");
  file.check(expected, "load", "the module", options);
  std::vector<std::string> missing;
  const auto there = present(state, file.index(), missing);
  const auto get = [&file]<class E>(const std::string& name, const Shape&) { return file.read_tensor<E>(name); };
  detail::set_state(there, detail::read_state("", there, options, "[load] " + text::path(path) + ": ", get));
  return missing;
}

template <class T>
std::vector<std::string> load(const TensorFile& file, Module<T>& module, const LoadOptions& options) {
  const auto state = module.state();
  std::vector<ExpectedTensor> expected;
  detail::append_expected("", state, expected);
  const auto index = detail::index_of(std::span<const TensorView>(file.tensors()), options.rename, file.path(), "load");
  detail::check_fit(index, expected, file.path(), "load", "the module", options);
  std::vector<std::string> missing;
  const auto there = present(state, index, missing);
  const auto get = [&]<class E>(const std::string& name, const Shape&) {
    return file.as<E>(index.find(name)->second->name);
  };
  detail::set_state(there, detail::read_state("", there, options, "[load] " + text::path(file.path()) + ": ", get));
  return missing;
}

template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options) {
  const std::string where = "[load_part] " + text::path(file.path()) + ": ";
  const auto state = part.state();
  const auto index =
      detail::index_of(std::span<const TensorView>(file.tensors()), options.rename, file.path(), "load_part");
  const auto get = [&]<class E>(const std::string& full, const Shape& shape) {
    const auto place = index.find(full);
    const std::string& stored = place == index.end() ? full : place->second->name;
    Array<E> array = options.convert && place != index.end() ? file.as<E>(stored) : file.get<E>(stored);
    if (shape_of(array) == shape) return array;
    throw DataError(where + text::escaped(full) + " of shape " + to_string(shape) + " expected, got " +
                    to_string(shape_of(array)));
  };
  detail::set_state(state, detail::read_state(name + ".", state, options, where, get));
}

#define XTAPE_INSTANTIATE(T)                                                                            \
  template void save(const std::filesystem::path&, const Module<T>&, const Metadata&);                  \
  template std::vector<TensorView> tensors_of(const Module<T>&);                                        \
  template std::vector<std::string> load(const std::filesystem::path&, Module<T>&, const LoadOptions&); \
  template std::vector<std::string> load(const TensorFile&, Module<T>&, const LoadOptions&);            \
  template void load_part(const TensorFile&, const std::string&, Module<T>&, const LoadOptions&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
