#pragma once
// check_gradient: are a function's derivatives the derivatives of the function?

#include "autodiff/core/dispatch.hpp"
#include "autodiff/core/tape.hpp"

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xtape {

/// What `check_gradient` checks, and how exactly.
struct GradientCheckOptions {
  int order = 2;                    ///< 1: gradients; 2: also gradients of gradients
  double tolerance = 1e-6;          ///< of first derivatives, relative to the sum of magnitudes that they are made of
  double second_tolerance = 1e-5;   ///< of second derivatives, likewise
  double float32_tolerance = 1e-4;  ///< of float32 gradients against float64 ones, relative to the largest entry
  std::uint64_t seed = 1;           ///< of the random cotangent and tangents
};

/// What check_gradient found. `message` is empty if all is well; else it says which argument and which entry is wrong,
/// by how much.
struct GradientReport {
  double first_order_error = 0, second_order_error = 0, float32_error = 0;  ///< the largest relative errors
  std::string message;
  bool ok() const { return message.empty(); }
};

namespace detail {

template <class T>
using ErasedFunction = std::function<Var<T>(std::span<const Var<T>>)>;

GradientReport check_gradient(const ErasedFunction<double>& f, const ErasedFunction<float>& f32,
                              const std::vector<Array<double>>& x, const GradientCheckOptions& options);

template <class T, std::size_t N, class F>
ErasedFunction<T> erase(const F& f) {
  return [&f](std::span<const Var<T>> x) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return Var<T>(as_number<Var<T>>(f(x[K]...)));
    }
    (std::make_index_sequence<N>{});
  };
}

}  // namespace detail

/// Compares the derivatives of f at x... with central differences in float64: of sum(c * f) for a random cotangent c,
/// along a random tangent for each argument, to order 2. If an argument is float32, the float32 gradient is compared
/// with the float64 one too (`f` then has to take both, as a generic lambda does). Away from kinks and from the ends of
/// f's domain; x need not be exact in float32.
template <class F, class... X>
  requires(Operand<X>&&...)
GradientReport check_gradient(const GradientCheckOptions& options, const F& f, const X&... x) {
  constexpr std::size_t N = sizeof...(X);
  const std::vector<Array<double>> points{Var<double>(as_number<Var<double>>(x)).value()...};
  detail::ErasedFunction<float> f32;
  if constexpr ((std::same_as<typename common_var<X>::value_type, float> || ...)) f32 = detail::erase<float, N>(f);
  return detail::check_gradient(detail::erase<double, N>(f), f32, points, options);
}
template <class F, class... X>
  requires(Operand<X>&&...)
GradientReport check_gradient(const F& f, const X&... x) {
  return check_gradient(GradientCheckOptions{}, f, x...);
}

}  // namespace xtape
