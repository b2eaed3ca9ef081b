#pragma once
// More elementary functions on SIMD batches, in both precisions, for every number as those of math.hpp. They are
// compiled once, in elementary.cpp, and called: each costs more than a call, and is spared to whoever uses it.

#include "autodiff/kernels/simd.hpp"

namespace xtape::kernels {

/// tan x.
template <class T>
xsimd::batch<T> tan(xsimd::batch<T> x);
/// The angle in [-½ π, ½ π] whose sine is x; NaN outside of [-1, 1].
template <class T>
xsimd::batch<T> arcsin(xsimd::batch<T> x);
/// The angle in [0, π] whose cosine is x; NaN outside of [-1, 1].
template <class T>
xsimd::batch<T> arccos(xsimd::batch<T> x);
/// The angle in [-½ π, ½ π] whose tangent is x.
template <class T>
xsimd::batch<T> arctan(xsimd::batch<T> x);
/// The angle of the point (x, y) in [-π, π], as C's atan2.
template <class T>
xsimd::batch<T> arctan2(xsimd::batch<T> y, xsimd::batch<T> x);
/// sin(π x) / (π x), and its derivative.
template <class T>
xsimd::batch<T> sinc(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> sinc_slope(xsimd::batch<T> x);

template <class T>
xsimd::batch<T> sinh(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> cosh(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> arcsinh(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> arccosh(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> arctanh(xsimd::batch<T> x);

template <class T>
xsimd::batch<T> exp2(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> log2(xsimd::batch<T> x);
template <class T>
xsimd::batch<T> log10(xsimd::batch<T> x);
/// ln(eᵃ + eᵇ), and log₂(2ᵃ + 2ᵇ).
template <class T>
xsimd::batch<T> logaddexp(xsimd::batch<T> a, xsimd::batch<T> b);
template <class T>
xsimd::batch<T> logaddexp2(xsimd::batch<T> a, xsimd::batch<T> b);
/// ln(x / (1 - x)).
template <class T>
xsimd::batch<T> logit(xsimd::batch<T> x);

template <class T>
xsimd::batch<T> cbrt(xsimd::batch<T> x);
/// aᵇ, as C's pow. Left out by the compiler where nobody wants it, as the slope of a base that is a constant.
template <class T>
[[gnu::const]] xsimd::batch<T> power(xsimd::batch<T> a, xsimd::batch<T> b);
/// √(x² + y²), as C's hypot; x / √(x² + y²), 0 at the origin; x / (x² + y²).
template <class T>
xsimd::batch<T> hypot(xsimd::batch<T> x, xsimd::batch<T> y);
template <class T>
xsimd::batch<T> hypot_slope(xsimd::batch<T> x, xsimd::batch<T> y);
template <class T>
xsimd::batch<T> arctan2_slope(xsimd::batch<T> x, xsimd::batch<T> y);
/// a - n b, exact, for the integer n that a / b is cut off to, as C's fmod.
template <class T>
xsimd::batch<T> fmod(xsimd::batch<T> a, xsimd::batch<T> b);

// clang-format off
#define XTAPE_KERNELS_OF_ONE(X) \
  X(tan) X(arcsin) X(arccos) X(arctan) X(sinc) X(sinc_slope) X(sinh) X(cosh) X(arcsinh) X(arccosh) X(arctanh) X(exp2) \
  X(log2) X(log10) X(logit) X(cbrt)
#define XTAPE_KERNELS_OF_TWO(X) X(arctan2) X(logaddexp) X(logaddexp2) X(hypot) X(hypot_slope) X(arctan2_slope) X(fmod) X(power)
#if !defined(XTAPE_DEFINE_KERNELS)
#define XTAPE_DECLARE_OF_ONE(f) \
  extern template xsimd::batch<float> f(xsimd::batch<float>); \
  extern template xsimd::batch<double> f(xsimd::batch<double>);
#define XTAPE_DECLARE_OF_TWO(f) \
  extern template xsimd::batch<float> f(xsimd::batch<float>, xsimd::batch<float>); \
  extern template xsimd::batch<double> f(xsimd::batch<double>, xsimd::batch<double>);
XTAPE_KERNELS_OF_ONE(XTAPE_DECLARE_OF_ONE)
XTAPE_KERNELS_OF_TWO(XTAPE_DECLARE_OF_TWO)
#undef XTAPE_DECLARE_OF_ONE
#undef XTAPE_DECLARE_OF_TWO
#undef XTAPE_KERNELS_OF_ONE
#undef XTAPE_KERNELS_OF_TWO
#endif
// clang-format on

}  // namespace xtape::kernels
