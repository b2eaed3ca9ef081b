#pragma once
// Which dimensions an operation works along.

#include "autodiff/array.hpp"

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace xtape {

/// An integer of any type as a signed one. What does not fit counts as the largest number, which is out of every range:
/// -1 as a std::size_t is not the last axis.
template <std::integral I>
constexpr std::ptrdiff_t saturated(I number) {
  constexpr std::ptrdiff_t largest = std::numeric_limits<std::ptrdiff_t>::max();
  if constexpr (std::is_unsigned_v<I> && sizeof(I) >= sizeof(std::ptrdiff_t)) {
    if (number > I(largest)) return largest;
  }
  return std::ptrdiff_t(number);
}
/// Such a number in a message: "9223372036854775807 or above" if it is the largest.
std::string saturated_text(std::ptrdiff_t number);

/// A list of dimensions as users write it: all (the default), one (`-1` is the last), or several (`{0, -1}`).
class Axes {
 public:
  Axes() = default;
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Axes(I axis) : all_(false), list_{saturated(axis)} {}
  Axes(std::initializer_list<std::ptrdiff_t> axes) : all_(axes.size() == 0), list_(axes) {}
  /// An empty vector is no dimension at all, as NumPy's `axis=()`; only `{}` written out is all of them.
  Axes(const std::vector<std::ptrdiff_t>& axes) : all_(false), list_(axes.begin(), axes.end()) {}

  bool all() const { return all_; }
  std::size_t size() const { return list_.size(); }
  const std::ptrdiff_t* begin() const { return list_.begin(); }
  const std::ptrdiff_t* end() const { return list_.end(); }

 private:
  bool all_ = true;
  xt::dynamic_shape<std::ptrdiff_t> list_;
};

/// An axis, or none: then the array counts as one row.
using OptionalAxis = std::optional<std::ptrdiff_t>;
/// What converts to one, but for a bool; a template parameter, so that an int is no better match for xtensor's function
/// of the same name.
template <class X>
concept AxisOrNone = std::convertible_to<X, OptionalAxis> && !std::same_as<X, bool>;

/// `axis` counted from the front. Throws ShapeError, naming `operation`, if it is not in [-rank, rank).
std::size_t normalize_axis(const char* operation, std::ptrdiff_t axis, const Shape& shape);
/// The same for an array that is yet to be made, of which only the rank is known.
std::size_t normalize_new_axis(const char* operation, std::ptrdiff_t axis, std::size_t rank);

/// The axes of `shape` as flags, one a dimension. Throws ShapeError for one out of range or named twice.
xt::dynamic_shape<bool> normalize_axes(const char* operation, const Axes& axes, const Shape& shape);

/// `shape` with the marked axes of extent 1, or without them.
Shape reduced_shape(const Shape& shape, const xt::dynamic_shape<bool>& axes, bool keepdims);

/// The number of elements along the marked axes.
std::size_t count_along(const Shape& shape, const xt::dynamic_shape<bool>& axes);

}  // namespace xtape
