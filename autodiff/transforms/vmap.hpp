#pragma once
// vmap: a function of one example, over a batch.

#include "autodiff/core/level.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/transforms/structure.hpp"

#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape {

/// Where the examples lie.
struct VmapOptions {
  std::vector<OptionalAxis> in_axes = {0};     ///< axis of each argument, of all its parts; none: the same for all
                                               ///< examples. One stands for every argument
  std::vector<std::ptrdiff_t> out_axes = {0};  ///< axis of each part of the result; one stands for every part
};

namespace detail {

/// That the elements of a variable inside vmap were asked for.
struct ElementsOfBatch : TapeError {
  using TapeError::TapeError;
};

/// Whether the error stream is told of operations that are done example by example.
enum class Loops { kTold, kQuiet };

/// A call of vmap: variables that stand for all examples while it lives.
template <class T>
class BatchOfExamples {
 public:
  /// Of the parts of the arguments, each with its axis. Throws ShapeError where an axis is not there, and where they
  /// have different numbers of examples.
  BatchOfExamples(const PartShapes& places, VarList<T> parts, const std::vector<OptionalAxis>& axes,
                  Loops loops = Loops::kTold);
  BatchOfExamples(const BatchOfExamples&) = delete;
  BatchOfExamples& operator=(const BatchOfExamples&) = delete;

  const VarList<T>& examples() const { return examples_; }
  /// All examples of what the function gave.
  VarList<T> all(const VarList<T>& results, const std::vector<std::ptrdiff_t>& axes) const;

 private:
  LevelScope<T> level_;
  std::size_t size_ = 0;
  VarList<T> examples_;
};
extern template class BatchOfExamples<float>;
extern template class BatchOfExamples<double>;

/// The axis of argument `i` of so many.
OptionalAxis axis_of_argument(const std::vector<OptionalAxis>& axes, std::size_t i, std::size_t count);

/// Whether vmap splits an argument into examples; others, as modules, it hands on.
template <class S>
concept HasExamples = Structured<S> && !HasParameters<S>;
template <class S>
struct ListOfExamples {
  using type = Parts<>;
};
template <HasExamples S>
struct ListOfExamples<S> {
  using type = typename structure_of<S>::List;
};
template <class... X>
using common_var_of_examples = typename CommonVarOf<typename Joined<typename ListOfExamples<X>::type...>::type>::type;

template <class V, class S>
decltype(auto) one_example(const S& s, const V*& next) {
  if constexpr (HasExamples<S>) {
    return passed<V>(s, next);
  } else {
    return (s);
  }
}

}  // namespace detail

/// vmap(f)(x...): f of each example, stacked, where f is written for one: a Var that f is given has the shape of one
/// example, and stands for all of them. There is no loop: each operation is done once, for the whole batch.
///
///   const auto per_example = vmap([&](const auto& x, const auto& y) { return grad(loss)(weights, x, y); })(images,
///   labels);
///
/// Arguments and results may be structures; the examples lie along the first axis of every argument and result, or as
/// the options say: vmap(f, {.in_axes = {0, {}}, .out_axes = {1}}). Modules, and what is no array, are the same for all
/// examples, as is what f closes over. It nests with itself and with every derivative, in any order. What f gives that
/// does not depend on an example is repeated.
///
/// The elements of an example are not to be had inside of f (value(), item(), an `if`): take where(condition, a, b).
/// Operations that do not say what they are on a batch are done example by example, which the standard error stream is
/// told once. Throws ShapeError for an axis that is not there, and where the numbers of examples differ; Error where no
/// argument has any.
template <class F>
auto vmap(F f, VmapOptions options = {}) {
  return [f = std::move(f), options = std::move(options)](const auto&... x) {
    using V = detail::common_var_of_examples<std::remove_cvref_t<decltype(x)>...>;
    using T = typename V::value_type;
    std::vector<OptionalAxis> axes;
    detail::PartShapes places;
    std::vector<V> parts;
    std::size_t argument = 0;
    const auto take_parts = [&]<class S>(const S& s) {
      const std::size_t i = argument++;
      if constexpr (detail::HasExamples<S>) {
        const OptionalAxis axis = detail::axis_of_argument(options.in_axes, i, sizeof...(x));
        const auto add = [&](const auto& part, const detail::Place& place) {
          parts.push_back(as_number<V>(part));
          places.emplace_back(detail::name_of(place), parts.back().shape());
          axes.push_back(axis);
        };
        detail::structure_of<S>::visit(s, add, detail::Place{nullptr, i});
      }
    };
    (take_parts(x), ...);
    const detail::BatchOfExamples<T> batch(places, std::move(parts), axes);
    const V* next = batch.examples().data();
    const std::tuple<decltype(detail::one_example<V>(x, next))...> arguments{detail::one_example<V>(x, next)...};
    static_assert(
        std::is_invocable_v<const F&, const std::remove_reference_t<decltype(detail::one_example<V>(x, next))>&...>,
        "xtape::vmap: the function cannot be called with an example of these arguments: it takes a Var (or a "
        "structure of Vars) for each, of their precision (write it with const auto& parameters), and is not "
        "mutable");
    using Result = std::remove_cvref_t<decltype(std::apply([&f](const auto&... a) { return f(a...); }, arguments))>;
    static_assert(detail::HasExamples<Result>,
                  "xtape::vmap: the function gives a Var, an array or a number, or a structure of such");
    if constexpr (detail::HasExamples<Result>) {
      const Result result = std::apply([&f](const auto&... a) { return f(a...); }, arguments);
      return detail::put_together<V>(result, batch.all(detail::parts_of<V>(result), options.out_axes));
    }
  };
}

}  // namespace xtape
