#include "nn/data/image_set.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/kernels/threads.hpp"
#include "autodiff/text.hpp"
#include "nn/files/idx_reader.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <system_error>

namespace xtape::nn {
namespace {

std::string stem_of(DataPart part, const std::string& what) {
  return (part == DataPart::kTrain ? "train-" : "t10k-") + what;
}

std::string kind_of(const std::string& what) {
  return what == "images" ? "idx3-ubyte" : "idx1-ubyte";
}

/// The file that holds `what` ("images" or "labels"), under whichever of its names it goes; an empty path for none.
std::filesystem::path find_if_there(const std::filesystem::path& folder, DataPart part, const std::string& what) {
  for (const char* separator : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      auto path = folder / (stem_of(part, what) + separator + kind_of(what) + ending);
      std::error_code error;
      if (std::filesystem::exists(path, error)) return path;
    }
  }
  return {};
}

/// The same, where it has to be there.
std::filesystem::path find_file(const std::filesystem::path& folder, DataPart part, const std::string& what) {
  if (auto path = find_if_there(folder, part, what); !path.empty()) return path;
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    throw DataError("[load_image_set] expected a folder with IDX files, got " + text::path(folder) +
                    ", which is no folder");
  }
  throw DataError("[load_image_set] " + text::path(folder) + " has no file " + stem_of(part, what) + "-" +
                  kind_of(what) + " (nor with .gz, nor with . for the second -)");
}

}  // namespace

ImageSet::ImageSet(std::size_t height, std::size_t width, std::vector<std::uint8_t> images,
                   std::vector<std::uint8_t> labels)
    : height_(height), width_(width) {
  if (height == 0 || width == 0 || width > std::size_t(-1) / height || images.size() % pixels() != 0) {
    throw DataError("[ImageSet] expected whole images of " + std::to_string(height) + " x " + std::to_string(width) +
                    " pixels, got " + std::to_string(images.size()) + " bytes");
  }
  count_ = images.size() / pixels();
  if (!labels.empty() && labels.size() != count_) {
    throw DataError("[ImageSet] expected a label for each image, got " + std::to_string(count_) + " images and " +
                    std::to_string(labels.size()) + " labels");
  }
  storage_ = std::make_shared<const Storage>(Storage{std::move(images), std::move(labels)});
}

void ImageSet::check_index(const char* where, std::size_t index) const {
  if (index >= count_) {
    throw DataError("[ImageSet::" + std::string(where) + "] expected an index below " + std::to_string(count_) +
                    ", got " + std::to_string(index));
  }
}

std::span<const std::uint8_t> ImageSet::image(std::size_t index) const {
  check_index("image", index);
  return std::span(storage_->images).subspan((first_ + index) * pixels(), pixels());
}

std::uint8_t ImageSet::label(std::size_t index) const {
  check_index("label", index);
  if (!has_labels()) throw DataError("[ImageSet::label] these images have no labels");
  return storage_->labels[first_ + index];
}

std::span<const std::uint8_t> ImageSet::labels() const {
  return has_labels() ? std::span(storage_->labels).subspan(first_, count_) : std::span<const std::uint8_t>();
}

ImageSet ImageSet::slice(std::size_t first, std::size_t count) const {
  if (first > count_ || count > count_ - first) {
    throw DataError("[ImageSet::slice] expected a part of " + std::to_string(count_) + " images, got " +
                    std::to_string(count) + " from " + std::to_string(first) + " on");
  }
  ImageSet part = *this;
  part.first_ += first;
  part.count_ = count;
  return part;
}

template <class T>
Array<T> ImageSet::gather(std::span<const std::size_t> indices) const {
  Array<T> numbers = empty<T>(Shape{indices.size(), pixels()});
  const std::size_t work = numbers.size() / 8;  // a pixel costs far less than what threads are worth starting for
  kernels::parallel_for(indices.size(), 1, work, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto bytes = image(indices[i]);
      std::transform(bytes.begin(), bytes.end(), numbers.data() + i * pixels(),
                     [](std::uint8_t byte) { return T(byte) / T(255); });
    }
  });
  return numbers;
}

template <class T>
Array<T> ImageSet::first(std::size_t count) const {
  std::vector<std::size_t> indices(std::min(count, count_));
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return gather<T>(indices);
}

ImageSet load_image_set(const std::filesystem::path& folder, DataPart part, const IdxLimits& limits, Labels labels) {
  const auto images_path = find_file(folder, part, "images");
  const auto labels_path = labels == Labels::kRead          ? find_file(folder, part, "labels")
                           : labels == Labels::kReadIfThere ? find_if_there(folder, part, "labels")
                                                            : std::filesystem::path();
  detail::IdxReader images(images_path, limits, 3);
  std::optional<detail::IdxReader> classes;
  if (!labels_path.empty()) classes.emplace(labels_path, limits, 1);
  // The headers are compared before anything is read: it may be much that compressed files hold.
  const std::size_t count = images.shape()[0], height = images.shape()[1], width = images.shape()[2];
  if (classes && count != classes->shape()[0]) {
    throw DataError("[load_image_set] expected a label for each image: " + text::path(images_path) + " has " +
                    std::to_string(count) + " images, " + text::path(labels_path) + " has " +
                    std::to_string(classes->shape()[0]) + " labels");
  }
  if (count == 0 || height == 0 || width == 0) {
    throw DataError("[load_image_set] " + text::path(images_path) + ": expected images, got the extents " +
                    to_string(images.shape()));
  }
  std::vector<std::uint8_t> label_bytes;
  if (classes) label_bytes = classes->elements();
  return ImageSet(height, width, images.elements(), std::move(label_bytes));
}

template Array<float> ImageSet::gather(std::span<const std::size_t>) const;
template Array<double> ImageSet::gather(std::span<const std::size_t>) const;
template Array<float> ImageSet::first(std::size_t) const;
template Array<double> ImageSet::first(std::size_t) const;

}  // namespace xtape::nn
