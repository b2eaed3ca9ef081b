#pragma once
// Grey-level images with labels, kept as the bytes that they are stored in.

#include "autodiff/array.hpp"
#include "nn/files/idx.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace xtape::nn {

/// Images of one size, a byte a pixel, and a label byte for each, or no labels at all. Immutable; copies and slices
/// share the bytes, so that passing a set around costs nothing. Moving a set copies it: the one that was moved from is
/// still good.
class ImageSet {
 public:
  /// A set without images.
  ImageSet() = default;
  ImageSet(const ImageSet&) = default;
  ImageSet& operator=(const ImageSet&) = default;

  /// `images`: (count, height, width) row-major; `labels`: one for each image, or none. Throws DataError where the
  /// number of bytes is no multiple of height * width, an extent is zero, or there are more or fewer labels than
  /// images.
  ImageSet(std::size_t height, std::size_t width, std::vector<std::uint8_t> images,
           std::vector<std::uint8_t> labels = {});

  std::size_t size() const { return count_; }              ///< images
  std::size_t height() const { return height_; }           ///< of an image, in pixels
  std::size_t width() const { return width_; }             ///< of an image, in pixels
  std::size_t pixels() const { return height_ * width_; }  ///< of an image

  /// Whether each image has a label.
  bool has_labels() const { return storage_ != nullptr && !storage_->labels.empty(); }

  /// The pixels of an image, row by row: (height * width). Throws DataError for an index that is not below size().
  std::span<const std::uint8_t> image(std::size_t index) const;

  /// The label of an image. Throws DataError for an index that is not below size(), and where there are no labels.
  std::uint8_t label(std::size_t index) const;

  /// All labels: (size()), or none where there are none. They last as long as a set that shares them.
  std::span<const std::uint8_t> labels() const;

  /// `count` images from `first` on. Throws DataError where there are fewer.
  ImageSet slice(std::size_t first, std::size_t count) const;

  /// The images with these indices as numbers in [0, 1], a pixel byte divided by 255: (indices, height * width).
  /// Throws DataError for an index that is not below size().
  template <class T>
  Array<T> gather(std::span<const std::size_t> indices) const;

  /// The first `count` images in the same form, or all where there are fewer: (min(count, size()), height * width).
  template <class T>
  Array<T> first(std::size_t count) const;

 private:
  struct Storage {
    std::vector<std::uint8_t> images, labels;
  };

  void check_index(const char* where, std::size_t index) const;

  std::shared_ptr<const Storage> storage_;
  std::size_t first_ = 0, count_ = 0, height_ = 0, width_ = 0;
};

/// Which part of a data set.
enum class DataPart { kTrain, kTest };

/// Whether the labels of a data set are read.
enum class Labels { kRead, kReadIfThere, kSkip };

/// Reads the images and labels of a part from a folder with IDX files named as MNIST's are: `train-images-idx3-ubyte`
/// and `train-labels-idx1-ubyte`, or `t10k-...` for the test part, also with `.idx3-` for `-idx3-`, plain or with
/// `.gz`. With Labels::kSkip the file of labels is not looked for, with
/// Labels::kReadIfThere it may be missing: then the images have none. Throws DataError that names the file for one that
/// is missing, malformed, of another rank, or where the numbers of images and labels differ.
ImageSet load_image_set(const std::filesystem::path& folder, DataPart part, const IdxLimits& limits = {},
                        Labels labels = Labels::kRead);

extern template Array<float> ImageSet::gather(std::span<const std::size_t>) const;
extern template Array<double> ImageSet::gather(std::span<const std::size_t>) const;
extern template Array<float> ImageSet::first(std::size_t) const;
extern template Array<double> ImageSet::first(std::size_t) const;

}  // namespace xtape::nn
