#pragma once
// L-BFGS: minimization by full-batch gradients, for models small enough to be trained to many digits.

#include "nn/module.hpp"

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace xtape::nn {

/// How L-BFGS searches, and when it ends.
struct LbfgsOptions {
  std::size_t max_iterations = 1000;  ///< directions tried
  std::size_t history = 10;           ///< m, the pairs of steps and changes of the gradient that are remembered
  double gradient_tolerance = 1e-8;   ///< ends where the largest |gradient| is at most this
  double change_tolerance = 0;  ///< ends where an iteration lowers the value by at most this times max(|value|, 1)
  double sufficient_decrease = 1e-4;  ///< c₁ of the Wolfe conditions
  double curvature = 0.9;             ///< c₂ of the strong Wolfe conditions, c₁ < c₂ < 1
};

/// Why a minimization ended.
enum class LbfgsEnd { kGradient, kChange, kIterations, kLineSearch };

/// What a minimization came to.
struct LbfgsResult {
  double value = 0;             ///< of the function, at the parameters as they are left
  double gradient = 0;          ///< the largest |element| of its gradient
  std::size_t iterations = 0;   ///< directions tried
  std::size_t evaluations = 0;  ///< of the function and its gradient
  LbfgsEnd end = LbfgsEnd::kIterations;
};

/// What is minimized: its value and gradients at the parameters as they are, as tape.gradient(loss, parameters) gives
/// them.
template <class T>
using Objective = std::function<std::pair<double, std::vector<Array<T>>>()>;

/// Minimizes by the limited-memory BFGS method (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and
/// 7.5) with a line search for the strong Wolfe conditions (algorithms 3.5 and 3.6, with cubic interpolation):
///
///   const auto objective = [&] {
///     Tape<double> tape;
///     const Var<double> loss = model.loss(x);
///     return std::pair(loss.item(), tape.gradient(loss, model.parameters()));
///   };
///   const nn::LbfgsResult result = nn::minimize<double>(model.parameters(), objective);
///
/// The parameters are left at the best point found. Throws Error for an empty list, a parameter that is listed twice,
/// and options out of range, ShapeError where gradients do not fit the parameters, and NumericError where the function
/// or its gradient is not finite at the start.
template <class T>
LbfgsResult minimize(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective,
                     const LbfgsOptions& options = {});

extern template LbfgsResult minimize<float>(const std::vector<Parameter<float>>&, const Objective<float>&,
                                            const LbfgsOptions&);
extern template LbfgsResult minimize<double>(const std::vector<Parameter<double>>&, const Objective<double>&,
                                             const LbfgsOptions&);

}  // namespace xtape::nn
