#pragma once
// Functions whose derivative somebody writes: custom_vjp, custom_jvp.

#include "autodiff/core/operation.hpp"
#include "autodiff/transforms/structure.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape {

namespace detail {

template <class T>
using ListFunction = std::function<VarList<T>(const VarList<T>&)>;
/// From the cotangents of the results (custom_vjp) or the tangents of the arguments (custom_jvp), the results and the
/// arguments, to the gradients or to the tangents of the results.
template <class T>
using DerivativeRule = std::function<VarList<T>(const VarList<T>&, const VarList<T>& y, const VarList<T>& x)>;

/// Which of the two the rule is; kEquation: a vjp of a function that reads elements, and does not run on a batch.
enum class Custom { kVjp, kJvp, kEquation };

/// What a function that reads elements is on a batch: of all examples, along the first dimension of the operands that
/// the flags say.
template <class T>
using OnBatch = std::function<VarList<T>(BatchSize, std::span<const Var<T>* const>, std::span<const char>)>;

/// f(x), recorded as one node, of that name, whose derivative is that of the rule.
template <class T>
VarList<T> apply_custom(const char* name, Custom kind, const ListFunction<T>& f, DerivativeRule<T> rule, VarList<T> x,
                        const OnBatch<T>& on_batch = nullptr);

extern template VarList<float> apply_custom(const char*, Custom, const ListFunction<float>&, DerivativeRule<float>,
                                            VarList<float>, const OnBatch<float>&);
extern template VarList<double> apply_custom(const char*, Custom, const ListFunction<double>&, DerivativeRule<double>,
                                             VarList<double>, const OnBatch<double>&);

/// f(x) as one operation, of a function that reads elements, differentiated as it is written: inside vmap example by
/// example.
template <class T>
VarList<T> apply_opaque(const char* name, const ListFunction<T>& f, VarList<T> x);

extern template VarList<float> apply_opaque(const char*, const ListFunction<float>&, VarList<float>);
extern template VarList<double> apply_opaque(const char*, const ListFunction<double>&, VarList<double>);

// rule(v..., y, x...), from lists and what the structures are like.
template <class V, class F, class... D, class Y, class... S>
auto call_rule(const F& rule, std::vector<V> v, const std::tuple<D...>& v_like, const std::vector<V>& y,
               const Y& y_like, const std::vector<V>& x, const std::tuple<S...>& x_like) {
  v.insert(v.end(), y.begin(), y.end());
  v.insert(v.end(), x.begin(), x.end());
  return call_with_parts<V>(rule, v, std::tuple_cat(v_like, std::tuple<Y>(y_like), x_like));
}

template <Custom kKind>
inline constexpr const char* kName = kKind != Custom::kJvp ? "custom_vjp" : "custom_jvp";

// The parts of what a rule gave. Throws ShapeError unless they are like the parts of `like`, whose places and shapes
// expected() says.
template <Custom kKind, bool kArray, class V>
std::vector<V> rule_parts(const std::vector<V>& like, const auto& expected, const auto&... given) {
  std::vector<V> got = parts_of<V>(given...);
  if constexpr (kArray && sizeof...(given) == 1 && (Operand<std::remove_cvref_t<decltype(given)>> && ...)) {
    if (got[0].shape() == like[0].shape()) return got;  // one array for another: no names
  }
  if constexpr (kKind == Custom::kVjp) {
    check_parts(kName<kKind>, "the gradient", expected(), argument_parts(given...));
  } else {
    check_parts(kName<kKind>, "the tangent", expected(), result_parts(given...));
  }
  return got;
}

template <Custom kKind, class F, class Rule>
auto custom(F f, Rule rule) {
  return [f = std::make_shared<const F>(std::move(f)),
          rule = std::make_shared<const Rule>(std::move(rule))](const auto&... x) {
    using V = common_var_of<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    const auto like = skeletons<V>(x...);
    using Given = decltype(call_with_parts<V>(*f, {}, like));
    static_assert(Structured<Given>,
                  "xtape: a function with a derivative of its own gives a Var, or a structure of Vars");
    using Results = structure_with<Given, V>;
    const auto shape = std::make_shared<std::optional<Results>>();  // of the results: the call fills it
    const ListFunction<T> run = [&](const VarList<T>& parts) {
      const Given results = call_with_parts<V>(*f, parts, like);
      shape->emplace(skeleton<V>(results));
      return parts_of<V>(results);
    };
    const DerivativeRule<T> derivative = [rule, like, shape](const VarList<T>& v, const VarList<T>& y,
                                                             const VarList<T>& parts) {
      if constexpr (kKind == Custom::kVjp) {
        const auto gradients = call_rule<V>(*rule, v, std::tuple<Results>(**shape), y, **shape, parts, like);
        const auto expected = [&] {
          return call_with_parts<V>([](const auto&... a) { return argument_parts(a...); }, parts, like);
        };
        if constexpr (sizeof...(x) == 1) {
          return rule_parts<kKind, (Operand<std::remove_cvref_t<decltype(x)>> && ...), V>(parts, expected, gradients);
        } else {
          static_assert(
              requires { requires std::tuple_size<std::remove_cvref_t<decltype(gradients)>>::value == sizeof...(x); },
              "xtape: the vjp of several arguments gives a tuple of a gradient for each");
          const auto list = [&](const auto&... gradient) {
            return rule_parts<kKind, false, V>(parts, expected, gradient...);
          };
          return std::apply(list, gradients);
        }
      } else {
        const auto tangent = call_rule<V>(*rule, v, like, y, **shape, parts, like);
        const auto expected = [&] { return result_parts(put_together<V>(**shape, y)); };
        return rule_parts<kKind, Operand<Results>, V>(y, expected, tangent);
      }
    };
    auto results = apply_custom<T>(kName<kKind>, kKind, run, derivative, parts_of<V>(x...));
    return put_together<V>(**shape, std::move(results));
  };
}

}  // namespace detail

/// custom_vjp(f, vjp)(x...) = f(x...), whose derivative is what `vjp` says: vjp(g, y, x...) gives, from a cotangent g
/// of the result y, the gradient of the argument, or a tuple of one for each of several. f is not differentiated: it
/// may do what it likes with values. Where a derivative is recorded, for one of higher order, so is `vjp`, on
/// variables: write it in differentiable operations. Of one that is not, the second derivative is 0.
///
///   const auto clipped = custom_vjp([](const auto& x) { return x; },
///                                   [](const auto& g, const auto&, const auto&) { return clip(g, -1, 1); });
///
/// Arguments and results may be structures. Throws TapeError where f closes over a variable of the tape, or uses a
/// parameter: make it an argument; ShapeError where `vjp` gives other parts or shapes than the arguments have.
template <class F, class Vjp>
auto custom_vjp(F f, Vjp vjp) {
  return detail::custom<detail::Custom::kVjp>(std::move(f), std::move(vjp));
}

/// custom_jvp(f, jvp)(x...) = f(x...), whose derivative in a direction is what `jvp` says: jvp(v..., y, x...) gives the
/// tangent of the result y for a direction v for each argument, in which it is linear, by differentiable operations.
/// The sweep takes the transpose of it. The rest as for custom_vjp.
template <class F, class Jvp>
auto custom_jvp(F f, Jvp jvp) {
  return detail::custom<detail::Custom::kJvp>(std::move(f), std::move(jvp));
}

}  // namespace xtape
