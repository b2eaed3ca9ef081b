#pragma once
// Numbers that go with the dimensions of a window: strides, paddings, extents.

#include "autodiff/core/axes.hpp"

namespace xtape {

/// A number for each dimension, or one for all of them: 2, {2, 1}, a vector.
class PerDimension {
 public:
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  PerDimension(I all) : numbers_{saturated(all)} {}
  PerDimension(std::initializer_list<std::ptrdiff_t> each) : numbers_(each) {}
  PerDimension(const std::vector<std::ptrdiff_t>& each) : numbers_(each.begin(), each.end()) {}

  /// One for each of `rank` dimensions. Throws ShapeError, naming the operation and what the numbers are, unless there
  /// are one or `rank` of them and all are at least `least`.
  Shape of(const char* operation, const char* what, std::size_t rank, std::ptrdiff_t least) const;
  /// Whether there are none: only {} written out.
  bool empty() const { return numbers_.empty(); }

 private:
  xt::dynamic_shape<std::ptrdiff_t> numbers_;
};

namespace detail {
/// a + b and a b, or the largest number where they are too large for any array.
std::size_t saturated_sum(std::size_t a, std::size_t b);
std::size_t saturated_product(std::size_t a, std::size_t b);
}  // namespace detail

}  // namespace xtape
