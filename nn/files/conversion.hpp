#pragma once
// Numbers of one element type made of those of another: the inside of what reads files.

#include "autodiff/array.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace xtape::nn::detail {

/// Whether an Array may have the shape: of an empty one too the other extents have to be sane (size_of).
bool is_possible(const Shape& shape);

/// Whether the dtype's elements are integers or truth values.
bool is_integer(std::string_view dtype);

/// Makes numbers of type T (float, double, std::uint8_t, std::int64_t) of `bytes`, little-endian, all that `to` has
/// place for; floating-point numbers divided by `divisor`. Throws a DataError that begins with `where`, as AnyArray::as
/// does; the first element has the number `first` there.
template <class T>
void convert(std::string_view dtype, std::span<const std::byte> bytes, std::span<T> to, const std::string& where,
             double divisor = 1, std::size_t first = 0);

}  // namespace xtape::nn::detail
