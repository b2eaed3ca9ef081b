#include "nn/files/safetensors.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/module_state.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

/// Gives a module what the file at `path` has of its state, all or nothing. Returns the names of what stays as it was.
template <class T, class Entry, class Get>
std::vector<std::string> take(detail::TensorIndex<Entry>& index, const detail::TensorIndex<Entry>& shared,
                              const std::filesystem::path& path, const Module<T>& module, const LoadOptions& options,
                              const Get& get) {
  const auto state = detail::named_as_in(index, shared, "", module.state());
  std::vector<ExpectedTensor> expected;
  detail::append_expected("", detail::under_all_names(state), expected);
  detail::check_fit(index, std::span<const ExpectedTensor>(expected), path, "load", "the module", options);
  std::vector<NamedState<T>> there;
  std::vector<std::string> missing;
  for (const NamedState<T>& named : state) {
    if (index.contains(named.name)) {
      there.push_back(named);
    } else {
      missing.push_back(named.name);
    }
  }
  const std::string where = "[load] " + text::path(path) + ": ";
  auto values = detail::read_state("", there, options, where, get);
  detail::check_ties("", there, values, where, get);
  detail::set_state(there, std::move(values));
  return missing;
}

}  // namespace

template <class T>
std::vector<TensorView> tensors_of(const Module<T>& module) {
  std::vector<TensorView> tensors;
  detail::append_views("", detail::under_all_names(module.state()), tensors);
  return tensors;
}

template <class T>
void save(const std::filesystem::path& path, const Module<T>& module, const Metadata& metadata) {
  const auto state = module.state();
  Metadata all = metadata;
  for (const NamedState<T>& named : state) {
    for (const std::string& name : named.other_names) all.emplace(name, named.name);
  }
  std::vector<TensorView> tensors;
  detail::append_views("", state, tensors);
  write_safetensors(path, tensors, all);
}

template <class T>
std::vector<std::string> load(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options) {
  detail::SafetensorsReader file(path, options.limits);
  file.rename(options.rename, "load");
  const auto& [metadata, entries, bytes] = file.header();
  const auto shared = detail::shared_names(std::span<const detail::HeaderEntry>(entries), metadata, options.rename);
  return take(file.index(), shared, path, module, options,
              [&file]<class E>(const std::string& name, const Shape&) { return file.read_tensor<E>(name); });
}

template <class T>
std::vector<std::string> load(const TensorFile& file, Module<T>& module, const LoadOptions& options) {
  const std::span<const TensorView> tensors(file.tensors());
  auto index = detail::index_of(tensors, options.rename, file.path(), "load");
  const auto shared = detail::shared_names(tensors, file.metadata(), options.rename);
  return take(index, shared, file.path(), module, options, [&]<class E>(const std::string& name, const Shape&) {
    return file.as<E>(index.find(name)->second->name);
  });
}

template <class T>
void load_part(const TensorFile& file, const std::string& name, Module<T>& part, const LoadOptions& options) {
  const std::string where = "[load_part] " + text::path(file.path()) + ": ", prefix = name + ".";
  const std::span<const TensorView> tensors(file.tensors());
  auto index = detail::index_of(tensors, options.rename, file.path(), "load_part");
  const auto shared = detail::shared_names(tensors, file.metadata(), options.rename);
  const auto state = detail::named_as_in(index, shared, prefix, part.state());
  const auto get = [&]<class E>(const std::string& full, const Shape& shape) {
    const auto place = index.find(full);
    const std::string& stored = place == index.end() ? full : place->second->name;
    Array<E> array = options.convert && place != index.end() ? file.as<E>(stored) : file.get<E>(stored);
    if (shape_of(array) == shape) return array;
    throw DataError(where + text::escaped(full) + " of shape " + to_string(shape) + " expected, got " +
                    to_string(shape_of(array)));
  };
  auto values = detail::read_state(prefix, state, options, where, get);
  detail::check_ties(prefix, state, values, where, get);
  detail::set_state(state, std::move(values));
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
