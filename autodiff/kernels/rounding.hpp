#pragma once
// Rounding of SIMD batches to integers, which keeps the sign of zero as IEEE 754 has it.

#include "autodiff/kernels/math.hpp"

namespace xtape::kernels {

/// The nearest integer, the even one of two: a sum with 2ᵐ has no digits below the point.
template <class T>
xsimd::batch<T> round(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V whole(std::is_same_v<T, float> ? T(0x1p23) : T(0x1p52)), a = xsimd::abs(x);
  return xsimd::select(a < whole, detail::with_sign_of(x, (a + whole) - whole), x);
}
/// The largest integer that is not above x.
template <class T>
xsimd::batch<T> floor(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V nearest = round(x);
  return xsimd::select(nearest > x, nearest - V(T(1)), nearest);
}
/// The smallest integer that is not below x.
template <class T>
xsimd::batch<T> ceil(const xsimd::batch<T>& x) {
  return negated(floor(negated(x)));
}
/// The integer between 0 and x that is next to x.
template <class T>
xsimd::batch<T> trunc(const xsimd::batch<T>& x) {
  return detail::with_sign_of(x, floor(xsimd::abs(x)));
}

/// |a| with the sign of b.
template <class T>
xsimd::batch<T> copysign(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  return detail::with_sign_of(b, xsimd::abs(a));
}

/// a - n b for the integer n that a / b is rounded down to, with the sign of b, from fmod(a, b).
template <class T>
xsimd::batch<T> floored(const xsimd::batch<T>& rest, const xsimd::batch<T>& b) {
  const xsimd::batch<T> zero(T(0));
  const auto other = (rest < zero) != (b < zero);
  return xsimd::select(rest == zero, copysign(zero, b), xsimd::select(other, rest + b, rest));
}

}  // namespace xtape::kernels
