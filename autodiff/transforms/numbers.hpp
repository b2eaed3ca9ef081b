#pragma once
// What a function of single numbers is given, and what becomes of its results: numbers, and arrays and vectors of them,
// one in another, as lists.

#include "autodiff/array.hpp"
#include "autodiff/transforms/signature.hpp"

#include <array>
#include <concepts>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::detail {

/// A list that a function's every run makes anew: its memory comes from the pool.
template <class S>
using PooledList = std::vector<S, PoolAllocator<S>>;
/// Numbers by argument or by result, each in row-major order.
template <class S>
using NumberLists = PooledList<PooledList<S>>;

// What a function is given for a part with these dimensions: a number, or arrays and vectors of numbers, one in
// another.
template <class S, Signature::Part kPart, std::size_t k>
consteval auto nested_numbers() {
  if constexpr (k == kPart.dimensions) {
    return std::type_identity<S>();
  } else {
    using Inner = typename decltype(nested_numbers<S, kPart, k + 1>())::type;
    if constexpr (kPart.dimension[k].extent > 0) {
      return std::type_identity<std::array<Inner, kPart.dimension[k].extent>>();
    } else {
      return std::type_identity<std::vector<Inner>>();
    }
  }
}

template <class A>
inline constexpr bool kIsContainer = requires(A a) {
  a.begin() != a.end();
  typename A::value_type;
};

template <class S, class A>
void fill_numbers(A& into, const std::size_t* extents, const S*& from) {
  if constexpr (std::same_as<A, S>) {
    into = *from++;
  } else {
    if constexpr (requires { into.resize(*extents); }) into.resize(*extents);
    for (auto& inner : into) fill_numbers<S>(inner, extents + 1, from);
  }
}

[[noreturn]] void throw_ragged(std::size_t expected, std::size_t got);

// The extents of what an empty vector would hold: 0, or that of an array.
template <class A>
void append_empty(std::size_t depth, Shape& shape) {
  if constexpr (kIsContainer<A>) {
    if constexpr (requires { std::tuple_size<A>::value; }) {
      if (shape.size() == depth) shape.push_back(std::tuple_size<A>::value);
    } else {
      if (shape.size() == depth) shape.push_back(0);
    }
    append_empty<typename A::value_type>(depth + 1, shape);
  }
}

// Appends the numbers of a result, and says its shape.
template <class S, class A>
void take_numbers(const A& from, std::size_t depth, Shape& shape, PooledList<S>& into) {
  if constexpr (kIsContainer<A>) {
    if (shape.size() == depth) {
      shape.push_back(from.size());
    } else if (shape[depth] != from.size()) {
      throw_ragged(shape[depth], from.size());
    }
    for (const auto& inner : from) take_numbers<S>(inner, depth + 1, shape, into);
    if (from.size() == 0) append_empty<typename A::value_type>(depth + 1, shape);
  } else {
    into.push_back(S(from));
  }
}

/// The user's function on lists of numbers.
template <class F, Signature kSignature>
struct FunctionOfNumbers {
  F f;

  template <class S>
  NumberLists<S> operator()(const NumberLists<S>& x, std::span<const Shape> shapes,
                            std::vector<Shape>& of_results) const {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto argument = [&]<std::size_t k>(std::integral_constant<std::size_t, k>) {
        typename decltype(nested_numbers<S, kSignature.argument[k], 0>())::type numbers{};
        const S* from = x[k].data();
        fill_numbers<S>(numbers, shapes[k].data(), from);
        return numbers;
      };
      return lists<S>(f(argument(std::integral_constant<std::size_t, K>())...), of_results);
    }
    (std::make_index_sequence<kSignature.arguments>());
  }

 private:
  template <class S, class R>
  static NumberLists<S> lists(const R& results, std::vector<Shape>& shapes) {
    NumberLists<S> result;
    const auto add = [&](const auto& one) {
      shapes.emplace_back();
      take_numbers<S>(one, 0, shapes.back(), result.emplace_back());
    };
    if constexpr (!kIsContainer<R> && requires { std::tuple_size<R>::value; }) {
      std::apply([&](const auto&... each) { (add(each), ...); }, results);
    } else {
      add(results);
    }
    return result;
  }
};

}  // namespace xtape::detail
