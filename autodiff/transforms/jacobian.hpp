#pragma once
// Products with the Jacobian (vjp, jvp), with the Hessian (hvp), and the two as arrays.

#include "autodiff/transforms/grad.hpp"
#include "autodiff/transforms/tangent.hpp"

namespace xtape {

/// A value and its directional derivative, both of the output's shape: arrays, or Vars, or structures of them.
template <class A>
struct ValueAndTangent {
  A value, tangent;
};

/// A value and the function that pulls a cotangent of the output's shape back to the arguments.
template <class V, class Pullback>
struct ValueAndPullback {
  V value;
  Pullback pullback;
};

/// A value and the function that pushes directions of the arguments forward to the output.
template <class V, class Pushforward>
struct ValueAndPushforward {
  V value;
  Pushforward pushforward;
};

namespace detail {

// A function's result: in its structure, and the parts as Vars.
template <class V, class R>
struct Results {
  R structure;
  std::vector<V> parts;
};

// f(x...) as above, of which the result may be a structure.
template <class V, class F, class... X>
auto call_for_structure(const char* operation, Record<typename V::value_type>& record, const F& f,
                        std::span<const V> leaves, const X&... x) {
  using Called = result_of_call<V, F, X...>;
  constexpr bool kKnown = Structured<Called> && !HasParameters<Called>;
  static_assert(kKnown || std::same_as<Called, NotCallable>,
                "xtape: a function that is differentiated returns a Var, an array or a number, or a tuple, a vector, a "
                "map or a struct (one that names its `members`) of such");
  if constexpr (kKnown) {
    Results<V, Called> results{call_as_it_is<V>(record, f, leaves, x...), {}};
    results.parts = parts_of<V>(results.structure);
    for (const V& y : results.parts) static_cast<void>(LiveTapes<typename V::value_type>::of(y, operation));
    return results;
  } else {
    static_cast<void>(call_as_it_is<V>(record, f, leaves, x...));
    return Results<V, V>{};
  }
}

// f(x...) on a tape of its own, where the parts of the arguments are leaves.
template <class V, class F, class... X>
struct CallOnOwnTape {
  using T = typename V::value_type;

  CallOnOwnTape(const char* operation, const F& f, const X&... x) {
    LiveTapes<T>::refuse_closed_over(record(), operation);
    leaves = own_leaves<T>(operation, record(), x...);
    results.emplace(call_for_structure<V>(operation, record(), f, leaves, x...));
    for (V& y : results->parts) y = seen_by(record(), y);
  }

  Record<T>& record() const { return *tape.record(); }
  const VarList<T>& parts() const { return results->parts; }
  const auto& structure() const { return results->structure; }
  /// What f gave, as arrays.
  auto value() const {
    std::vector<Array<T>> values;
    for (const V& y : parts()) values.push_back(y.value());
    return put_together<Array<T>>(structure(), std::move(values));
  }

  Tape<T> tape;
  VarList<T> leaves;
  std::optional<decltype(call_for_structure<V>("", std::declval<Record<T>&>(), std::declval<const F&>(), {},
                                               std::declval<const X&>()...))>
      results;
};
template <class V, class F, class... X>
CallOnOwnTape<V, F, X...> call_on_own_tape(const char* operation, const F& f, const X&... x) {
  return {operation, f, x...};
}

// f at x in the direction v, forwards; `structure` gets what f gave.
template <class V, class F, class... X>
Recorded<typename V::value_type> values_and_tangents(const char* operation, Record<typename V::value_type>& record,
                                                     const F& f, const std::vector<V>& v, auto& structure,
                                                     const X&... x) {
  using T = typename V::value_type;
  const VarList<T> points = points_of<T>(operation, !kGivesVars<X...>, x...);
  const Direction<T> direction(operation, points, v);
  auto results = call_for_structure<V>(operation, record, f, direction.variables(), x...);
  structure.emplace(std::move(results.structure));
  Recorded<T> both;
  for (const V& y : results.parts) {
    both.values.push_back(direction.value_of(y));
    both.derivatives.push_back(direction.tangent_of(y));
  }
  return both;
}
template <class T>
std::vector<Array<T>> arrays_of(VarList<T> values) {
  std::vector<Array<T>> arrays;
  for (Var<T>& value : values) arrays.push_back(std::move(value).value());
  return arrays;
}

// The places on the tape of variables.
template <class T>
std::vector<NodeIndex> nodes_of(const VarList<T>& values) {
  std::vector<NodeIndex> nodes;
  for (const Var<T>& value : values) nodes.push_back(value.node());
  return nodes;
}

// The elements of cotangents or of directions. Throws ShapeError unless they are like the parts that are expected;
// names are only made for that.
template <class V, class... S>
std::vector<Array<typename V::value_type>> seeds_like(const char* operation, const char* what,
                                                      const PartShapes& expected, const auto& places,
                                                      const S&... given) {
  std::vector<Array<typename V::value_type>> seeds;
  std::vector<V> parts = parts_of<V>(given...);
  for (V& part : parts) seeds.push_back(std::move(part).value());
  const bool alike = (Operand<S> && ...) && seeds.size() == 1 && expected.size() == 1 &&
                     !expected[0].first.ends_with(']') && shape_of(seeds[0]) == expected[0].second;
  if (!alike) check_parts(operation, what, expected, places(given...));
  return seeds;
}

/// The gradients of sum(cotangents[i] * y[i]) with respect to the leaves, recorded.
template <class T>
VarList<T> pulled_back(Record<T>& record, const VarList<T>& y, const VarList<T>& cotangents, const VarList<T>& leaves);
/// Leaves of zeros, of the shapes of `y`: as cotangents they make a pullback a function of them, which is linear.
template <class T>
VarList<T> zero_cotangents(Record<T>& record, const VarList<T>& y);
/// The pullback of such a cotangent. It is linear, and so its derivative in a direction is what `y` does in that
/// direction.
template <class T>
struct LinearPullback {
  VarList<T> cotangents, pulled;
  LinearPullback(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves);
};
/// The derivatives of `y` in the direction v of the leaves.
template <class T>
VarList<T> recorded_tangents(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves, const VarList<T>& v);
/// sum(a[k] * b[k]), a number.
template <class T>
Var<T> inner_product(const VarList<T>& a, const VarList<T>& b);

/// d y[i] / d leaves[k], at i * leaves.size() + k, of shape y[i] + leaves[k]: one sweep an element of the leaves where
/// they have fewer than y, else one an element of y.
template <class T>
std::vector<Array<T>> jacobian_blocks(Tape<T>& tape, const VarList<T>& y, const VarList<T>& leaves);
/// The same by one sweep an element of y.
template <class T>
std::vector<Array<T>> jacobian_rows(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves);
/// And both by recorded operations.
template <class T>
VarList<T> recorded_jacobian_blocks(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves);
template <class T>
VarList<T> recorded_jacobian_rows(Record<T>& record, const VarList<T>& y, const VarList<T>& leaves);

// Blocks, in so many rows, each row in the structure of the arguments.
template <class A, class... X>
auto rows_together(std::size_t count, std::vector<A> blocks, const X&... x) {
  const std::size_t columns = part_count(x...);
  std::vector<decltype(put_together_each<A>({}, x...))> rows;
  const auto first = std::make_move_iterator(blocks.begin());
  for (std::size_t r = 0; r < count; ++r) {
    const auto begin = first + std::ptrdiff_t(r * columns);
    rows.push_back(put_together_each<A>(std::vector<A>(begin, begin + std::ptrdiff_t(columns)), x...));
  }
  return rows;
}

// body(points, directions, parts of the directions), the arguments (x..., v...) of a derivative in a direction apart.
template <class Body, class... XV>
auto at_points_along(const char* operation, const Body& body, const XV&... xv) {
  static_assert(sizeof...(XV) % 2 == 0 && sizeof...(XV) > 0,
                "xtape: jvp and hvp take as many directions as points: jvp(f)(x, v)");
  static_assert((Structured<XV> && ...),
                "xtape: jvp and hvp take numbers, arrays, Vars, structures of them and modules");
  using V = common_var_of<XV...>;
  constexpr std::size_t N = sizeof...(XV) / 2;
  const std::tuple<const XV&...> all(xv...);
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    bool alike = false;  // of arrays alone their shapes say so, without names
    if constexpr ((Operand<XV> && ...)) {
      alike = ((shape_of_part(std::get<K>(all)) == shape_of_part(std::get<N + K>(all))) && ...);
    }
    if (!alike) {
      check_parts(operation, "the direction", argument_parts(std::get<K>(all)...),
                  argument_parts(std::get<N + K>(all)...));
    }
    return body(parts_of<V>(std::get<N + K>(all)...), std::get<K>(all)...);
  }
  (std::make_index_sequence<N>{});
}

}  // namespace detail

/// vjp(f)(x...) gives {value, pullback}: pullback(g) is the gradient of sum(g * f) with respect to each argument, for a
/// cotangent g of the value's shape (of its structure); it may be called any number of times and outlives everything
/// but itself. Arguments and results may be structures, as for value_and_grad; so they may for the others here.
template <class F>
auto vjp(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(!detail::kGivesVars<std::remove_cvref_t<decltype(x)>...>,
                  "xtape: vjp takes arrays; to differentiate through a pullback, nest grad of sum(cotangent * f)");
    using V = detail::common_var_of<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    const auto call = detail::call_on_own_tape<V>("vjp", f, x...);
    // What the arguments look like, without their elements.
    const auto like = detail::put_together_each<V>(std::vector<V>(call.leaves.size()), x...);
    auto pullback = [record = call.tape.record(), nodes = detail::nodes_of<T>(call.leaves), y = call.parts(), like,
                     expected = detail::result_parts(call.structure())](const auto& cotangent) {
      if (!record) throw TapeError("[vjp] the pullback was moved from");
      const auto places = [](const auto& given) { return detail::result_parts(given); };
      const auto seeds = detail::seeds_like<V>("vjp", "the cotangent", expected, places, cotangent);
      return detail::put_together<Array<T>>(like, gradients_of<T>(*record, y, seeds, nodes, true));
    };
    auto value = call.value();
    return ValueAndPullback<decltype(value), decltype(pullback)>{std::move(value), std::move(pullback)};
  };
}

/// jvp(f)(x..., v...): f's value and its derivative in the direction v, {value, tangent}, forwards: each operation
/// works out its tangent with its value, nothing is recorded, and the memory does not grow with the length of f. First
/// all points, then a direction for each. Given a Var among them it gives Vars, as grad does: so do jacobian, hessian
/// and hvp.
template <class F>
auto jvp(F f) {
  return [f = std::move(f)](const auto&... xv) {
    const auto along = [&f]<class V>(const std::vector<V>& v, const auto&... x) {
      using T = typename V::value_type;
      if constexpr (detail::kGivesVars<std::remove_cvref_t<decltype(xv)>...>) {
        std::optional<detail::result_of_call<V, F, std::remove_cvref_t<decltype(x)>...>> structure;
        auto recorded = detail::on_innermost_tape<T>("jvp", [&](Record<T>& record) {
          return detail::values_and_tangents<V>("jvp", record, f, v, structure, x...);
        });
        auto value = detail::put_together<V>(*structure, std::move(recorded.values));
        return ValueAndTangent<decltype(value)>{std::move(value),
                                                detail::put_together<V>(*structure, std::move(recorded.derivatives))};
      } else {
        Tape<T> tape;  // refuses what is closed over; nothing is recorded on it
        LiveTapes<T>::refuse_closed_over(*tape.record(), "jvp");
        std::optional<detail::result_of_call<V, F, std::remove_cvref_t<decltype(x)>...>> structure;
        auto both = detail::values_and_tangents<V>("jvp", *tape.record(), f, v, structure, x...);
        auto value = detail::put_together<Array<T>>(*structure, detail::arrays_of<T>(std::move(both.values)));
        return ValueAndTangent<decltype(value)>{
            std::move(value),
            detail::put_together<Array<T>>(*structure, detail::arrays_of<T>(std::move(both.derivatives)))};
      }
    };
    return detail::at_points_along("jvp", along, xv...);
  };
}

/// linearize(f)(x...) gives {value, pushforward}: pushforward(v...) is f's derivative in a direction v for each
/// argument, as jvp gives it; it may be called any number of times, without f, and outlives everything but itself.
template <class F>
auto linearize(F f) {
  return [f = std::move(f)](const auto&... x) {
    static_assert(!detail::kGivesVars<std::remove_cvref_t<decltype(x)>...>,
                  "xtape: linearize takes arrays; to differentiate through a direction, take jvp of Vars");
    using V = detail::common_var_of<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    const auto call = detail::call_on_own_tape<V>("linearize", f, x...);
    const detail::LinearPullback<T> pullback(call.record(), call.parts(), call.leaves);
    auto pushforward = [record = call.tape.record(), pulled = pullback.pulled,
                        sources = detail::nodes_of<T>(pullback.cotangents), expected = detail::argument_parts(x...),
                        shape = detail::skeleton<V>(call.structure())](const auto&... v) {
      if (!record) throw TapeError("[linearize] the pushforward was moved from");
      const auto places = [](const auto&... given) { return detail::argument_parts(given...); };
      const auto seeds = detail::seeds_like<V>("linearize", "the direction", expected, places, v...);
      return detail::put_together<Array<T>>(shape, gradients_of<T>(*record, pulled, seeds, sources, true));
    };
    auto value = call.value();
    return ValueAndPushforward<decltype(value), decltype(pushforward)>{std::move(value), std::move(pushforward)};
  };
}

/// jacobian(f)(x...): d f / d x of shape output + input; a tuple for several arguments, and of a structure for each
/// part of the output the structure of the inputs. f is called once. The arguments having fewer elements together than
/// the output, it takes one sweep an input element (a column, as jvp does, to which it agrees to rounding), else one an
/// output element (a row, as a pullback gives it).
template <class F>
auto jacobian(F f) {
  return [f = std::move(f)](const auto&... x) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    if constexpr (detail::kGivesVars<std::remove_cvref_t<decltype(x)>...>) {
      std::optional<detail::result_of_call<V, F, std::remove_cvref_t<decltype(x)>...>> structure;
      auto recorded = detail::on_innermost_tape<T>("jacobian", [&](Record<T>& record) {
        const auto leaves = detail::own_leaves<T>("jacobian", record, x...);
        auto results = detail::call_for_structure<V>("jacobian", record, f, leaves, x...);
        structure.emplace(std::move(results.structure));
        return detail::Recorded<T>{{}, detail::recorded_jacobian_blocks<T>(record, results.parts, leaves)};
      });
      return detail::put_together(
          *structure, detail::rows_together(detail::part_count(*structure), std::move(recorded.derivatives), x...));
    } else {
      auto call = detail::call_on_own_tape<V>("jacobian", f, x...);
      auto blocks = detail::jacobian_blocks<T>(call.tape, call.parts(), call.leaves);
      return detail::put_together(call.structure(),
                                  detail::rows_together(call.parts().size(), std::move(blocks), x...));
    }
  };
}

/// hessian(f)(x...): the second derivatives of a function that returns one number, of shape input + input; for several
/// arguments a tuple of tuples, the first index the argument differentiated first; of a structure likewise for each of
/// its parts the structure.
template <class F>
auto hessian(F f) {
  return [f = std::move(f)](const auto&... x) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    const auto gradients = [&](Record<T>& record, const std::vector<V>& leaves) {
      return detail::recorded_value_and_gradients<T>("hessian", record, f, leaves, x...).derivatives;
    };
    if constexpr (detail::kGivesVars<std::remove_cvref_t<decltype(x)>...>) {
      auto recorded = detail::on_innermost_tape<T>("hessian", [&](Record<T>& record) {
        const auto leaves = detail::own_leaves<T>("hessian", record, x...);
        return detail::Recorded<T>{{}, detail::recorded_jacobian_rows<T>(record, gradients(record, leaves), leaves)};
      });
      return detail::put_together_each(
          detail::rows_together(detail::part_count(x...), std::move(recorded.derivatives), x...), x...);
    } else {
      Tape<T> tape;
      LiveTapes<T>::refuse_closed_over(*tape.record(), "hessian");
      const auto leaves = detail::own_leaves<T>("hessian", *tape.record(), x...);
      auto blocks = detail::jacobian_rows<T>(*tape.record(), gradients(*tape.record(), leaves), leaves);
      return detail::put_together_each(detail::rows_together(leaves.size(), std::move(blocks), x...), x...);
    }
  };
}

/// hvp(f)(x..., v...): the Hessian of a function that returns one number, times the direction v, without forming it.
template <class F>
auto hvp(F f) {
  return [f = std::move(f)](const auto&... xv) {
    const auto along = [&f]<class V>(const std::vector<V>& v, const auto&... x) {
      using T = typename V::value_type;
      const auto slope = [&](Record<T>& record, const std::vector<V>& leaves) {
        return detail::inner_product<T>(
            detail::recorded_value_and_gradients<T>("hvp", record, f, leaves, x...).derivatives, v);
      };
      if constexpr (detail::kGivesVars<std::remove_cvref_t<decltype(xv)>...>) {
        auto product = detail::on_innermost_tape<T>("hvp", [&](Record<T>& record) {
          const auto leaves = detail::own_leaves<T>("hvp", record, x...);
          return detail::Recorded<T>{
              {}, recorded_gradients<T>(record, slope(record, leaves), V(T(1)), std::span<const V>(leaves))};
        });
        return detail::put_together_each<V>(std::move(product.derivatives), x...);
      } else {
        Tape<T> tape;
        LiveTapes<T>::refuse_closed_over(*tape.record(), "hvp");
        const auto leaves = detail::own_leaves<T>("hvp", *tape.record(), x...);
        return detail::put_together_each<Array<T>>(
            tape.gradient(slope(*tape.record(), leaves), leaves, {.allow_unused = true}), x...);
      }
    };
    return detail::at_points_along("hvp", along, xv...);
  };
}

}  // namespace xtape
