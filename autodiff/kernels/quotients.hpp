#pragma once
// Products, quotients and powers of several factors of which a part may overflow or underflow where the whole does not.

#include "autodiff/kernels/elementary.hpp"
#include "autodiff/kernels/math.hpp"
#include "autodiff/kernels/simd.hpp"

#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

namespace xtape::kernels {

namespace detail {

// f lane by lane. Marked as a function of its arguments alone, so that the compiler leaves it out where nobody wants
// the result, as the derivative of a constant operand.
template <auto f, class T, class... B>
[[gnu::noinline, gnu::const]] xsimd::batch<T> lane_by_lane(xsimd::batch<T> first, B... rest) {
  constexpr std::size_t kLanes = xsimd::batch<T>::size;
  alignas(64) T lanes[1 + sizeof...(B)][kLanes];
  std::size_t operand = 0;
  first.store_aligned(lanes[operand++]);
  (rest.store_aligned(lanes[operand++]), ...);
  for (std::size_t i = 0; i < kLanes; ++i) {
    lanes[0][i] = [&]<std::size_t... K>(std::index_sequence<K...>) {
      return f(lanes[0][i], lanes[1 + K][i]...);
    }
    (std::index_sequence_for<B...>{});
  }
  return xsimd::batch<T>::load_aligned(lanes[0]);
}

template <class T>
T quotient_slope_of(T g, T a, T b) {
  int of_g = 0, of_a = 0, of_b = 0;
  const T gm = std::frexp(g, &of_g), am = std::frexp(a, &of_a), bm = std::frexp(b, &of_b);
  return std::ldexp(gm * am / (bm * bm), of_g + of_a - 2 * of_b);
}

// In long double, which has digits and exponents to spare.
template <class T>
T power_slope_of(T g, T a, T b) {
  if (b == 0) return std::isnan(g) ? g : T(0);
  const long double factor = static_cast<long double>(g) * b, exponent = static_cast<long double>(b) - 1;
  const T y = std::pow(a, b);
  const bool finite = std::isfinite(a) && std::isfinite(b);
  if (finite && std::isnormal(y)) return T(factor * y / a);
  if (!finite || a >= 0) return T(factor * std::pow(static_cast<long double>(a), exponent));
  if (std::isnan(y)) return y;
  // The sign from y / a: whether b - 1 is even is lost where b is huge.
  const long double magnitude = std::pow(-static_cast<long double>(a), exponent);
  return T(std::signbit(y) ? factor * magnitude : -factor * magnitude);
}

}  // namespace detail

/// g b aᵇ⁻¹; 0 for b = 0.
template <class T>
xsimd::batch<T> power_slope(const xsimd::batch<T>& g, const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  const auto by_lanes = [&] { return detail::lane_by_lane<&detail::power_slope_of<T>>(g, a, b); };
#if defined(__FMA__)
  // (g b) (aᵇ / a), with what the product and the quotient lost. Right where nothing overflowed, or lost digits, or
  // where g or b is 0.
  using V = xsimd::batch<T>;
  const V y = power(a, b), factor = g * b, ratio = y / a;
  const V rest_of_factor = detail::fma(g, b, -factor), rest_of_ratio = detail::fma(-ratio, a, y) / a;
  const V slope = detail::fma(factor, ratio, detail::fma(rest_of_factor, ratio, factor * rest_of_ratio));
  const V least(std::numeric_limits<T>::min() * T(1 << 30)), most(std::numeric_limits<T>::max());
  const auto normal = [&](const V& x) { return (xsimd::abs(x) >= least) & (xsimd::abs(x) <= most); };
  const V zero(T(0));
  const auto nothing = (factor == zero) & ((g == zero) | (b == zero));
  const auto right = normal(y) & normal(ratio) & (nothing | (normal(factor) & normal(slope)));
  return xsimd::all(right) ? slope : xsimd::select(right, slope, by_lanes());
#else
  return by_lanes();
#endif
}

/// g a / b².
template <class T>
xsimd::batch<T> quotient_slope(const xsimd::batch<T>& g, const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  using V = xsimd::batch<T>;
  const V p = g / b, q = a / b, y = p * q;
  // A lane is right unless one of its factors overflowed, or lost digits and is not 0 because g or a is.
  const V least = smaller(xsimd::abs(p), xsimd::abs(q)), most(std::numeric_limits<T>::max());
  const auto usual = (least >= V(std::numeric_limits<T>::min())) & (xsimd::abs(y) <= most);
  if (xsimd::all(usual)) [[likely]]
    return y;
  const V zero(T(0));
  const auto right = usual | (((g == zero) | (a == zero)) & (y == zero));
  if (xsimd::all(right)) return y;
  return xsimd::select(right, y, detail::lane_by_lane<&detail::quotient_slope_of<T>>(g, a, b));
}

/// The same of single numbers.
template <std::floating_point T>
T quotient_slope(T g, T a, T b) {
  const T y = g * (a / b) / b, size = std::abs(y);
  const bool usual = size >= std::numeric_limits<T>::min() && size <= std::numeric_limits<T>::max();
  return usual ? y : detail::quotient_slope_of(g, a, b);
}

}  // namespace xtape::kernels
