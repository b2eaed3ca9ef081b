#include "nn/files/tensor_index.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"
#include "nn/files/conversion.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace xtape::nn::detail {
namespace {

/// The first of many differences in one line.
std::string joined(const std::vector<std::string>& differences) {
  constexpr std::size_t kMostShown = 8;
  std::string line = differences[0];
  for (std::size_t i = 1; i < std::min(differences.size(), kMostShown); ++i) line += "; " + differences[i];
  if (differences.size() > kMostShown) line += "; and " + std::to_string(differences.size() - kMostShown) + " more";
  return line;
}

/// A tensor's type and shape: F32 (2, 3).
std::string described(std::string_view dtype, const Shape& shape) {
  return text::escaped(dtype) + " " + to_string(shape);
}

/// Whether numbers of one element type are made of those of another.
bool is_convertible(std::string_view from, std::string_view to) {
  const bool is_float = from == "F16" || from == "BF16" || from == "F32" || from == "F64";
  return is_integer(from) || (is_float && !is_integer(to));
}

}  // namespace

template <class Entry>
TensorIndex<Entry> index_of(std::span<const Entry> entries, const Rename& rename, const std::filesystem::path& path,
                            std::string_view loader) {
  TensorIndex<Entry> index;
  for (const Entry& entry : entries) {
    const auto [place, is_new] = index.emplace(rename ? rename(entry.name) : entry.name, &entry);
    if (is_new) continue;
    throw DataError(text::bracketed(loader) + text::path(path) + ": " + text::quoted(entry.name) + " and " +
                    text::quoted(place->second->name) + " are both renamed to " + text::quoted(place->first));
  }
  return index;
}

template <class Entry>
TensorIndex<Entry> shared_names(std::span<const Entry> entries, const Metadata& metadata, const Rename& rename) {
  TensorIndex<Entry> shared;
  if (metadata.empty()) return shared;
  std::map<std::string_view, const Entry*> by_name;
  for (const Entry& entry : entries) by_name.emplace(entry.name, &entry);
  for (const auto& [name, other] : metadata) {
    const auto found = by_name.find(other);
    if (found != by_name.end()) shared.emplace(rename ? rename(name) : name, found->second);
  }
  return shared;
}

template <class Entry>
void check_fit(const TensorIndex<Entry>& index, std::span<const ExpectedTensor> expected,
               const std::filesystem::path& path, std::string_view loader, std::string_view owner,
               const LoadOptions& options) {
  std::vector<std::string> differences;
  std::set<std::string_view> names;
  std::size_t found = 0;
  for (const ExpectedTensor& tensor : expected) {
    names.insert(tensor.name);
    const auto place = index.find(tensor.name);
    const std::string wanted = described(tensor.dtype, tensor.shape);
    if (place == index.end()) {
      if (options.strict) differences.push_back("missing " + text::quoted(tensor.name) + " " + wanted);
      continue;
    }
    ++found;
    const Entry& got = *place->second;
    const bool fits = got.dtype == tensor.dtype || (options.convert && is_convertible(got.dtype, tensor.dtype));
    if (fits && got.shape == tensor.shape) continue;
    differences.push_back(text::quoted(tensor.name) + " expected " + wanted + ", got " +
                          described(got.dtype, got.shape));
  }
  if (found == 0 && !expected.empty() && !options.strict) differences.push_back("no name is in both");
  for (const auto& [name, entry] : index) {
    if (!options.strict || names.contains(name)) continue;
    differences.push_back("unexpected " + text::quoted(name) + " " + described(entry->dtype, entry->shape));
  }
  if (differences.empty()) return;
  throw DataError(text::bracketed(loader) + text::path(path) + " does not fit " + std::string(owner) + ": " +
                  joined(differences));
}

#define XTAPE_INSTANTIATE(E)                                                                                           \
  template TensorIndex<E> index_of(std::span<const E>, const Rename&, const std::filesystem::path&, std::string_view); \
  template TensorIndex<E> shared_names(std::span<const E>, const Metadata&, const Rename&);                            \
  template void check_fit(const TensorIndex<E>&, std::span<const ExpectedTensor>, const std::filesystem::path&,        \
                          std::string_view, std::string_view, const LoadOptions&);
XTAPE_INSTANTIATE(HeaderEntry)
XTAPE_INSTANTIATE(TensorView)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail
