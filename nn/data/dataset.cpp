#include "nn/data/dataset.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace xtape::nn {

Dataset::Dataset(std::initializer_list<std::pair<std::string, AnyArray>> arrays) {
  for (const auto& [name, array] : arrays) add(name, array);
}

Dataset::Dataset(const ImageSet& images) {
  if (images.size() == 0) return;
  const auto kept = std::make_shared<const ImageSet>(images);
  const std::span<const std::uint8_t> pixels(kept->image(0).data(), kept->size() * kept->pixels());
  add("images", AnyArray("U8", {kept->size(), kept->pixels()}, std::as_bytes(pixels), kept), 255);
  if (kept->has_labels()) add("labels", AnyArray("U8", {kept->size()}, std::as_bytes(kept->labels()), kept));
}

Dataset& Dataset::add(std::string name, AnyArray array, double divisor) {
  const std::string where = "[Dataset] array " + text::quoted(name) + ": ";
  if (name.empty()) throw DataError("[Dataset] expected a name for an array, got an empty one");
  if (has(name)) throw DataError(where + "the name comes twice");
  if (divisor == 0 || !std::isfinite(divisor)) {
    throw DataError(where + "expected a divisor that is finite and not 0, got " + text::number(divisor));
  }
  if (array.shape().empty()) throw ShapeError(where + "expected (samples, features...), got a single number");
  const std::size_t samples = array.shape()[0];
  if (subset_ != nullptr) throw DataError(where + "expected a whole set to add to, got a part of one");
  if (!columns_.empty() && samples != size_) {
    throw DataError(where + "expected " + std::to_string(size_) + " samples as in " + text::quoted(columns_[0].name) +
                    ", got shape " + to_string(array.shape()));
  }
  size_ = samples;
  columns_.push_back({std::move(name), std::move(array), divisor});
  return *this;
}

std::vector<std::string> Dataset::names() const {
  std::vector<std::string> names;
  for (const Column& column : columns_) names.push_back(column.name);
  return names;
}

bool Dataset::has(std::string_view name) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) { return column.name == name; });
}

const Dataset::Column& Dataset::column(std::string_view name) const {
  for (const Column& column : columns_) {
    if (column.name == name) return column;
  }
  std::string all;
  for (const Column& column : columns_) all += (all.empty() ? "" : ", ") + text::quoted(column.name);
  throw DataError("[Dataset] no array " + text::quoted(name) + "; there are " + (all.empty() ? "none" : all));
}

bool Dataset::is_integer(std::string_view name) const {
  const Column& found = column(name);
  return found.array.is_integer() && found.divisor == 1;
}

Shape Dataset::features(std::string_view name) const {
  const Shape& shape = column(name).array.shape();
  return Shape(shape.begin() + 1, shape.end());
}

/// Where samples lie in the arrays.
std::vector<std::size_t> Dataset::places(std::span<const std::size_t> indices) const {
  std::vector<std::size_t> places(indices.begin(), indices.end());
  for (std::size_t& index : places) {
    if (index >= size_) {
      throw ShapeError("[Dataset] expected indices below " + std::to_string(size_) + ", got " + std::to_string(index));
    }
    if (subset_ != nullptr) index = (*subset_)[index];
  }
  return places;
}

template <class T>
Array<T> Dataset::rows(std::string_view name, std::span<const std::size_t> indices) const {
  const Column& found = column(name);
  return subset_ == nullptr ? found.array.rows<T>(indices, found.divisor)
                            : found.array.rows<T>(places(indices), found.divisor);
}

template <class T>
Array<T> Dataset::rows(std::string_view name) const {
  std::vector<std::size_t> all(size_);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return rows<T>(name, all);
}

Dataset Dataset::subset(std::span<const std::size_t> indices) const {
  Dataset part = *this;
  part.subset_ = std::make_shared<const std::vector<std::size_t>>(places(indices));
  part.size_ = indices.size();
  return part;
}

#define XTAPE_INSTANTIATE(T)                                                             \
  template Array<T> Dataset::rows(std::string_view, std::span<const std::size_t>) const; \
  template Array<T> Dataset::rows(std::string_view) const;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
XTAPE_INSTANTIATE(std::uint8_t)
XTAPE_INSTANTIATE(std::int64_t)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
