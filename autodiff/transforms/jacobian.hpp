#pragma once
// Products with the Jacobian (vjp, jvp), with the Hessian (hvp), and the two as arrays.

#include "autodiff/transforms/grad.hpp"

namespace xtape {

/// A value and its directional derivative, both of the output's shape: arrays, or Vars.
template <class A>
struct ValueAndTangent {
  A value, tangent;
};

/// A value and the function that pulls a cotangent of the output's shape back to the arguments.
template <class T, class Pullback>
struct ValueAndPullback {
  Array<T> value;
  Pullback pullback;
};

namespace detail {

template <class T>
void check_shape(const char* operation, const char* what, const Shape& expected, const Shape& got) {
  if (expected == got) return;
  throw ShapeError("[" + std::string(operation) + "] " + what + " must have the shape " + to_string(expected) +
                   ", got " + to_string(got));
}

// One thing for one argument, for several a tuple of N tuples.
template <std::size_t N, class V>
auto one_or_grid(std::vector<V> values) {
  if constexpr (N == 1) {
    return std::move(values[0]);
  } else {
    const auto row = [&](std::size_t k) {
      const auto first = std::make_move_iterator(values.begin() + std::ptrdiff_t(k * N));
      return one_or_tuple<N>(std::vector<V>(first, first + N));
    };
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::make_tuple(row(K)...);
    }
    (std::make_index_sequence<N>{});
  }
}

// The shape of d y / d x.
template <class T>
Shape jacobian_shape(const Var<T>& y, const Var<T>& x) {
  Shape shape = y.shape();
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  return shape;
}

// Zeros of the shapes y + x.
template <class T, std::size_t N>
std::vector<Array<T>> no_slopes(const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::vector<Array<T>> jacobians;
  for (const Var<T>& argument : x) jacobians.push_back(zeros<T>(jacobian_shape(y, argument)));
  return jacobians;
}

// The i-th unit vector among arrays of this shape.
template <class T>
Array<T> unit(const Shape& shape, std::size_t i) {
  Array<T> seed = zeros<T>(shape);
  seed.data()[i] = T(1);
  return seed;
}

template <class T, std::size_t N>
bool has_fewer_inputs(const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::size_t inputs = 0;
  for (const Var<T>& argument : x) inputs += argument.size();
  return inputs < y.size();
}

// d y / d x as arrays of shape y + x, one sweep an element of y.
template <class T, std::size_t N>
std::vector<Array<T>> rows(const Record<T>& record, const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::vector<Array<T>> jacobians = no_slopes<T, N>(y, x);
  std::array<NodeIndex, N> nodes;
  for (std::size_t k = 0; k < N; ++k) nodes[k] = x[k].node();
  if (!record.owns(y)) return jacobians;  // f does not depend on its arguments
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Array<T> seed = unit<T>(y.shape(), i);
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
      const Array<T> seed = unit<T>(x[k].shape(), j);
      const Array<T> column = gradients_of<T>(record, {&pulled[k], 1}, {&seed, 1}, {&source, 1}, true)[0];
      for (std::size_t i = 0; i < column.size(); ++i) jacobians[k].data()[i * size + j] = column.data()[i];
    }
  }
  return jacobians;
}

// Rows, or columns, of a Jacobian put together along the axis.
template <class T>
Var<T> joined(const std::vector<Var<T>>& slices, std::ptrdiff_t axis, const Shape& shape) {
  return slices.empty() ? Var<T>(zeros<T>(shape)) : Var<T>(reshape(stack(slices, axis), shape));
}

// `rows` by recorded operations.
template <class T, std::size_t N>
std::vector<Var<T>> recorded_rows(Record<T>& record, const Var<T>& y, const std::array<Var<T>, N>& x) {
  std::array<std::vector<Var<T>>, N> rows;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::vector<Var<T>> row = recorded_gradients<T>(record, y, Var<T>(unit<T>(y.shape(), i)), x);
    for (std::size_t k = 0; k < N; ++k) rows[k].push_back(row[k]);
  }
  std::vector<Var<T>> jacobians;
  for (std::size_t k = 0; k < N; ++k) jacobians.push_back(joined(rows[k], 0, jacobian_shape(y, x[k])));
  return jacobians;
}

// `columns` likewise.
template <class T, std::size_t N>
std::vector<Var<T>> recorded_columns(Record<T>& record, const Var<T>& y, const std::array<Var<T>, N>& x) {
  const std::array<Var<T>, 1> cotangent{record.leaf(share(zeros<T>(y.shape())))};
  const std::vector<Var<T>> pulled = recorded_gradients<T>(record, y, cotangent[0], x);
  std::vector<Var<T>> jacobians;
  for (std::size_t k = 0; k < N; ++k) {
    std::vector<Var<T>> columns;
    for (std::size_t j = 0; j < x[k].size(); ++j) {
      columns.push_back(recorded_gradients<T>(record, pulled[k], Var<T>(unit<T>(x[k].shape(), j)), cotangent)[0]);
    }
    jacobians.push_back(joined(columns, -1, jacobian_shape(y, x[k])));
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
  static_assert(sizeof...(XV) % 2 == 0 && sizeof...(XV) > 0,
                "xtape: jvp and hvp take as many directions as points: jvp(f)(x, v)");
  using V = common_var<XV...>;
  using T = typename V::value_type;
  constexpr std::size_t N = sizeof...(XV) / 2;
  const std::array<V, 2 * N> all{as_number<V>(xv)...};
  PointsAndDirections<T, N> result;
  for (std::size_t k = 0; k < N; ++k) {
    result.x[k] = all[k];
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
    static_assert(!(Variable<decltype(x)> || ...),
                  "xtape: vjp takes arrays; to differentiate through a pullback, nest grad of sum(cotangent * f)");
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
/// pullback, which is linear in its cotangent. First all points, then a direction for each. Given a Var among them it
/// gives Vars, as grad does: so do jacobian, hessian and hvp.
template <class F>
auto jvp(F f) {
  return [f = std::move(f)](const auto&... xv) {
    using V = common_var<decltype(xv)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(xv) / 2;
    const detail::PointsAndDirections<T, N> at = detail::points_and_directions("jvp", xv...);
    if constexpr ((Variable<decltype(xv)> || ...)) {
      auto [y, tangent] = detail::on_innermost_tape<T>("jvp", [&](Record<T>& record) {
        const auto arguments = detail::own_leaves<T>("jvp", record, at.x);
        const V value = detail::call<V>("jvp", f, arguments);
        const std::array<V, 1> cotangent{record.leaf(share(zeros<T>(value.shape())))};
        const V along =
            detail::inner_product<T, N>(recorded_gradients<T>(record, value, cotangent[0], arguments), at.v);
        return std::pair(value, recorded_gradients<T>(record, along, V(T(1)), cotangent));
      });
      return ValueAndTangent<V>{std::move(y), std::move(tangent[0])};
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "jvp");
      std::array<V, N> arguments;
      for (std::size_t k = 0; k < N; ++k) arguments[k] = tape.watch(at.x[k]);
      const V y = detail::call<V>("jvp", f, arguments);
      const V cotangent = tape.watch(zeros<T>(y.shape()));
      const std::vector<V> pulled = recorded_gradients<T>(*tape.record(), y, cotangent, arguments);
      return ValueAndTangent<Array<T>>{
          y.value(), tape.gradient(detail::inner_product<T, N>(pulled, at.v), cotangent, {.allow_unused = true})};
    }
  };
}

/// jacobian(f)(x...): d f / d x of shape output + input; a tuple for several arguments. f is called once. The arguments
/// having fewer elements together than the output, it takes one sweep an input element (a column, as jvp does, to which
/// it agrees to rounding), else one an output element (a row, as a pullback gives it).
template <class F>
auto jacobian(F f) {
  return [f = std::move(f)](const auto&... x) {
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    if constexpr ((Variable<decltype(x)> || ...)) {
      auto slopes = detail::on_innermost_tape<T>("jacobian", [&](Record<T>& record) {
        const auto arguments = detail::own_leaves<T>("jacobian", record, std::array<V, N>{as_number<V>(x)...});
        const V y = detail::call<V>("jacobian", f, arguments);
        return std::pair(y, detail::has_fewer_inputs<T, N>(y, arguments)
                                ? detail::recorded_columns<T, N>(record, y, arguments)
                                : detail::recorded_rows<T, N>(record, y, arguments));
      });
      return detail::one_or_tuple<N>(std::move(slopes.second));
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "jacobian");
      const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
      const V y = detail::call<V>("jacobian", f, arguments);
      return detail::one_or_tuple<N>(detail::has_fewer_inputs<T, N>(y, arguments)
                                         ? detail::columns<T, N>(tape, y, arguments)
                                         : detail::rows<T, N>(*tape.record(), y, arguments));
    }
  };
}

/// hessian(f)(x...): the second derivatives of a function that returns one number, of shape input + input; for several
/// arguments a tuple of tuples, the first index the argument differentiated first.
template <class F>
auto hessian(F f) {
  return [f = std::move(f)](const auto&... x) {
    using V = common_var<decltype(x)...>;
    using T = typename V::value_type;
    constexpr std::size_t N = sizeof...(x);
    const auto gradients = [&f](Record<T>& record, const std::array<V, N>& arguments) {
      const auto of = [&](const auto&... a) {
        return detail::recorded_value_and_gradients<T>("hessian", record, f, a...).second;
      };
      return std::apply(of, arguments);
    };
    if constexpr ((Variable<decltype(x)> || ...)) {
      auto blocks = detail::on_innermost_tape<T>("hessian", [&](Record<T>& record) {
        const auto arguments = detail::own_leaves<T>("hessian", record, std::array<V, N>{as_number<V>(x)...});
        std::vector<V> all;
        for (const V& gradient : gradients(record, arguments)) {
          for (V& block : detail::recorded_rows<T, N>(record, gradient, arguments)) all.push_back(std::move(block));
        }
        return std::pair(V(), std::move(all));
      });
      return detail::one_or_grid<N>(std::move(blocks.second));
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "hessian");
      const std::array<V, N> arguments{tape.watch(as_number<V>(x))...};
      std::vector<Array<T>> all;
      for (const V& gradient : gradients(*tape.record(), arguments)) {
        for (Array<T>& block : detail::rows<T, N>(*tape.record(), gradient, arguments)) all.push_back(std::move(block));
      }
      return detail::one_or_grid<N>(std::move(all));
    }
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
    const auto slope = [&](Record<T>& record, const std::array<V, N>& arguments) {
      const auto gradients = [&](const auto&... a) {
        return detail::recorded_value_and_gradients<T>("hvp", record, f, a...).second;
      };
      return detail::inner_product<T, N>(std::apply(gradients, arguments), at.v);
    };
    if constexpr ((Variable<decltype(xv)> || ...)) {
      auto product = detail::on_innermost_tape<T>("hvp", [&](Record<T>& record) {
        const auto arguments = detail::own_leaves<T>("hvp", record, at.x);
        const V along = slope(record, arguments);
        return std::pair(along, recorded_gradients<T>(record, along, V(T(1)), arguments));
      });
      return detail::one_or_tuple<N>(std::move(product.second));
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "hvp");
      std::array<V, N> arguments;
      for (std::size_t k = 0; k < N; ++k) arguments[k] = tape.watch(at.x[k]);
      return detail::one_or_tuple<N>(tape.gradient(slope(*tape.record(), arguments),
                                                   std::vector<V>(arguments.begin(), arguments.end()),
                                                   {.allow_unused = true}));
    }
  };
}

}  // namespace xtape
