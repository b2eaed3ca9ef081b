#pragma once
// Arrays out of the standard library's containers: whatever takes an array takes a std::vector of numbers as well.

#include "autodiff/array.hpp"

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace xtape {

namespace detail {

/// What numbers a (nested) container holds, and how deep: members only for numbers and for what is made of them.
template <class S>
struct Nested {};
template <class S>
  requires std::is_arithmetic_v<S>
struct Nested<S> {
  using Element = S;
  static constexpr std::size_t kRank = 0;
};
template <class Part>
struct NestedOneDeeper {
  using Element = typename Nested<Part>::Element;
  static constexpr std::size_t kRank = Nested<Part>::kRank + 1;
};
template <class Part, class A>
  requires requires {
    Nested<Part>::kRank;
  }
struct Nested<std::vector<Part, A>> : NestedOneDeeper<Part> {};
template <class Part, std::size_t N>
  requires requires {
    Nested<Part>::kRank;
  }
struct Nested<std::array<Part, N>> : NestedOneDeeper<Part> {};

}  // namespace detail

/// A std::vector or std::array of numbers, or one of such: an array of as many dimensions.
template <class S>
concept Sequence = requires {
  requires(detail::Nested<std::remove_cvref_t<S>>::kRank > 0);
};

/// The type of its numbers.
template <Sequence S>
using sequence_element = typename detail::Nested<std::remove_cvref_t<S>>::Element;

namespace detail {

[[noreturn]] void refuse_ragged(std::size_t expected, std::size_t got);

template <class S>
void append_extents(const S& sequence, Shape& shape) {
  if constexpr (Sequence<S>) {
    shape.push_back(sequence.size());
    if constexpr (Nested<S>::kRank > 1) {
      if (sequence.empty()) {
        for (std::size_t d = 1; d < Nested<S>::kRank; ++d) shape.push_back(0);
      } else {
        append_extents(sequence[0], shape);
      }
    }
  }
}

template <class S, class T>
T* copy_nested(const S& sequence, const std::size_t* extent, T* to) {
  if (sequence.size() != *extent) refuse_ragged(*extent, sequence.size());
  for (const auto& part : sequence) {
    if constexpr (Nested<S>::kRank > 1) {
      to = copy_nested(part, extent + 1, to);
    } else {
      *to++ = static_cast<T>(part);
    }
  }
  return to;
}

}  // namespace detail

/// The numbers as an array of T. Throws ShapeError where the inner containers differ in length.
template <class T, Sequence S>
Array<T> array_of(const S& sequence) {
  Shape shape;
  detail::append_extents(sequence, shape);
  Array<T> array = empty<T>(shape);
  detail::copy_nested(sequence, shape.data(), array.data());
  return array;
}

}  // namespace xtape
