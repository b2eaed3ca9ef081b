#pragma once
// check_gradient: are a function's derivatives the derivatives of the function?

#include "autodiff/transforms/grad.hpp"

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xtape {

/// What `check_gradient` checks, and how exactly.
struct GradientCheckOptions {
  int order = 2;                    ///< 1: gradients; 2: also gradients of gradients; and so on
  double tolerance = 1e-6;          ///< of first derivatives, relative to the sum of magnitudes that they are made of
  double second_tolerance = 1e-5;   ///< of second and higher derivatives, likewise
  double float32_tolerance = 1e-4;  ///< of float32 gradients against float64 ones, relative to the largest entry
  std::uint64_t seed = 1;           ///< of the random cotangent and tangents
};

/// What check_gradient found. `message` is empty if all is well; else it says which argument and which entry is wrong,
/// by how much.
struct GradientReport {
  double first_order_error = 0, second_order_error = 0, float32_error = 0;  ///< the largest relative errors
  double higher_order_error = 0;                                            ///< of orders from 3
  std::string message;
  bool ok() const { return message.empty(); }
};

namespace detail {

template <class... A>
consteval bool any_is_float(Parts<A...>) {
  return (std::same_as<typename common_var<A>::value_type, float> || ...);
}

template <class T>
using ErasedFunction = std::function<Var<T>(std::span<const Var<T>>)>;

/// `names` are those of the arguments in messages; by default "argument 0" and so on.
GradientReport check_gradient(const ErasedFunction<double>& f, const ErasedFunction<float>& f32,
                              const std::vector<Array<double>>& x, const GradientCheckOptions& options,
                              std::vector<std::string> names = {});

// f as a function of the parts of its arguments, which gives all it gives as one array. Modules find the parts on a
// tape.
template <class T, class F, class... X>
ErasedFunction<T> erase(const F& f, const X&... x) {
  return [&f, &x...](std::span<const Var<T>> parts) -> Var<T> {
    const auto called = [&](Record<T>& record) -> Recorded<T> {
      const auto result = call_as_it_is<Var<T>>(record, f, parts, x...);
      static_assert(Structured<decltype(result)>, "xtape::check_gradient: the function returns an array, or several");
      std::vector<Var<T>> values = parts_of<Var<T>>(result);
      if (values.size() > 1) {
        for (Var<T>& value : values) value = reshape(value, {-1});
        values = {concatenate(values)};
      }
      return {std::move(values), {}};
    };
    return on_innermost_tape<T>("check_gradient", called).values.at(0);
  };
}

}  // namespace detail

/// Compares the derivatives of f at x... with central differences in float64: of sum(c * f) for a random cotangent c,
/// along a random tangent for each argument, to order 2 or as the options say. If an argument is float32, the float32
/// gradient is compared with the float64 one too (`f` then has to take both, as a generic lambda does). Arguments and
/// what f gives may be structures, and arguments modules (of double), as for value_and_grad. Away from kinks and from
/// the ends of f's domain; x need not be exact in float32.
template <class F, class... X>
  requires(detail::Structured<X>&&...)
GradientReport check_gradient(const GradientCheckOptions& options, const F& f, const X&... x) {
  std::vector<Array<double>> points;
  std::vector<std::string> names;
  const auto list = [&](const auto& part, const detail::Place& place) {
    if constexpr (Arithmetic<decltype(part)>) {
      points.push_back(Array<double>(double(part)));
    } else {
      points.push_back(Array<double>(as_own_var(part).value()));
    }
    names.push_back(detail::name_of(place));
  };
  detail::for_each_part(list, x...);
  detail::ErasedFunction<float> f32;
  if constexpr (detail::any_is_float(detail::joined_parts<X...>{})) f32 = detail::erase<float>(f, x...);
  return detail::check_gradient(detail::erase<double>(f, x...), f32, points, options, std::move(names));
}
template <class F, class... X>
  requires(detail::Structured<X>&&...)
GradientReport check_gradient(const F& f, const X&... x) {
  return check_gradient(GradientCheckOptions{}, f, x...);
}

}  // namespace xtape
