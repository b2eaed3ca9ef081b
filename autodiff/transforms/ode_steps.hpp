#pragma once
// The methods of odeint: solutions made of steps that the tape records.

#include "autodiff/transforms/odeint.hpp"

#include <span>
#include <vector>

namespace xtape::detail {

/// f(y, t, theta...). Throws ShapeError unless it has the shape of y.
template <class T>
Var<T> slope_at(const OdeFunction<T>& f, const Var<T>& y, double t, const std::vector<Var<T>>& theta);

/// The solution at all times, along the first dimension. Its derivative is that of the steps that were taken.
template <class T>
Var<T> by_steps(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::span<const double> times,
                const std::vector<Var<T>>& theta);

}  // namespace xtape::detail
