#include "nn/files/tensor_file.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/any_array.hpp"
#include "nn/files/atomic_file.hpp"
#include "nn/files/conversion.hpp"
#include "nn/files/safetensors_header.hpp"
#include "nn/files/safetensors_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <system_error>

namespace xtape::nn {

namespace {

/// A tensor's place in the file, or an error where it cannot be written.
detail::HeaderEntry entry_for(const TensorView& tensor, std::uint64_t begin, std::set<std::string_view>& names) {
  const std::string where = "[write_safetensors] tensor " + text::quoted(tensor.name) + ": ";
  if (tensor.name == "__metadata__") throw DataError(where + "the name is reserved");
  if (!names.insert(tensor.name).second) throw DataError(where + "the name comes twice");
  if (dtype_bytes(tensor.dtype) == 0) throw DataError(where + "unknown dtype " + text::quoted(tensor.dtype));
  if (detail::tensor_bytes(tensor.dtype, tensor.shape) != tensor.bytes.size()) {
    throw DataError(where + std::to_string(tensor.bytes.size()) + " bytes do not match " + tensor.dtype + " of shape " +
                    to_string(tensor.shape));
  }
  return {tensor.name, tensor.dtype, tensor.shape, begin, begin + tensor.bytes.size()};
}

}  // namespace

Rename rename_table(std::map<std::string, std::string> table) {
  return [table = std::move(table)](const std::string& name) {
    for (std::size_t end = name.size(); end != std::string::npos; end = end == 0 ? end : name.rfind('.', end - 1)) {
      const auto found = table.find(name.substr(0, end));
      if (found != table.end()) {
        const std::string rest = name.substr(end);
        return found->second.empty() && rest.starts_with('.') ? rest.substr(1) : found->second + rest;
      }
      if (end == 0) break;
    }
    return name;
  };
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const Metadata& metadata) {
  std::vector<const TensorView*> order(tensors.size());
  std::transform(tensors.begin(), tensors.end(), order.begin(), [](const TensorView& tensor) { return &tensor; });
  std::stable_sort(order.begin(), order.end(), [](const TensorView* a, const TensorView* b) {
    return dtype_bytes(a->dtype) > dtype_bytes(b->dtype);
  });
  detail::SafetensorsHeader header;
  header.metadata = metadata;
  std::set<std::string_view> names;
  for (const TensorView* tensor : order) {
    header.entries.push_back(entry_for(*tensor, header.data_bytes, names));
    header.data_bytes = header.entries.back().end;
  }
  const std::string text = format_header(header);
  if (text.size() > detail::kMostHeaderBytes) {
    throw DataError("[write_safetensors] " + text::path(path) + ": expected names and metadata of at most " +
                    std::to_string(detail::kMostHeaderBytes) + " bytes, got " + std::to_string(text.size()));
  }
  const auto prefix = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t(text.size()));
  AtomicFile file(path);
  file.write(prefix);
  file.write(std::as_bytes(std::span(text)));
  for (const TensorView* tensor : order) file.write(tensor->bytes);
  file.commit();
}

TensorFile read_safetensors(const std::filesystem::path& path, const SafetensorsLimits& limits) {
  const detail::SafetensorsReader reader(path, limits);
  const auto& [metadata, entries, data_bytes] = reader.header();
  TensorFile result;
  result.path_ = path;
  result.metadata_ = metadata;
  const std::shared_ptr<std::byte[]> data(new std::byte[std::size_t(data_bytes)]);
  const std::span bytes(data.get(), std::size_t(data_bytes));
  reader.read(0, bytes);
  for (const detail::HeaderEntry& entry : entries) {
    result.index_.emplace(entry.name, result.tensors_.size());
    result.tensors_.push_back(
        {entry.name, entry.dtype, entry.shape, bytes.subspan(entry.begin, entry.end - entry.begin)});
    result.owners_.push_back(data);
  }
  return result;
}

const TensorView* TensorFile::find(std::string_view name) const {
  const auto place = index_.find(name);
  return place == index_.end() ? nullptr : &tensors_[place->second];
}

const TensorView& TensorFile::existing(const char* function, std::string_view name) const {
  if (const TensorView* const tensor = find(name)) return *tensor;
  throw DataError("[TensorFile::" + std::string(function) + "] " + text::path(path_) + ": no tensor " +
                  text::quoted(name));
}

template <class T>
Array<T> TensorFile::get(std::string_view name) const {
  const TensorView& tensor = existing("get", name);
  if (tensor.dtype != dtype_of<T>()) {
    throw DataError("[TensorFile::get] " + text::path(path_) + ": tensor " + text::quoted(name) + " is " +
                    text::escaped(tensor.dtype) + ", expected " + std::string(dtype_of<T>()));
  }
  Array<T> array = empty<T>(tensor.shape);
  if (!tensor.bytes.empty()) std::memcpy(array.data(), tensor.bytes.data(), tensor.bytes.size());
  return array;
}

template <class T>
Array<T> TensorFile::as(std::string_view name) const {
  const TensorView& tensor = existing("as", name);
  Array<T> array = empty<T>(tensor.shape);
  detail::convert<T>(tensor.dtype, tensor.bytes, {array.data(), array.size()},
                     "[TensorFile::as] " + text::path(path_) + ": tensor " + text::quoted(name) + ": ");
  return array;
}

AnyArray TensorFile::array(std::string_view name) const {
  const TensorView& tensor = existing("array", name);
  return AnyArray(tensor.dtype, tensor.shape, tensor.bytes, owners_[std::size_t(&tensor - tensors_.data())]);
}

TensorFile::TensorFile(const std::filesystem::path& path, std::vector<std::pair<std::string, AnyArray>> arrays)
    : path_(path) {
  for (auto& [name, array] : arrays) {
    index_.emplace(name, tensors_.size());
    owners_.push_back(array.owner());
    tensors_.push_back(array.view(std::move(name)));
  }
}

#define XTAPE_INSTANTIATE(T)                                 \
  template Array<T> TensorFile::get(std::string_view) const; \
  template Array<T> TensorFile::as(std::string_view) const;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
XTAPE_INSTANTIATE(std::uint8_t)
XTAPE_INSTANTIATE(std::int64_t)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
