#pragma once
// Special functions on SIMD batches, in both precisions. Those that training needs are vectorised; the others are
// computed in float64, most of them lane by lane, but for the slope of erfcx (special.cpp). docs/functions.md states
// how accurate they are.
//
// The scaled complementary error function is a polynomial in (x - k) / (x + k) over 1 + 2 x (Shepherd and Laframboise,
// Math. Comp. 36, 1981), and all of the normal distribution comes from it; the gamma function's logarithm and its
// derivative are polynomials near their zeros, recurrences below 8 and Stirling's series above. The coefficients are
// interpolations in Chebyshev's points in 50 digits, rounded.

#include "autodiff/kernels/math.hpp"

#include <numbers>

namespace xtape::kernels {

/// Functions that are compiled once, and computed lane by lane but for ndtri, erfinv, repeated_erfcx of n = 1, and
/// polygamma to the fourth order of x > 0; what they are is said in ops/special.hpp. Orders are lanes too, all alike.
/// They are functions of their arguments alone, so that the compiler leaves out what nobody wants.
template <class T>
struct Lanes {
  using V = xsimd::batch<T>;
  [[gnu::const]] static V repeated_erfcx(V n, V x);
  [[gnu::const]] static V ndtri(V p);
  [[gnu::const]] static V erfinv(V x);
  [[gnu::const]] static V gammaln(V x);
  [[gnu::const]] static V digamma(V x);
  [[gnu::const]] static V polygamma(V n, V x);
  [[gnu::const]] static V zeta(V order, V s, V q);
  [[gnu::const]] static V betaln(V a, V b);
  [[gnu::const]] static V beta(V a, V b);
  [[gnu::const]] static V gammainc(V a, V x);
  [[gnu::const]] static V gammaincc(V a, V x);
  [[gnu::const]] static V gammainc_slope(V n, V a, V x);
  [[gnu::const]] static V gamma_density(V n, V a, V x);
  [[gnu::const]] static V betainc(V a, V b, V x);
  [[gnu::const]] static V betainc_slope(V m, V n, V a, V b, V x);
  [[gnu::const]] static V beta_density(V m, V n, V a, V b, V x);
  [[gnu::const]] static V bessel_i(V n, V x);
  [[gnu::const]] static V bessel_ie(V n, V order, V x);
  [[gnu::const]] static V lambertw(V x);
};
extern template struct Lanes<float>;
extern template struct Lanes<double>;

namespace detail {

// x² in two parts, the first of which is exact.
template <class T>
struct SplitSquare {
  using V = xsimd::batch<T>;
  V high, low;
  explicit SplitSquare(const V& x) {
    constexpr Word<T> kLow = (Word<T>(1) << (kMantissa<T> / 2 + 1)) - 1;
    const V h = from_bits<T>(bits(x) & Words<T>(Word<T>(~kLow))), l = x - h;
    high = h * h;
    low = l * (x + h);
  }
};

// e^(-c x²), c a power of two.
template <class T>
xsimd::batch<T> gaussian(const xsimd::batch<T>& x, T c) {
  using V = xsimd::batch<T>;
  // Where the result is 0 the parts of a square may be infinite.
  const V most(std::is_same_v<T, float> ? T(16) : T(64));
  const SplitSquare<T> square(smaller(most, xsimd::abs(x)));
  const V d = V(-c) * square.low;
  return kernels::exp(V(-c) * square.high) * polynomial(d, T(1), T(1), T(0.5), T(1.0 / 6), T(1.0 / 24));
}

// e^(x²) erfc(x) for x >= 0.
template <class T>
xsimd::batch<T> erfcx_right(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V half(T(0.5)), one(T(1)), k(std::is_same_v<T, float> ? T(2) : T(4));
  // q = (x - k) / (x + k), with what the sum and the reciprocal were rounded by.
  const V a = smaller(V(T(0x1p60)), x), s = a + k, inverse = one / s, t = (k + k) * inverse;
  const V of_sum = xsimd::select(a < k, a - (s - k), V(T(0))), of_inverse = fma(negated(inverse), s, one);
  const V q = fma(t, fma(inverse, of_sum, negated(of_inverse)), one - t);
  V p;
  if constexpr (std::is_same_v<T, float>) {
    p = polynomial(q, 0.27697837F, -0.092763826F, -0.16603038F, 0.16405122F, -0.054220308F, -0.00803312F, 0.008724787F,
                   0.0012659389F, -0.0014644135F, -0.00043878608F, 0.00022187307F, 0.00012805218F, -2.0355681e-05F,
                   -1.9899848e-05F);
  } else {
    p = polynomial(q, 0.2329951186255525, -0.1396211168405625, 0.01537965210261959, 0.0680970542546913,
                   -0.1010390660362999, 0.0937328349984105, -0.06633036581219905, 0.03716751553632399,
                   -0.01619773405968329, 0.0050319699895242515, -0.000757773262030915, -0.00019925676026410458,
                   0.00015062149237837335, -2.43989944557621e-05, -1.1221292615314274e-05, 5.709314113532492e-06,
                   2.9198219084548256e-07, -8.25078338681245e-07, 7.74606863568198e-08, 1.1025271999000152e-07,
                   -2.05545313698593e-08, -1.4806988146925795e-08, 3.1672611119361695e-09, 1.825695118953907e-09,
                   -2.655726616312575e-10, -1.4311318470928162e-10);
  }
  return fma(half, p, half) / (half + x);
}

// erf x for |x| < 1.
template <class T>
xsimd::batch<T> erf_near_zero(const xsimd::batch<T>& x) {
  const xsimd::batch<T> t = x * x;
  xsimd::batch<T> p;
  if constexpr (std::is_same_v<T, float>) {
    p = polynomial(t, 0.12837917F, -0.37612626F, 0.11283594F, -0.026854211F, 0.0051890872F, -0.00080168643F,
                   7.875875e-05F);
  } else {
    p = polynomial(t, 0.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792,
                   0.0052239776248180145, -0.000854832698083379, 0.0001205533111164271, -1.4925595266831182e-05,
                   1.6461000484121368e-06, -1.6350312701054695e-07, 1.4659775274047436e-08, -1.1372848856791674e-09,
                   5.957176147748911e-11);
  }
  return fma(x, p, x);
}

// erfc x for x >= 1, to what is seen of it in 1 - erfc x.
template <class T>
xsimd::batch<T> erfc_above_one(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {  // -ln erfc x up to 4, from where 1 is the float next to erf x
    const xsimd::batch<T> limit(4.0F), t = xsimd::select(x > limit, limit, x);
    return kernels::exp(negated(polynomial(t, -0.00018803669F, 1.1295784F, 0.6332199F, 0.10841855F, -0.025208239F,
                                           0.004204556F, -0.0004413352F, 2.1686754e-05F)));
  } else {
    return erfcx_right(x) * gaussian(x, T(1));
  }
}

// The normal distribution beyond |x|.
template <class T>
xsimd::batch<T> normal_tail(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V z = xsimd::abs(x) * V(T(std::numbers::sqrt2 / 2));
  return V(T(0.5)) * erfcx_right(z) * gaussian(x, T(0.5));
}

// ln Γ(2 + z) / z for |z| <= ½.
template <class T>
xsimd::batch<T> gammaln_near_two(const xsimd::batch<T>& z) {
  if constexpr (std::is_same_v<T, float>) {
    return polynomial(z, 0.42278433F, 0.32246703F, -0.06735228F, 0.0205808F, -0.007386174F, 0.0028907952F, -0.00118586F,
                      0.0005065171F, -0.0002538171F, 0.00011347282F);
  } else {
    return polynomial(z, 0.42278433509846713, 0.3224670334241132, -0.06735230105319814, 0.02058080842778457,
                      -0.0073855510286681535, 0.002890510330738737, -0.0011927539120010226, 0.0005096695248853096,
                      -0.00022315475074520367, 9.945750909889392e-05, -4.4926351103833334e-05, 2.050726741605779e-05,
                      -9.438458716242811e-06, 4.374374916915131e-06, -2.0449201467015115e-06, 9.578663334114758e-07,
                      -4.303558760359961e-07, 2.0304806751615227e-07, -1.3412819758517287e-07, 6.379047507619774e-08);
  }
}

// What Stirling's formula leaves of ln Γ(x), times x, for t = 1 / x² <= 1 / 64.
template <class T>
xsimd::batch<T> stirling_rest(const xsimd::batch<T>& t) {
  if constexpr (std::is_same_v<T, float>) {
    return polynomial(t, 0.083333336F, -0.0027776984F, 0.0007800347F);
  } else {
    return polynomial(t, 0.08333333333333333, -0.002777777777773988, 0.0007936507897524059, -0.0005952365845057049,
                      0.0008414700852503147, -0.001890382993887715, 0.005065905360156132);
  }
}

// ψ(1.5 + z) / (1.5 + z - its zero) for |z| <= ½.
template <class T>
xsimd::batch<T> digamma_near_zero(const xsimd::batch<T>& z) {
  if constexpr (std::is_same_v<T, float>) {
    return polynomial(z, 0.9510559F, -0.4236274F, 0.24054265F, -0.14840503F, 0.09498082F, -0.06191686F, 0.040893562F,
                      -0.027064258F, 0.016915224F, -0.011247037F, 0.011223156F, -0.007476843F);
  } else {
    return polynomial(z, 0.9510558760318328, -0.4236274212814606, 0.24054248424078697, -0.14840492305388092,
                      0.09498872445289039, -0.06192213327548831, 0.040760833940846085, -0.026975796659787055,
                      0.017907248317313294, -0.011908220105959716, 0.007927021796868154, -0.005279937255532708,
                      0.003518106563802472, -0.0023454947397380833, 0.0015633696313653504, -0.0010364584817312839,
                      0.0006909255761282986, -0.00048595039220036254, 0.00032395945401345196, -0.00014480643368061614,
                      9.653646261410062e-05, -0.0001782188548855923, 0.00011881232908510335);
  }
}

// (ln x - 1 / (2 x) - ψ(x)) x², for t = 1 / x² <= 1 / 64.
template <class T>
xsimd::batch<T> digamma_rest(const xsimd::batch<T>& t) {
  if constexpr (std::is_same_v<T, float>) {
    return polynomial(t, 0.083333336F, -0.008332783F, 0.0038735883F);
  } else {
    return polynomial(t, 0.08333333333333333, -0.008333333333278636, 0.0039682539119537084, -0.0041666448230497,
                      0.007571689620283902, -0.020697987372370493, 0.06362150587634356);
  }
}

// ln Γ(x) for x > 0.
template <class T>
xsimd::batch<T> gammaln_right(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V one(T(1)), start(T(8));
  V y = x, product = one;
  for (int i = 0; i < 6; ++i) {  // down into [1.5, 2.5)
    const auto above = y >= V(T(2.5));
    y = xsimd::select(above, y - one, y);
    product = xsimd::select(above, product * y, product);
  }
  // Or up, by x or x (x + 1); z is exact in each case.
  const auto low = x < V(T(1.5)), lowest = x < V(T(0.5));
  product = xsimd::select(lowest, x * (x + one), xsimd::select(low, x, product));
  const V z = xsimd::select(lowest, x, xsimd::select(low, x - one, y - V(T(2))));
  const auto near = x < start;
  const V l = kernels::log(xsimd::select(near, product, x)), s = one / x;
  const V close = fma(z, gammaln_near_two(z), xsimd::select(low, negated(l), l));
  const V constant(T(0.5 * std::numbers::ln2 + 0.5 * 1.1447298858494001741 - 0.5));  // ½ ln 2π - ½
  const V far = (x - V(T(0.5))) * (l - one) + fma(s, stirling_rest(s * s), constant);
  return xsimd::select(near, close, far);
}

// ψ(x) for x > 0.
template <class T>
xsimd::batch<T> digamma_right(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V one(T(1));
  // ψ(x) = ψ(y) + sum / product for y in [1, 2).
  const auto below = x < one;
  V y = xsimd::select(below, x + one, x), product = xsimd::select(below, x, one),
    sum = xsimd::select(below, -one, V(T(0)));
  for (int i = 0; i < 6; ++i) {
    const auto above = y >= V(T(2));
    y = xsimd::select(above, y - one, y);
    sum = xsimd::select(above, fma(sum, y, product), sum);
    product = xsimd::select(above, product * y, product);
  }
  constexpr T kZero = std::is_same_v<T, float> ? T(0x1.762d86p+0) : T(0x1.762d86356be3fp+0),
              kRest = std::is_same_v<T, float> ? T(0x1.ab5f2p-27) : T(0x1.b86a722197829p-54);
  const V close = fma((y - V(kZero)) - V(kRest), digamma_near_zero(y - V(T(1.5))), sum / product);
  const V s = one / x, t = s * s;
  const V far = kernels::log(x) - fma(t, digamma_rest(t), V(T(0.5)) * s);
  return xsimd::select(x < V(T(8)), close, far);
}

}  // namespace detail

/// e^(-c x²) for a c that is a power of two, accurate in its tails.
template <class T>
xsimd::batch<T> gaussian(const xsimd::batch<T>& x, double c) {
  return detail::gaussian(x, T(c));
}

/// e^(x²) erfc(x).
template <class T>
xsimd::batch<T> erfcx(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V right = erfcx_right(xsimd::abs(x));
  const auto negative = x < V(T(0));
  if (!xsimd::any(negative)) return right;
  const SplitSquare<T> square(clamped(x, T(-32), T(0)));  // infinite below
  const V e = kernels::exp(square.high), d = square.low;
  const V left = V(T(2)) * e * polynomial(d, T(1), T(1), T(0.5), T(1.0 / 6), T(1.0 / 24)) - right;
  return xsimd::select(negative, left, right);
}

/// erfc(x) = 1 - erf(x).
template <class T>
xsimd::batch<T> erfc(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V right = detail::erfcx_right(xsimd::abs(x)) * detail::gaussian(x, T(1));
  return xsimd::select(x < V(T(0)), V(T(2)) - right, right);
}

/// erf(x).
template <class T>
xsimd::batch<T> erf(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V a = xsimd::abs(x), one(T(1));
  const V far = one - detail::erfc_above_one(a);
  return xsimd::select(a < one, detail::erf_near_zero(x), detail::with_sign_of(x, far));
}

/// The normal distribution function.
template <class T>
xsimd::batch<T> ndtr(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V tail = detail::normal_tail(x);
  return xsimd::select(x > V(T(0)), V(T(1)) - tail, tail);
}

/// Its logarithm.
template <class T>
xsimd::batch<T> log_ndtr(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V half(T(0.5)), a = xsimd::abs(x), scaled = half * detail::erfcx_right(a * V(T(std::numbers::sqrt2 / 2)));
  const V left = kernels::log(scaled) - half * x * x;
  return xsimd::select(x > V(T(0)), kernels::log1p(negated(scaled * detail::gaussian(x, T(0.5)))), left);
}

/// ln |Γ(x)|.
template <class T>
xsimd::batch<T> gammaln(const xsimd::batch<T>& x) {
  const auto left = x <= xsimd::batch<T>(T(0));
  const xsimd::batch<T> right = detail::gammaln_right(x);
  if (xsimd::any(left)) [[unlikely]]
    return xsimd::select(left, Lanes<T>::gammaln(x), right);
  return right;
}

/// ψ(x) = Γ'(x) / Γ(x).
template <class T>
xsimd::batch<T> digamma(const xsimd::batch<T>& x) {
  const auto left = x <= xsimd::batch<T>(T(0));
  const xsimd::batch<T> right = detail::digamma_right(x);
  if (xsimd::any(left)) [[unlikely]]
    return xsimd::select(left, Lanes<T>::digamma(x), right);
  return right;
}

}  // namespace xtape::kernels
