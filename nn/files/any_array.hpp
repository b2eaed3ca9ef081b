#pragma once
// Arrays of any element type: what files hold, and what batches are made of.

#include "autodiff/core/var.hpp"
#include "nn/files/tensor_file.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace xtape::nn {

class AnyArray;

namespace detail {
class InputFile;
class Mapping;
AnyArray mapped_array(const InputFile& file, std::uint64_t start, std::string_view dtype, const Shape& shape);
}  // namespace detail

/// Numbers of any element type, row-major, that nobody changes: in memory, or in a file that is mapped. Copies share
/// them.
class AnyArray {
 public:
  /// No elements: F32 of shape (0).
  AnyArray() = default;

  /// A float, double or integer array, moved in or copied; also any xtensor expression, std::vector or std::array.
  /// Throws TapeError for an array that was moved from.
  template <class E>
    requires(ArrayLike<E> && !std::same_as<std::remove_cvref_t<E>, AnyArray>)
  AnyArray(E&& array) : AnyArray(Kept(), kept(std::forward<E>(array))) {}

  /// Bytes that `owner` keeps, little-endian. Throws DataError for an element type that is not known (dtype_bytes) and
  /// a shape of too many elements (size_of), and unless the bytes are as many as dtype and shape say.
  AnyArray(std::string_view dtype, const Shape& shape, std::span<const std::byte> bytes,
           std::shared_ptr<const void> owner);

  const std::string& dtype() const { return dtype_; }          ///< as in safetensors files: "F32", "U8", ...
  const Shape& shape() const { return shape_; }                ///< of the elements
  std::size_t size() const { return size_of(shape_); }         ///< elements
  std::span<const std::byte> bytes() const { return bytes_; }  ///< of the elements, little-endian

  /// What keeps the bytes.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  /// Whether the elements are integers: "U8", "I64", ..., "BOOL".
  bool is_integer() const;

  /// The elements as numbers of type T: float, double, std::uint8_t or std::int64_t. Floating-point numbers are rounded
  /// to T where they have more digits; so are integers above 2^24 or 2^53. Integers are made of integers alone, and of
  /// those that T has. Throws DataError for others, naming the element, and for an element type without numbers.
  template <class T>
  Array<T> as() const;

  /// The elements at `indices` of the first dimension, divided by `divisor` where T is a floating-point type: (indices,
  /// features...). Throws DataError as `as`, ShapeError for rank 0 and an index that is not below shape()[0].
  template <class T>
  Array<T> rows(std::span<const std::size_t> indices, double divisor = 1) const;

  /// A view of the same bytes, to be written under a name.
  TensorView view(std::string name) const { return {std::move(name), dtype_, shape_, bytes_}; }

 private:
  friend AnyArray detail::mapped_array(const detail::InputFile& file, std::uint64_t start, std::string_view dtype,
                                       const Shape& shape);
  struct Kept {};
  template <class T>
  AnyArray(Kept, std::shared_ptr<const Array<T>> array)
      : dtype_(dtype_of<T>()),
        shape_(shape_of(*array)),
        bytes_(std::as_bytes(std::span(array->data(), array->size()))),
        owner_(array) {}

  template <class E>
  static auto kept(E&& array) {
    if constexpr (Sequence<E>) {
      using T = sequence_element<E>;
      return std::make_shared<const Array<T>>(array_of<T>(array));
    } else {
      using Element = typename std::remove_cvref_t<E>::value_type;
      using T = std::conditional_t<std::is_same_v<Element, bool>, std::uint8_t, Element>;
      check_alive(array);
      return std::make_shared<const Array<T>>(std::forward<E>(array));
    }
  }

  std::string dtype_ = "F32";
  Shape shape_{0};
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  const detail::Mapping* mapping_ = nullptr;  // the owner, where that is one
};

#define XTAPE_EXTERN(T)                          \
  extern template Array<T> AnyArray::as() const; \
  extern template Array<T> AnyArray::rows(std::span<const std::size_t>, double) const;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
XTAPE_EXTERN(std::uint8_t)
XTAPE_EXTERN(std::int64_t)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
