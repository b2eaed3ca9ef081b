#pragma once
// Draws of gamma numbers with a path to the concentration. For .cpp files.

#include "autodiff/autodiff.hpp"

namespace xtape::nn {

namespace detail {

/// ln z for z from Gamma(concentration, 1), of that shape: finite where z would underflow. Its gradient is implicit: of
/// the equation P(a, z) = u with the u of the draw, d ln z / da = -(∂P/∂a) / (z p(z)). Of any order.
template <class T>
Var<T> log_gamma_draw(Random& rng, const Shape& shape, const Var<T>& concentration);
extern template Var<float> log_gamma_draw(Random&, const Shape&, const Var<float>&);
extern template Var<double> log_gamma_draw(Random&, const Shape&, const Var<double>&);

}  // namespace detail

}  // namespace xtape::nn
