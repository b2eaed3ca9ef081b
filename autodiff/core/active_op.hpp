#pragma once
// Element-wise operations on single numbers, and on active ones, which record them with their slopes.

#include "autodiff/core/elementwise_op.hpp"

namespace xtape {

namespace detail {

/// Whether the op is written in C++'s own operators, which take plain numbers as well as registers: else a single
/// number is computed in a register, to the bits that it has in an array.
template <class Op>
concept OfPlainNumbers = requires {
  requires Op::plain;
};
/// Whether the op says whether something holds.
template <class Op>
concept Tests = requires {
  requires Op::tests;
};

}  // namespace detail

template <class Op, class T, class... R>
Scalar<T> apply_to(const Op& op, const Scalar<T>& first, const R&... rest) {
  if constexpr (detail::OfPlainNumbers<Op>) {
    return Scalar<T>(T(op.eval(first, rest...)));
  } else {
    return Scalar<T>(Batch<T>(op.eval(Batch<T>(first.v), Batch<T>(rest.v)...)).first());
  }
}

template <class A, class Op, class... X>
auto apply_to_actives(const Op& op, const X&... x);

namespace detail {

// The op on what active numbers hold.
template <class V, class Op>
V value_of(const Op& op, const V& first, const std::same_as<V> auto&... rest) {
  if constexpr (kIsActive<V>) {
    return apply_to_actives<V>(op, first, rest...);
  } else {
    return apply_to(op, first, rest...);
  }
}

// {y, dy/dx...} of an op that computes them together: for derivatives of derivatives as constants.
template <class V, class Op>
auto value_and_slopes(const Op& op, const V& first, const std::same_as<V> auto&... rest) {
  constexpr std::size_t kCount = 2 + sizeof...(rest);
  std::array<V, kCount> result;
  const auto take = [&result](const auto& found, const auto& convert) {
    for (std::size_t k = 0; k < kCount; ++k) result[k] = convert(found[k]);
  };
  if constexpr (kIsActive<V>) {
    take(value_and_slopes<typename V::Value>(op, first.v, rest.v...), [](const auto& x) { return V(x); });
  } else if constexpr (kIsScalar<V>) {
    using T = typename V::value_type;
    take(op.eval_with_partials(Batch<T>(first.v), Batch<T>(rest.v)...), [](const auto& x) { return V(x.first()); });
  } else {
    take(op.eval_with_partials(first, rest...), [](const auto& x) { return x; });
  }
  return result;
}

// y, recorded as the result of its operands: of those that are no numbers of C++'s own, two at a time.
template <class... X, class V, std::size_t N>
[[gnu::always_inline]] inline Active<V> recorded(NumberTape<V>& tape, const V& y,
                                                 const std::array<std::uint32_t, N>& places,
                                                 const std::array<V, N>& slopes) {
  constexpr std::array<bool, N> kMoves{!Arithmetic<X>...};
  constexpr std::size_t kFirst = std::size_t(std::find(kMoves.begin(), kMoves.end(), true) - kMoves.begin());
  constexpr std::size_t kSecond =
      std::size_t(std::find(kMoves.begin() + std::ptrdiff_t(kFirst) + 1, kMoves.end(), true) - kMoves.begin());
  std::uint32_t place;
  if constexpr (kSecond < N) {
    place = tape.push(places[kFirst], places[kSecond], slopes[kFirst], slopes[kSecond]);
    for (std::size_t k = kSecond + 1; k < N; ++k) {
      if (places[k] != 0) place = tape.push(place, places[k], V(typename V::value_type(1)), slopes[k]);
    }
  } else {
    place = tape.push(places[kFirst], 0, slopes[kFirst], slopes[kFirst]);
  }
  return Active<V>(y, tape.run(), place);
}

}  // namespace detail

/// One op on active numbers A: its value by the op itself on what they hold, its slopes by the op's own vjp. What a
/// choice does not take is left out: it contributes nothing, be its derivative infinite.
template <class A, class Op, class... X>
auto apply_to_actives(const Op& op, const X&... x) {
  using V = typename A::Value;
  constexpr std::size_t kCount = sizeof...(X);
  return [&op]<std::size_t... K>(std::index_sequence<K...>, const auto&... operand) {
    using Result = std::conditional_t<detail::Tests<Op>, typename A::Truth, A>;
    if constexpr (detail::Flat<Op>) {
      return Result(detail::value_of<V>(op, operand.v...));
    } else {
      detail::NumberTape<V>* const tape = detail::NumberTape<V>::innermost;
      std::array<std::uint32_t, kCount> places{operand.place_on(tape)...};
      if ((places[K] | ...) == 0) return Result(detail::value_of<V>(op, operand.v...));
      std::array<V, kCount> slopes;
      V y;
      const V one(typename V::value_type(1));
      if constexpr (detail::KeepsPartials<Op>) {
        const auto all = detail::value_and_slopes<V>(op, operand.v...);
        if constexpr (!kIsActive<V>) {
          y = all[0];
          slopes = {all[1 + K]...};
        } else {
          y = detail::value_of<V>(op, operand.v...);
          if constexpr (detail::kSavesInput<Op>) {
            slopes = op.vjp(one, detail::saved<Op, kOutput>(y), operand.v...);
          } else {
            slopes = op.vjp(one, y, all[1 + K]...);
          }
        }
      } else {
        y = detail::value_of<V>(op, operand.v...);
        slopes = op.vjp(one, detail::saved<Op, kOutput>(y), detail::saved<Op, xtape::operand(K)>(operand.v)...);
      }
      if constexpr (detail::Selects<Op> && kIsScalar<V>) {
        ((places[K] = slopes[K].v == 0 ? 0 : places[K]), ...);
        if ((places[K] | ...) == 0) return Result(y);
      }
      return detail::recorded<X...>(*tape, y, places, slopes);
    }
  }
  (std::index_sequence_for<X...>{}, as_number<A>(x)...);
}

}  // namespace xtape
