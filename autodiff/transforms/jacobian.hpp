#pragma once
// Products with the Jacobian (vjp, jvp), with the Hessian (hvp), and the two as arrays.

#include "autodiff/transforms/grad.hpp"

namespace xtape {

/// A value and its directional derivative, both of the output's shape.
template <class T>
struct ValueAndTangent {
  Array<T> value, tangent;
};

/// A value and the function that pulls a cotangent of the output's shape back to the arguments.
template <class T, class Pullback>
struct ValueAndPullback {
  Array<T> value;
  Pullback pullback;
};

namespace detail {

// A transform that makes a tape of its own would take a Var for a constant, and lose what it depends on.
template <class... X>
constexpr void check_arrays() {
  static_assert(
      !(Variable<X> || ...),
      "xtape: vjp, jvp, jacobian, hessian and hvp take arrays; to differentiate through a derivative, nest grad");
}

template <class T>
void check_shape(const char* operation, const char* what, const Shape& expected, const Shape& got) {
  if (expected == got) return;
  throw ShapeError("[" + std::string(operation) + "] " + what + " must have the shape " + to_string(expected) +
                   ", got " + to_string(got));
}

// Zeros of the shapes y + x.
template <class T, std::size_t N>
std::vector<Array<T>> no_slopes(const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::vector<Array<T>> jacobians;
  for (const Var<T>& argument : x) {
    Shape shape = y.shape();
    for (const std::size_t extent : argument.shape()) shape.push_back(extent);
    jacobians.push_back(zeros<T>(shape));
  }
  return jacobians;
}

// d y / d x as arrays of shape y + x, one sweep an element of y.
template <class T, std::size_t N>
std::vector<Array<T>> rows(const Record<T>& record, const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::vector<Array<T>> jacobians = no_slopes<T, N>(y, x);
  std::array<NodeIndex, N> nodes;
  for (std::size_t k = 0; k < N; ++k) nodes[k] = x[k].node();
  if (!record.owns(y)) return jacobians;  // f does not depend on its arguments
  for (std::size_t i = 0; i < y.size(); ++i) {
    Array<T> seed = zeros<T>(y.shape());
    seed.data()[i] = T(1);
    const std::vector<Array<T>> row = gradients_of<T>(record, {&y, 1}, {&seed, 1}, nodes, true);
    for (std::size_t k = 0; k < N; ++k)
      std::copy_n(row[k].data(), row[k].size(), jacobians[k].data() + i * row[k].size());
  }
  return jacobians;
}

// The same, one sweep an element of x: the pullback is linear in its cotangent, and its derivative in direction e_j is
// column j, as in jvp. It is recorded once.
template <class T, std::size_t N>
std::vector<Array<T>> columns(Tape<T>& tape, const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::vector<Array<T>> jacobians = no_slopes<T, N>(y, x);
  const Record<T>& record = *tape.record();
  if (!record.owns(y)) return jacobians;
  const Var<T> cotangent = tape.watch(zeros<T>(y.shape()));
  const std::vector<Var<T>> pulled = recorded_gradients<T>(*tape.record(), y, cotangent, x);
  const NodeIndex source = cotangent.node();
  for (std::size_t k = 0; k < N; ++k) {
    if (!record.owns(pulled[k])) continue;  // f does not depend on this one
    const std::size_t size = x[k].size();
    for (std::size_t j = 0; j < size; ++j) {
      Array<T> seed = zeros<T>(x[k].shape());
      seed.data()[j] = T(1);
      const Array<T> column = gradients_of<T>(record, {&pulled[k], 1}, {&seed, 1}, {&source, 1}, true)[0];
      for (std::size_t i = 0; i < column.size(); ++i) jacobians[k].data()[i * size + j] = column.data()[i];
    }
  }
  return jacobians;
}

// The arguments (x..., v...) of a derivative in a direction.
template <class T, std::size_t N>
struct PointsAndDirections {
  std::array<Var<T>, N> x, v;
};
template <class... XV>
auto points_and_directions(const char* operation, const XV&... xv) {
  check_arrays<XV...>();
  static_assert(sizeof...(XV) % 2 == 0 && sizeof...(XV) > 0,
                "xtape: jvp and hvp take as many directions as points: jvp(f)(x, v)");
  using V = common_var<XV...>;
  using T = typename V::value_type;
  constexpr std::size_t N = sizeof...(XV) / 2;
  const std::array<V, 2 * N> all{as_number<V>(xv)...};
  PointsAndDirections<T, N> result;
  for (std::size_t k = 0; k < N; ++k) {
    result.x[k] = all[k].constant();
    result.v[k] = all[N + k];
    check_shape<T>(operation, "each direction", all[k].shape(), all[N + k].shape());
  }
  return result;
}

template <class T, std::size_t N>
Var<T> inner_product(const std::vector<Var<T>>& a, const std::array<Var<T>, N>& b) {
  Var<T> total = sum(a[0] * b[0]);
  for (std::size_t k = 1; k < N; ++k) total = total + sum(a[k] * b[k]);
  return total;
}

}  // namespace detail

/// vjp(f)(x...) gives {value, pullback}: pullback(g) is the gradient of sum(g * f) with respect to each argument, for a
/// cotangent g of the value's shape; it may be called any number of times and outlives everything but itself.
template <class F>
auto vjp(F f) {
  return [f = std::move(f)](const auto&... x) {
    detail::check_arrays<decltype(x)...>();
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "vjp");
    const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
    const V y = detail::seen_by(*tape.record(), detail::call<V>("vjp", f, arguments));
    std::array<NodeIndex, N> nodes;
    for (std::size_t k = 0; k < N; ++k) nodes[k] = arguments[k].node();
    auto pullback = [record = tape.record(), nodes, y](const auto& cotangent) {
      if (!record) throw TapeError("[vjp] the pullback was moved from");
      const Array<T> seed = evaluated<T>(cotangent);
      detail::check_shape<T>("vjp", "the cotangent", y.shape(), shape_of(seed));
      return detail::one_or_tuple<N>(gradients_of<T>(*record, {&y, 1}, {&seed, 1}, nodes, true));
    };
    return ValueAndPullback<T, decltype(pullback)>{y.value(), std::move(pullback)};
  };
}

/// jvp(f)(x..., v...): f's value and its derivative in the direction v, {value, tangent}, by differentiating the
/// pullback, which is linear in its cotangent. First all points, then a direction for each.
template <class F>
auto jvp(F f) {
  return [f = std::move(f)](const auto&... xv) {
    using V = common_var<decltype(xv)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(xv) / 2;
    const detail::PointsAndDirections<T, N> at = detail::points_and_directions("jvp", xv...);
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "jvp");
    std::array<V, N> arguments;
    for (std::size_t k = 0; k < N; ++k) arguments[k] = tape.watch(at.x[k]);
    const V y = detail::call<V>("jvp", f, arguments);
    const V cotangent = tape.watch(zeros<T>(y.shape()));
    const std::vector<V> pulled = recorded_gradients<T>(*tape.record(), y, cotangent, arguments);
    return ValueAndTangent<T>{
        y.value(), tape.gradient(detail::inner_product<T, N>(pulled, at.v), cotangent, {.allow_unused = true})};
  };
}

/// jacobian(f)(x...): d f / d x of shape output + input; a tuple for several arguments. f is called once. The arguments
/// having fewer elements together than the output, it takes one sweep an input element (a column, as jvp does, to which
/// it agrees to rounding), else one an output element (a row, as a pullback gives it).
template <class F>
auto jacobian(F f) {
  return [f = std::move(f)](const auto&... x) {
    detail::check_arrays<decltype(x)...>();
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "jacobian");
    const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
    const V y = detail::call<V>("jacobian", f, arguments);
    std::size_t inputs = 0;
    for (const V& argument : arguments) inputs += argument.size();
    return detail::one_or_tuple<N>(inputs < y.size() ? detail::columns<T, N>(tape, y, arguments)
                                                     : detail::rows<T, N>(*tape.record(), y, arguments));
  };
}

/// hessian(f)(x...): the second derivatives of a function that returns one number, of shape input + input; for several
/// arguments a tuple of tuples, the first index the argument differentiated first.
template <class F>
auto hessian(F f) {
  return [f = std::move(f)](const auto&... x) {
    detail::check_arrays<decltype(x)...>();
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "hessian");
    const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
    const std::vector<V> gradients = std::apply(
        [&](const auto&... a) {
          return detail::recorded_value_and_gradients<T>("hessian", *tape.record(), f, a...).second;
        },
        arguments);
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      if constexpr (N == 1) {
        return std::move(detail::rows<T, N>(*tape.record(), gradients[0], arguments)[0]);
      } else {
        return std::make_tuple(detail::one_or_tuple<N>(detail::rows<T, N>(*tape.record(), gradients[K], arguments))...);
      }
    }
    (std::make_index_sequence<N>{});
  };
}

/// hvp(f)(x..., v...): the Hessian of a function that returns one number, times the direction v, without forming it.
template <class F>
auto hvp(F f) {
  return [f = std::move(f)](const auto&... xv) {
    using V = common_var<decltype(xv)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(xv) / 2;
    const detail::PointsAndDirections<T, N> at = detail::points_and_directions("hvp", xv...);
    Tape<T> tape;
    LiveTapes<T>::refuse_closed_over(*tape.record(), "hvp");
    std::vector<V> arguments;
    for (const V& point : at.x) arguments.push_back(tape.watch(point));
    const std::vector<V> gradients = [&]<std::size_t... K>(std::index_sequence<K...>) {
      return detail::recorded_value_and_gradients<T>("hvp", *tape.record(), f, arguments[K]...).second;
    }
    (std::make_index_sequence<N>{});
    return detail::one_or_tuple<N>(
        tape.gradient(detail::inner_product<T, N>(gradients, at.v), arguments, {.allow_unused = true}));
  };
}

}  // namespace xtape
