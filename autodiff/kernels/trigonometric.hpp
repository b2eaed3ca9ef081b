#pragma once
// Sine and cosine on SIMD batches, within 1.7 units in the last place for every number: also where a large argument
// lies so close to a zero that few of its digits are left, which takes more digits of π than the number has. What an
// element comes to does not depend on its neighbours, unlike with xsimd's, which reduce a batch by its largest element.

#include "autodiff/kernels/math.hpp"

#include <algorithm>
#include <cmath>

namespace xtape::kernels {

namespace detail {

// ½ π in parts, so short that a multiple of each is exact (Cody and Waite, Software Manual for the Elementary
// Functions, 1980), but for the last one.
template <class T>
struct HalfPi;
template <>
struct HalfPi<float> {
  static constexpr float parts[] = {0x1.9218p+0F, 0x1.ed5p-14F, 0x1.10bp-30F, 0x1.184698p-44F};
  static constexpr float limit = 0x1p10F;
};
template <>
struct HalfPi<double> {
  static constexpr double parts[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69, 0x1.b839a252049c1p-104};
  static constexpr double limit = 0x1p20;
};

// x = n ½ π + r + rest with an integer n, |r| <= ¼ π and a little, and a rest of less than r's last place, for
// 0 <= x <= limit. `quadrant` holds n in its last bits.
template <class T>
struct QuadrantReduction {
  using V = xsimd::batch<T>;
  Words<T> quadrant;
  V r, rest;
  QuadrantReduction(const Words<T>& n, const V& angle, const V& missing) : quadrant(n), r(angle), rest(missing) {}
  explicit QuadrantReduction(const V& x) {
    const auto& parts = HalfPi<T>::parts;
    const V round(kRound<T>), sum = fma(x, V(T(2 / std::numbers::pi)), round), n = sum - round;
    quadrant = bits(sum);
    const V first = fma(n, V(-parts[0]), x), second = fma(n, V(-parts[1]), first);
    const V missing = fma(n, V(-parts[2]), fma(n, V(-parts[1]), first - second));
    r = second + missing;
    rest = fma(n, V(-parts[3]), (second - r) + missing);
  }
};

// sin(r + rest) and cos r for |r| <= 0.8 and a rest that is far smaller than r.
inline Floats sine_of(const Floats& r, const Floats& rest, const Floats& square) {
  return fma(r * square, polynomial(square, -0.16666654F, 0.008332071F, -0.00019503055F), rest) + r;
}
inline Doubles sine_of(const Doubles& r, const Doubles& rest, const Doubles& square) {
  const Doubles p = polynomial(square, -0.1666666666666662, 0.008333333333319842, -0.00019841269827729796,
                               2.7557312965506084e-06, -2.505064367236318e-08, 1.5890129195408924e-10);
  return fma(r * square, p, rest) + r;
}
inline Floats cosine_of(const Floats& square) {
  return fma(square, polynomial(square, -0.5F, 0.04166662F, -0.0013886603F, 2.4375153e-05F), Floats(1));
}
inline Doubles cosine_of(const Doubles& square) {
  const Doubles p = polynomial(square, -0.5, 0.04166666666666644, -0.001388888888885887, 2.4801587282384702e-05,
                               -2.755731265364933e-07, 2.087552115636993e-09, -1.135018118756951e-11);
  return fma(square, p, Doubles(1));
}

// The sine of what was reduced, plus n ½ π for n = 0 or 1.
template <class T>
xsimd::batch<T> sine_of(const QuadrantReduction<T>& reduced, Word<T> n) {
  using V = xsimd::batch<T>;
  constexpr int kSign = 8 * sizeof(T) - 1;  // the place of a number's sign
  const Words<T> quadrant = reduced.quadrant + Words<T>(n);
  const V square = reduced.r * reduced.r;
  const auto odd = from_bits<T>((quadrant << kSign) | bits(V(T(1)))) < V(T(0));
  const V y = xsimd::select(odd, cosine_of(square), sine_of(reduced.r, reduced.rest, square));
  return xsimd::bitwise_xor(y, from_bits<T>((quadrant & Words<T>(Word<T>(2))) << (kSign - 1)));
}

// f of the lanes that the reduction does not reach, y in the others: floats by way of doubles, doubles one by one.
template <class T>
[[gnu::noinline]] xsimd::batch<T> far_lanes(const xsimd::batch<T>& x, const xsimd::batch<T>& y,
                                            Doubles (*batch)(const Doubles&), double (*one)(double)) {
  constexpr std::size_t kLanes = xsimd::batch<T>::size;
  alignas(64) T from[kLanes], to[kLanes];
  alignas(64) double far[kLanes];
  x.store_aligned(from);
  y.store_aligned(to);
  std::copy_n(from, kLanes, far);
  if constexpr (std::is_same_v<T, float>) {
    for (std::size_t i = 0; i < kLanes; i += Doubles::size)
      batch(Doubles::load_aligned(far + i)).store_aligned(far + i);
  } else {
    for (double& lane : far) lane = one(lane);
  }
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (!(std::fabs(from[i]) <= HalfPi<T>::limit)) to[i] = T(far[i]);
  }
  return xsimd::batch<T>::load_aligned(to);
}

}  // namespace detail

/// sin x.
template <class T>
xsimd::batch<T> sin(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V a = xsimd::abs(x);
  const V y = xsimd::bitwise_xor(sine_of(QuadrantReduction<T>(a), 0), xsimd::bitwise_and(x, V(T(-0.0))));
  if (!xsimd::all(a <= V(HalfPi<T>::limit))) [[unlikely]]
    return far_lanes<T>(x, y, &kernels::sin<double>, [](double v) { return std::sin(v); });
  return y;
}

/// cos x.
template <class T>
xsimd::batch<T> cos(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V a = xsimd::abs(x);
  const V y = sine_of(QuadrantReduction<T>(a), 1);
  if (!xsimd::all(a <= V(HalfPi<T>::limit))) [[unlikely]]
    return far_lanes<T>(x, y, &kernels::cos<double>, [](double v) { return std::cos(v); });
  return y;
}

}  // namespace xtape::kernels
