#pragma once
// Derivatives of plain functions: they take arrays and give arrays, or take Vars and give Vars, which is how orders
// nest.

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"

#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape {

/// A value and its gradient; with several arguments `gradient` is a tuple in their order.
template <class V, class G>
struct ValueAndGradient {
  V value;
  G gradient;
};

namespace detail {

// One thing for one argument, a tuple for several.
template <std::size_t N, class V>
auto one_or_tuple(std::vector<V> values) {
  if constexpr (N == 1) {
    return std::move(values[0]);
  } else {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::make_tuple(std::move(values[K])...);
    }
    (std::make_index_sequence<N>{});
  }
}

/// Throws ShapeError unless `shape`, a function's result's, is that of one number.
void check_scalar(const char* operation, const Shape& shape);

// The arguments as variables of their own, so that a derivative is with respect to the argument alone.
template <class T, std::size_t N>
std::array<Var<T>, N> own_leaves(const char* operation, Record<T>& record, std::array<Var<T>, N> x) {
  for (Var<T>& v : x) v = record.leaf(v.shared(), LiveTapes<T>::of(v, operation) != nullptr ? v.node() : kConstant);
  return x;
}

// What f gives for Vars, or NotCallable.
struct NotCallable {};
template <class V, std::size_t>
using Each = const V&;
template <class F, class V, class Indices>
struct ResultOfCall {
  using type = NotCallable;
};
template <class F, class V, std::size_t... K>
  requires std::is_invocable_v<const F&, Each<V, K>...>
struct ResultOfCall<F, V, std::index_sequence<K...>> {
  using type = std::remove_cvref_t<std::invoke_result_t<const F&, Each<V, K>...>>;
};

// f's result. Throws TapeError for a variable of a finished tape or of another thread's.
template <class V, class F, std::size_t N>
V call(const char* operation, const F& f, const std::array<V, N>& arguments) {
  using Result = typename ResultOfCall<F, V, std::make_index_sequence<N>>::type;
  static_assert(
      !std::same_as<Result, NotCallable>,
      "xtape: the function that is differentiated cannot be called with these arguments: it takes as many Vars "
      "as there are arguments, of their precision (write it with const auto& parameters), and is not mutable");
  static_assert(Operand<Result> || std::same_as<Result, NotCallable>,
                "xtape: a function that is differentiated returns one Var, array or number, not a pair, a tuple, a "
                "vector of Vars or nothing; join several Vars with concatenate or stack");
  if constexpr (Operand<Result>) {
    const V y = as_number<V>(std::apply([&](const auto&... x) { return f(x...); }, arguments));
    static_cast<void>(LiveTapes<typename V::value_type>::of(y, operation));
    return y;
  } else {
    return V();
  }
}

// A result as a tape of the library's own sees it: what belongs to a tape around the one that is active does not depend
// on f's arguments.
template <class T>
Var<T> seen_by(const Record<T>& record, const Var<T>& y) {
  return record.owns(y) ? y : y.constant();
}

/// The gradients of a function's result, one number, with respect to its arguments.
template <class T>
std::vector<Array<T>> gradients_of_number(const char* operation, Tape<T>& tape, const Var<T>& y,
                                          std::span<const Var<T>> arguments);

// What body(record) gives, a value and derivatives, on the innermost tape, where it can be differentiated in turn; or,
// where none is alive, on one of its own: constants go in, and constants come out.
template <class T, class Body>
std::pair<Var<T>, std::vector<Var<T>>> on_innermost_tape(const char* operation, const Body& body) {
  std::optional<Tape<T>> own;
  if (LiveTapes<T>::innermost() == nullptr) {
    own.emplace();
    LiveTapes<T>::refuse_closed_over(*own->record(), operation);
  }
  Record<T>& record = *LiveTapes<T>::innermost();
  auto [y, derivatives] = body(record);
  if (own && !y.empty()) y = y.constant();
  // The slope of a linear function is a constant, but one that comes out of this tape: its own derivative is zero for
  // good, and not because something was mislaid.
  for (Var<T>& d : derivatives) d = own ? d.constant() : record.owns(d) ? d : record.leaf(d.shared());
  return {std::move(y), std::move(derivatives)};
}

// The value and the gradients as variables on the active tape.
template <class T, class F, class... X>
std::pair<Var<T>, std::vector<Var<T>>> recorded_value_and_gradients(const char* operation, Record<T>& record,
                                                                    const F& f, const X&... x) {
  const auto arguments = own_leaves<T>(operation, record, std::array<Var<T>, sizeof...(X)>{as_number<Var<T>>(x)...});
  const Var<T> y = call<Var<T>>(operation, f, arguments);
  check_scalar(operation, y.shape());
  return {y, recorded_gradients<T>(record, y, Var<T>(ones<T>(y.shape())), arguments)};
}

}  // namespace detail

/// value_and_grad(f)(x...): f's value, and its gradient with respect to every argument. `f` takes Vars (write it with
/// `const auto&` parameters) and returns one number. Arrays give {T, Array<T>}, Vars {Var<T>, Var<T>}, and several
/// arguments a tuple of gradients. Numbers count as arrays of rank 0. Throws ShapeError if f does not return one
/// number.
///
/// Given arrays, the derivative is taken on a tape of its own, and is a constant to a tape around it: throws TapeError
/// where f then closes over variables of that tape or uses parameters, which would get no gradient. Inside another
/// derivative give it Vars, constant ones too: `grad(g)(Var<double>(array))` is differentiated with respect to
/// everything.
template <class F>
auto value_and_grad(F f) {
  return [f = std::move(f)](const auto&... x) {
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    if constexpr ((Variable<decltype(x)> || ...)) {
      auto [y, gradients] = detail::on_innermost_tape<T>(
          "grad", [&](Record<T>& record) { return detail::recorded_value_and_gradients<T>("grad", record, f, x...); });
      auto result = detail::one_or_tuple<N>(std::move(gradients));
      return ValueAndGradient<V, decltype(result)>{std::move(y), std::move(result)};
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "grad");
      const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
      const V y = detail::seen_by(*tape.record(), detail::call<V>("grad", f, arguments));
      auto result = detail::one_or_tuple<N>(detail::gradients_of_number<T>("grad", tape, y, arguments));
      return ValueAndGradient<T, decltype(result)>{y.item(), std::move(result)};
    }
  };
}

/// grad(f)(x...): the gradient alone. grad(grad-using function) nests to any order.
template <class F>
auto grad(F f) {
  return [both = value_and_grad(std::move(f))](const auto&... x) { return both(x...).gradient; };
}

}  // namespace xtape
