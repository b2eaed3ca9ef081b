#pragma once
// The two recorded operations that the recorded sweep itself needs; defined with the ops (ops/shape.cpp).

#include "autodiff/core/var.hpp"

namespace xtape {

/// `x` summed over what `shape` lacks, or broadcast to it.
template <class T>
Var<T> conform(const Var<T>& x, const Shape& shape);

/// a + b, of equal shapes.
template <class T>
Var<T> recorded_sum(const Var<T>& a, const Var<T>& b);

}  // namespace xtape
