#pragma once
// odeint: solutions of ordinary differential equations, and their derivatives.
//
// E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary Differential Equations I", 2nd edition, Springer 1993: II.4
// (the size of steps), II.5 (the pair of Dormand and Prince). R. T. Q. Chen et al., "Neural Ordinary Differential
// Equations", NeurIPS 2018 (arXiv:1806.07366): the continuous adjoint.

#include "autodiff/transforms/structure.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace xtape {

enum class OdeMethod {
  kDormandPrince,  ///< of order 5, with steps that keep the error below the tolerances
  kRungeKutta4,    ///< the classical one, with `steps` equal steps between two times
};
enum class OdeAdjoint {
  kDiscrete,    ///< of the steps that were taken: exact derivatives of the numbers that come
  kContinuous,  ///< of the solution: the adjoint equation, solved backwards to the same tolerances, in memory for the
                ///< times alone
};

/// How an equation is solved, and differentiated.
struct OdeOptions {
  OdeMethod method = OdeMethod::kDormandPrince;
  OdeAdjoint adjoint = OdeAdjoint::kDiscrete;
  double relative_tolerance = 0;   ///< of a step, for each number; 0: 1e-8, in float32 1e-5
  double absolute_tolerance = 0;   ///< likewise
  std::size_t steps = 1;           ///< of kRungeKutta4, between two times
  std::size_t max_steps = 100000;  ///< of kDormandPrince, between two times
};

namespace detail {

/// f(y, t, parts of theta).
template <class T>
using OdeFunction = std::function<Var<T>(const Var<T>& y, T t, const std::vector<Var<T>>& theta)>;

/// Throws ShapeError unless times are a line.
void check_times(const Shape& shape);

template <class T>
Var<T> odeint(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::span<const double> times,
              const std::vector<Var<T>>& theta);

extern template Var<float> odeint(const OdeFunction<float>&, const OdeOptions&, const Var<float>&,
                                  std::span<const double>, const std::vector<Var<float>>&);
extern template Var<double> odeint(const OdeFunction<double>&, const OdeOptions&, const Var<double>&,
                                   std::span<const double>, const std::vector<Var<double>>&);

}  // namespace detail

/// odeint(f)(y0, times, theta...): the solution of dy/dt = f(y, t, theta...) that is y0 at times[0], at all of the
/// times, which rise or fall: of shape (number of times) + shape of y0. f gives what has the shape of y; t is a number.
/// Differentiable in y0 and in theta, which may be structures, to any order. Times are not differentiated.
///
/// The parameters of modules that f uses get their gradients with the discrete adjoint; variables of the tape are to be
/// among theta. Throws NumericError where the steps become too small or too many, or a number is not finite.
template <class F>
auto odeint(F f, const OdeOptions& options = {}) {
  return [f = std::make_shared<const F>(std::move(f)), options](const auto& y0, const auto& times,
                                                                const auto&... theta) {
    using V = detail::common_var_of<std::remove_cvref_t<decltype(y0)>, std::remove_cvref_t<decltype(theta)>...>;
    using T = typename V::value_type;
    static_assert(Operand<std::remove_cvref_t<decltype(y0)>>, "xtape: the state of odeint is one array");
    static_assert(!Number<std::remove_cvref_t<decltype(times)>>, "xtape: odeint does not differentiate in its times");
    const auto like = detail::skeletons<V>(theta...);
    const detail::OdeFunction<T> slope = [f, like](const V& y, T t, const std::vector<V>& parts) -> V {
      const auto at_time = [&](const auto&... p) { return as_number<V>((*f)(y, t, p...)); };
      return detail::call_with_parts<V>(at_time, parts, like);
    };
    const Array<double> at = evaluated<double>(times);
    detail::check_times(shape_of(at));
    return detail::odeint<T>(slope, options, V(as_number<V>(y0)), std::span<const double>(at.data(), at.size()),
                             detail::parts_of<V>(theta...));
  };
}

}  // namespace xtape
