#pragma once
// Minimization of smooth functions without noise, to many digits: of an array, or of the parameters of a model.

#include "nn/module.hpp"

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace xtape::nn {

/// How a minimum is searched for.
enum class MinimizeMethod {
  kLbfgs,       ///< by gradients alone: limited-memory BFGS, Nocedal and Wright's algorithms 7.4 and 7.5
  kNewtonCg,    ///< by products with the Hessian too: conjugate gradients and a line search, algorithm 7.1
  kTrustRegion  ///< the same in a region whose size follows the function: Steihaug's, algorithms 4.1 and 7.2
};

/// How a minimum is searched for, and when that ends.
struct MinimizeOptions {
  MinimizeMethod method = MinimizeMethod::kLbfgs;
  std::size_t max_iterations = 1000;  ///< directions tried
  std::size_t history = 10;           ///< of L-BFGS: the pairs of steps and changes of the gradient it remembers
  double gradient_tolerance = 1e-8;   ///< ends where the largest |gradient| is at most this
  double change_tolerance = 0;  ///< ends where an iteration lowers the value by at most this times max(|value|, 1)
  double sufficient_decrease = 1e-4;  ///< c₁ of the line search's Wolfe conditions
  double curvature = 0.9;             ///< c₂ of the strong Wolfe conditions, c₁ < c₂ < 1
  double radius = 1;                  ///< of the trust region at the beginning
  double max_radius = 1000;           ///< at most
};

/// Why a minimization ended.
enum class MinimizeEnd {
  kGradient,    ///< the gradient is as small as asked for
  kChange,      ///< the value changes as little as asked for
  kIterations,  ///< there were too few iterations
  kNoDecrease   ///< no lower value was found: rounding hides it, or the function is not smooth
};

/// What a minimization came to.
struct MinimizeResult {
  double value = 0;             ///< of the function, where it ended
  double gradient = 0;          ///< the largest |element| of its gradient
  std::size_t iterations = 0;   ///< directions tried
  std::size_t evaluations = 0;  ///< of the function and its gradient
  std::size_t products = 0;     ///< with the Hessian
  MinimizeEnd end = MinimizeEnd::kIterations;

  bool success() const { return end == MinimizeEnd::kGradient || end == MinimizeEnd::kChange; }  ///< as asked for
  const char* message() const;  ///< how it ended, in a sentence
};

/// The same of a function of an array, with where it ended.
template <class T>
struct Minimum : MinimizeResult {
  Array<T> x;
};

/// What is minimized: its value and gradients at the parameters as they are, as tape.gradient(loss, parameters) gives
/// them.
template <class T>
using Objective = std::function<std::pair<double, std::vector<Array<T>>>()>;

/// Minimizes over the parameters of a model, which are left at the best point found:
///
///   const auto objective = [&] {
///     Tape<double> tape;
///     const Var<double> loss = model.loss(x);
///     return std::pair(loss.item(), tape.gradient(loss, model.parameters()));
///   };
///   const nn::MinimizeResult result = nn::minimize<double>(model.parameters(), objective);
///
/// Throws Error for an empty list, a parameter that is listed twice, options out of range, and for a method that needs
/// a Hessian, ShapeError where gradients do not fit the parameters, and NumericError where the function or its gradient
/// is not finite at the start. Source of the methods: J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., 2006;
/// of the line search: algorithms 3.5 and 3.6, with cubic interpolation.
template <class T>
MinimizeResult minimize(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective,
                        const MinimizeOptions& options = {});

namespace detail {

/// A function of one array: value and gradient, and at a point x the product v -> H v.
template <class T>
struct ArrayFunction {
  std::function<std::pair<double, Array<T>>(const Array<T>& x)> value_and_gradient;
  std::function<std::function<Array<T>(const Array<T>& v)>(const Array<T>& x)> hessian;
};

template <class T>
Minimum<T> minimum(const ArrayFunction<T>& f, const Array<T>& start, const MinimizeOptions& options);
extern template Minimum<float> minimum(const ArrayFunction<float>&, const Array<float>&, const MinimizeOptions&);
extern template Minimum<double> minimum(const ArrayFunction<double>&, const Array<double>&, const MinimizeOptions&);

}  // namespace detail

/// Minimizes f(x), one number, from the array x0 on; f is a function as `grad` takes it, and its derivatives are taken
/// here. As SciPy's optimize.minimize with the methods L-BFGS-B (without bounds), Newton-CG and trust-ncg:
///
///   const nn::Minimum<double> m = nn::minimize(f, x0, {.method = nn::MinimizeMethod::kTrustRegion});
///   if (!m.success()) std::cerr << m.message() << ", |gradient| " << m.gradient << "\n";
///
/// The result is a plain array: for one that is differentiated in what f depends on, take xtape::minimize(f)(x0,
/// theta...). Throws Error for options out of range, ShapeError where f does not give one number, and NumericError
/// where it or its gradient is not finite at the start.
template <class F, class X>
  requires Operand<X>
auto minimize(const F& f, const X& x0, const MinimizeOptions& options = {}) {
  using N = common_var<X>;
  using T = typename N::value_type;
  const detail::ArrayFunction<T> function{[&f](const Array<T>& x) {
                                            const auto [value, gradient] = value_and_grad(f)(x);
                                            return std::pair(double(value), Array<T>(gradient));
                                          },
                                          [&f](const Array<T>& x) -> std::function<Array<T>(const Array<T>&)> {
                                            return [product = linearize(grad(f))(x).pushforward](const Array<T>& v) {
                                              return Array<T>(product(v));
                                            };
                                          }};
  return detail::minimum<T>(function, as_number<N>(x0).value(), options);
}

extern template MinimizeResult minimize<float>(const std::vector<Parameter<float>>&, const Objective<float>&,
                                               const MinimizeOptions&);
extern template MinimizeResult minimize<double>(const std::vector<Parameter<double>>&, const Objective<double>&,
                                                const MinimizeOptions&);

}  // namespace xtape::nn
