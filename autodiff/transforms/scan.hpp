#pragma once
// scan and while_loop: loops whose sweep needs memory for the root of their length.

#include "autodiff/ops/index.hpp"
#include "autodiff/ops/rearrange.hpp"
#include "autodiff/transforms/checkpoint.hpp"
#include "autodiff/transforms/structure.hpp"

#include <cmath>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace xtape {

/// How a loop over a given number of steps is recorded.
struct ScanOptions {
  std::size_t segment = 0;  ///< steps that are recorded as one node, and run again in the sweep; 0: √n of n steps
};

namespace detail {

// How many steps the leading dimensions of these parts stand for. Throws ShapeError where they differ, or where there
// is none.
std::size_t steps_of(const PartShapes& xs);
[[noreturn]] void refuse_endless(std::size_t steps);

// The parts of what a step gave. Throws ShapeError where they are not like those that are expected; names are looked at
// where `by_name`.
template <class V, class S>
std::vector<V> step_parts(const char* operation, const char* what, const PartShapes& expected, const S& given,
                          bool by_name) {
  std::vector<V> parts = parts_of<V>(given);
  bool alike = !by_name && parts.size() == expected.size();
  for (std::size_t i = 0; alike && i < parts.size(); ++i) alike = parts[i].shape() == expected[i].second;
  if (!alike) check_parts(operation, what, expected, result_parts(given));
  return parts;
}

}  // namespace detail

/// scan(f)(carry, xs, theta...): a loop over the first dimension of xs, {carry, y} = f(carry, x, theta...) at each
/// step, from first to last. Gives {the last carry, all y stacked}. carry, xs, y and theta may be structures; all parts
/// of xs have the same first extent. The parameters of modules that f uses get their gradients; variables of the tape
/// are to be among the arguments. Generators that f draws from are named after it, as for checkpoint.
///
/// Of n steps √n segments are recorded, each as a checkpoint: a sweep runs f a second time and needs the memory of √n
/// carries and of one segment. Gradients are those of the loop written out, to the bit. Throws ShapeError where a
/// step's carry, or what is to be stacked, is not like that of the first.
template <class F, std::same_as<Random>... R>
auto scan(F f, const ScanOptions& options, R&... generators) {
  return [f = std::make_shared<const F>(std::move(f)), options, drawn = std::tuple<R&...>(generators...)](
             const auto& carry, const auto& xs, const auto&... theta) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(carry)>, std::remove_cvref_t<decltype(xs)>,
                                    std::remove_cvref_t<decltype(theta)>...>;
    const std::size_t steps = detail::steps_of(detail::result_parts(xs));
    const std::size_t root = std::size_t(std::ceil(std::sqrt(double(steps))));
    const std::size_t length = std::max<std::size_t>(1, options.segment > 0 ? options.segment : root);
    const auto all_xs = detail::parts_of<V>(xs);
    const auto carry_like = detail::skeleton<V>(carry);
    const auto x_like = detail::skeleton<V>(xs);
    const auto carry_parts = detail::result_parts(carry);
    using Carry = detail::structure_with<std::remove_cvref_t<decltype(carry)>, V>;
    using X = detail::structure_with<std::remove_cvref_t<decltype(xs)>, V>;
    static_assert(std::is_invocable_v<const F&, const Carry&, const X&,
                                      const detail::structure_with<std::remove_cvref_t<decltype(theta)>, V>&...>,
                  "xtape::scan: the function cannot be called with (carry, x, theta...): it takes Vars (or structures "
                  "of Vars) of "
                  "their precision (write it with const auto& parameters), and is not mutable");
    using Step = std::invoke_result_t<const F&, const Carry&, const X&,
                                      const detail::structure_with<std::remove_cvref_t<decltype(theta)>, V>&...>;
    static_assert(
        requires { requires std::tuple_size<Step>::value == 2; },
        "xtape::scan: the function gives a pair: the next carry, and what is stacked of this step");
    // What is stacked, as the first step gave it.
    using Y = detail::structure_with<std::tuple_element_t<1, Step>, V>;
    const auto y_like = std::make_shared<std::optional<std::pair<Y, detail::PartShapes>>>();

    // Some steps: the carry's parts and those of xs, to the carry's parts and the stacked ys'.
    const auto segment = [y_like, f, carry_like, carry_parts, x_like](const std::vector<V>& carried,
                                                                      const std::vector<V>& part, const auto&... t) {
      std::vector<V> now = carried;
      std::vector<std::vector<V>> ys;
      const std::size_t count = part[0].shape()[0];
      for (std::size_t i = 0; i < count; ++i) {
        std::vector<V> x;
        for (const V& array : part) x.push_back(array[i]);
        const auto [next, y] = (*f)(detail::put_together<V>(carry_like, now), detail::put_together<V>(x_like, x), t...);
        now = detail::step_parts<V>("scan", "the carry after a step", carry_parts, next, i == 0);
        if (!y_like->has_value()) y_like->emplace(detail::skeleton<V>(y), detail::result_parts(y));
        std::vector<V> y_parts = detail::step_parts<V>("scan", "what is stacked", (*y_like)->second, y, i == 0);
        ys.resize(y_parts.size());
        for (std::size_t k = 0; k < y_parts.size(); ++k) ys[k].push_back(std::move(y_parts[k]));
      }
      std::vector<V> stacked;
      for (const std::vector<V>& one : ys) stacked.push_back(stack(one));
      return std::pair(now, stacked);
    };
    std::vector<V> now = detail::parts_of<V>(carry);
    std::vector<std::vector<V>> pieces;
    for (std::size_t begin = 0; begin < steps; begin += length) {
      const std::ptrdiff_t from = std::ptrdiff_t(begin), to = std::ptrdiff_t(std::min(begin + length, steps));
      std::vector<V> part;
      for (const V& array : all_xs) part.push_back(slice(array, {Range(from, to)}));
      auto [next, ys] =
          std::apply([&](auto&... generator) { return checkpoint(segment, generator...); }, drawn)(now, part, theta...);
      now = std::move(next);
      pieces.resize(ys.size());
      for (std::size_t k = 0; k < ys.size(); ++k) pieces[k].push_back(std::move(ys[k]));
    }
    std::vector<V> stacked;
    for (const std::vector<V>& one : pieces) stacked.push_back(one.size() == 1 ? one[0] : concatenate(one));
    return std::pair(detail::put_together<V>(carry_like, now), detail::put_together<V>((*y_like)->first, stacked));
  };
}
template <class F, std::same_as<Random>... R>
auto scan(F f, R&... generators) {
  return scan(std::move(f), ScanOptions{}, generators...);
}

/// How long a loop may be.
struct WhileOptions {
  std::size_t max_steps = 0;  ///< after so many steps the condition must not hold any more; 0: no bound
};

/// while_loop(condition, f)(carry, theta...): carry = f(carry, theta...) as long as condition(carry, theta...) holds,
/// which gives a bool or a Var of one element. carry and theta may be structures; the rest as for scan. Of n steps
/// about √(2n) segments are recorded, of 1, 2, 3, ... steps, each as a checkpoint. The condition has no derivative; the
/// number of steps is as it was found.
///
///   const auto root = while_loop([](const auto& x, const auto& a) { return abs(x * x - a) > 1e-12; },
///                                [](const auto& x, const auto& a) { return 0.5 * (x + a / x); })(1.0, a);
///
/// Throws ShapeError where a step's carry is not like the one before, and NumericError where the condition still holds
/// after `max_steps`. Inside vmap the condition must not depend on an example.
template <class Condition, class F>
auto while_loop(Condition condition, F f, const WhileOptions& options = {}) {
  return [condition = std::make_shared<const Condition>(std::move(condition)),
          f = std::make_shared<const F>(std::move(f)), options](const auto& carry, const auto&... theta) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(carry)>, std::remove_cvref_t<decltype(theta)>...>;
    using Carry = detail::structure_with<std::remove_cvref_t<decltype(carry)>, V>;
    static_assert(std::is_invocable_v<const Condition&, const Carry&,
                                      const detail::structure_with<std::remove_cvref_t<decltype(theta)>, V>&...> &&
                      std::is_invocable_v<const F&, const Carry&,
                                          const detail::structure_with<std::remove_cvref_t<decltype(theta)>, V>&...>,
                  "xtape::while_loop: the condition and the function are called with (carry, theta...): they take Vars "
                  "(or structures of Vars) of their precision (write them with const auto& parameters)");
    const auto carry_like = detail::skeleton<V>(carry);
    const auto carry_parts = detail::result_parts(carry);
    std::vector<V> now = detail::parts_of<V>(carry);
    std::size_t steps = 0;
    for (std::size_t length = 1;; ++length) {
      const std::size_t most = options.max_steps == 0 ? length : std::min(length, options.max_steps - steps);
      const auto done = std::make_shared<std::optional<std::size_t>>();  // steps; the first run finds it
      const auto segment = [condition, f, carry_like, carry_parts, most, done](const std::vector<V>& carried,
                                                                               const auto&... t) {
        std::vector<V> parts = carried;
        std::size_t i = 0;
        const auto goes_on = [&] {
          if (done->has_value()) return i < **done;
          return i < most && static_cast<bool>((*condition)(detail::put_together<V>(carry_like, parts), t...));
        };
        for (; goes_on(); ++i) {
          const auto next = (*f)(detail::put_together<V>(carry_like, parts), t...);
          parts = detail::step_parts<V>("while_loop", "the carry after a step", carry_parts, next, i == 0);
        }
        if (!done->has_value()) done->emplace(i);
        return parts;
      };
      std::vector<V> next = checkpoint(segment)(now, theta...);
      if (**done > 0) now = std::move(next);
      steps += **done;
      if (**done < most) break;
      if (options.max_steps != 0 && steps == options.max_steps) {
        if (!static_cast<bool>((*condition)(detail::put_together<V>(carry_like, now), theta...))) break;
        detail::refuse_endless(options.max_steps);
      }
    }
    return detail::put_together<V>(carry_like, std::move(now));
  };
}

}  // namespace xtape
