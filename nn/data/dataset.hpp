#pragma once
// Data sets: arrays by name, of any element type, with a row for each sample.

#include "nn/data/image_set.hpp"
#include "nn/files/any_array.hpp"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xtape::nn {

/// Arrays that belong together: the first dimension of each counts the samples. They keep their element types, images
/// that of bytes; batches are made numbers as they are needed. Copies and subsets share the arrays.
///
///   nn::Dataset data{{"x", nn::read_npy("x.npy")}, {"y", targets}};
///   nn::Dataset faces;
///   faces.add("images", nn::map_npy("faces.npy"), 255).add("labels", labels);   // bytes, as numbers in [0, 1]
class Dataset {
 public:
  /// A set without arrays.
  Dataset() = default;

  /// Throws as `add`.
  Dataset(std::initializer_list<std::pair<std::string, AnyArray>> arrays);

  /// Bytes of images as "images", (count, height * width), that become numbers in [0, 1]; and "labels", where there
  /// are some.
  explicit Dataset(const ImageSet& images);

  /// Adds an array: (samples, features...). Where `divisor` is given, its elements count as floating-point numbers,
  /// divided by it: 255 for bytes of images. Throws DataError for an empty name or one that is there, a divisor that is
  /// 0 or not finite, and another number of samples than the arrays have that are there; ShapeError for rank 0.
  Dataset& add(std::string name, AnyArray array, double divisor = 1);

  std::size_t size() const { return size_; }  ///< samples
  std::vector<std::string> names() const;     ///< of the arrays, in the order of addition
  bool has(std::string_view name) const;      ///< whether there is such an array

  /// Whether the elements of an array are integers: of an integer type, and not divided. Throws DataError for a name
  /// that is not there.
  bool is_integer(std::string_view name) const;

  /// The extents of a sample in an array: (features...). Throws as above.
  Shape features(std::string_view name) const;

  /// The rows of an array for some samples, or for all: (indices, features...). T is float, double, std::uint8_t or
  /// std::int64_t, of which the floating-point ones are divided by the array's divisor. Throws DataError for a name
  /// that is not there and numbers that T does not have (AnyArray::as), ShapeError for an index that is not below
  /// size().
  template <class T>
  Array<T> rows(std::string_view name, std::span<const std::size_t> indices) const;
  template <class T>
  Array<T> rows(std::string_view name) const;

  /// The samples with these indices, in their order; one may come several times. Throws ShapeError for an index that is
  /// not below size().
  Dataset subset(std::span<const std::size_t> indices) const;

 private:
  struct Column {
    std::string name;
    AnyArray array;
    double divisor;
  };

  const Column& column(std::string_view name) const;
  std::vector<std::size_t> places(std::span<const std::size_t> indices) const;

  std::vector<Column> columns_;
  std::size_t size_ = 0;
  std::shared_ptr<const std::vector<std::size_t>> subset_;  // the rows of the arrays that are there; null: all
};

#define XTAPE_EXTERN(T)                                                                         \
  extern template Array<T> Dataset::rows(std::string_view, std::span<const std::size_t>) const; \
  extern template Array<T> Dataset::rows(std::string_view) const;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
XTAPE_EXTERN(std::uint8_t)
XTAPE_EXTERN(std::int64_t)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
