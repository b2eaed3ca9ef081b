#pragma once
// Elementary functions on SIMD batches, in both precisions: polynomials after a reduction of the argument, within 1.5
// units in the last place of the exact value for every number, denormal ones, zeros of either sign,
// infinities and NaN included (tests/autodiff/math_kernel_test.cpp).
//
// The reductions are the usual ones (Muller, Elementary Functions, 3rd ed., ch. 11), that of the double logarithm is
// fdlibm's (e_log.c); the coefficients are minimax fits by the Remez algorithm in 50 digits, rounded.

#include "autodiff/kernels/simd.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

namespace xtape::kernels {

namespace detail {

using Floats = xsimd::batch<float>;
using Doubles = xsimd::batch<double>;

// What holds a number's bits. Of the wide words AVX2 can only shift the unsigned ones.
template <class T>
using Word = std::conditional_t<std::is_same_v<T, float>, std::int32_t, std::uint64_t>;
template <class T>
using Words = xsimd::batch<Word<T>>;

template <class T>
Words<T> bits(const xsimd::batch<T>& x) {
  return bits_as<Word<T>>(x);
}
template <class T>
xsimd::batch<T> from_bits(const Words<T>& i) {
  return bits_as<T>(i);
}

template <class T>
inline constexpr T kInfinity = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
template <class T>
inline constexpr T kSmallest = std::numeric_limits<T>::min();  // that is not denormal
template <class T>
inline constexpr int kMantissa = std::numeric_limits<T>::digits - 1;  // its bits
template <class T>
inline constexpr T kRound = std::is_same_v<T, float> ? T(0x1.8p23) : T(0x1.8p52);  // a sum with it is an integer

// a b + c, rounded once where the processor can; xsimd 8 does not use AVX-512's instruction.
template <class T>
xsimd::batch<T> fma(const xsimd::batch<T>& a, const xsimd::batch<T>& b, const xsimd::batch<T>& c) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    return _mm512_fmadd_ps(a, b, c);
  } else {
    return _mm512_fmadd_pd(a, b, c);
  }
#else
  return xsimd::fma(a, b, c);
#endif
}

// c + x (c' + x (c'' + ...)).
template <class T, class... C>
xsimd::batch<T> polynomial(const xsimd::batch<T>& x, T c, C... more) {
  if constexpr (sizeof...(more) == 0) {
    return xsimd::batch<T>(c);
  } else {
    return fma(polynomial(x, more...), x, xsimd::batch<T>(c));
  }
}

// x in [lo, hi]; NaN stays NaN.
template <class T>
xsimd::batch<T> clamped(const xsimd::batch<T>& x, T lo, T hi) {
  return smaller(xsimd::batch<T>(hi), larger(xsimd::batch<T>(lo), x));
}

// |magnitude| with the sign of x.
template <class T>
xsimd::batch<T> with_sign_of(const xsimd::batch<T>& x, const xsimd::batch<T>& magnitude) {
  return xsimd::bitwise_or(magnitude, xsimd::bitwise_and(x, xsimd::batch<T>(T(-0.0))));
}

// x 2ⁿ for an integer n, of twice the range of a power: 2ⁿ itself may be out of range where the product is not.
template <class T>
xsimd::batch<T> scaled(const xsimd::batch<T>& x, const xsimd::batch<T>& n) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) {
    return _mm512_scalef_ps(x, n);
  } else {
    return _mm512_scalef_pd(x, n);
  }
#else
  using V = xsimd::batch<T>;
  const V round(kRound<T>), half = fma(n, V(T(0.5)), round) - round;
  const auto power = [&round](const V& i) {  // the last bits of i + round are i's
    return from_bits<T>((bits(i + round) << kMantissa<T>)+bits(V(T(1))));
  };
  return x * power(half) * power(n - half);
#endif
}

// x = n ln 2 + r with an integer n and |r| <= ½ ln 2.
template <class T>
struct ExpReduction {
  using V = xsimd::batch<T>;
  // ln 2 in two parts, so that n times the first is exact.
  static constexpr T kHigh = std::is_same_v<T, float> ? T(0x1.62e4p-1) : T(0x1.62e42fefa38p-1),
                     kLow = std::is_same_v<T, float> ? T(0x1.7f7d1cp-20) : T(0x1.ef35793c7673p-45);
  V n, r;
  explicit ExpReduction(const V& x) {
    const V round(kRound<T>);
    n = fma(x, V(std::numbers::log2e_v<T>), round) - round;
    r = fma(n, V(-kHigh), x);
    r = fma(n, V(-kLow), r);
  }
};

// p(r) of eʳ = 1 + r + r² p(r) for |r| <= ½ ln 2.
inline Floats exp_polynomial(const Floats& r) {
  return polynomial(r, 0.5F, 0.166665435F, 0.0416662805F, 0.00836661085F, 0.0013946488F);
}
inline Doubles exp_polynomial(const Doubles& r) {
  return polynomial(r, 0.5000000000000011, 0.16666666666666413, 0.041666666666530246, 0.00833333333349445,
                    0.0013888888943603317, 0.0001984126950654099, 2.4801493129305465e-05, 2.7557586461346355e-06,
                    2.763023669623759e-07, 2.5000016965344075e-08);
}

// eʳ.
inline Floats exp_of_reduced(const Floats& r) {
  return polynomial(r, 1.0F, 1.0F, 0.49999994F, 0.166665211F, 0.0416683927F, 0.00836874545F, 0.00138145359F);
}
inline Doubles exp_of_reduced(const Doubles& r) {
  return fma(r * r, exp_polynomial(r), r) + Doubles(1);
}

// k ln 2 + ln(1 + f) for f in [-¼, ½].
inline Floats log_of(const Floats& k, const Floats& f) {
  const Floats p = polynomial(f, -0.5F, 0.333334535F, -0.250000536F, 0.199906066F, -0.16647768F, 0.144820556F,
                              -0.13162221F, 0.104483433F, -0.0449098647F);
  const Floats rest = fma(p * f, f, f);
  return fma(k, Floats(0x1.62e43p-1F), rest);
}
// For f in [√½ - 1, √2 - 1]: with s = f / (2 + f), ln(1 + f) = f - ½ f² + s (½ f² + s² p(s²)).
inline Doubles log_of(const Doubles& k, const Doubles& f) {
  const Doubles s = f / (Doubles(2) + f), z = s * s, half = Doubles(0.5) * f * f;
  const Doubles p = polynomial(z, 0.6666666666666734, 0.39999999999414293, 0.28571428742478955, 0.2222219856337431,
                               0.18183564881717693, 0.15314035423302436, 0.14796110091754433);
  const Doubles rest = fma(s, fma(z, p, half), k * Doubles(ExpReduction<double>::kLow));
  return fma(k, Doubles(ExpReduction<double>::kHigh), f - (half - rest));
}

// The exponent, in place, by which a positive number is taken to where log_of wants it.
template <class T>
Words<T> exponent_bits(const xsimd::batch<T>& x) {
  constexpr T kLow = std::is_same_v<T, float> ? T(0.75) : T(0x1.6a09e667f3bcdp-1);
  return (bits(x) - Words<T>(std::bit_cast<Word<T>>(kLow))) & Words<T>(std::bit_cast<Word<T>>(-kInfinity<T>));
}
inline Floats exponent(const Words<float>& in_place) {
  return xsimd::to_float(in_place >> kMantissa<float>);
}
inline Doubles exponent(const Words<double>& in_place) {  // no conversion of wide integers before AVX-512
  const Doubles whole(0x1p52);
  const Words<double> biased = (in_place + bits(Doubles(1))) >> kMantissa<double>;
  return from_bits<double>(biased | bits(whole)) - (whole + Doubles(1023));
}

// ln x + k ln 2 for normal x.
template <class T>
xsimd::batch<T> log_of_normal(const xsimd::batch<T>& x, const xsimd::batch<T>& k) {
  const Words<T> e = exponent_bits(x);
  return log_of(exponent(e) + k, from_bits<T>(bits(x) - e) - xsimd::batch<T>(T(1)));
}

// ln x for any x: denormals are made normal first; what is not positive and finite has no logarithm of this kind.
template <class T>
[[gnu::noinline, gnu::cold]] xsimd::batch<T> log_of_any(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const auto small = x < V(kSmallest<T>);
  const V zero(T(0)), up(std::is_same_v<T, float> ? T(0x1p23) : T(0x1p52)), k = V(T(-kMantissa<T>));
  const V y = log_of_normal(xsimd::select(small, x * up, x), xsimd::select(small, k, zero));
  const V ends = xsimd::select(x == zero, V(-kInfinity<T>), xsimd::select(x < zero, V(kNan<T>), x));
  return xsimd::select((x > zero) & (x < V(kInfinity<T>)), y, ends);
}

}  // namespace detail

/// -x, of zeros too.
template <class T>
xsimd::batch<T> negated(const xsimd::batch<T>& x) {
  return xsimd::bitwise_xor(x, xsimd::batch<T>(T(-0.0)));
}
template <std::floating_point T>
T negated(T x) {
  return -x;
}

/// eˣ.
template <class T>
xsimd::batch<T> exp(const xsimd::batch<T>& x) {
  using namespace detail;
  // 0 and infinity lie within.
  const ExpReduction<T> e(std::is_same_v<T, float> ? clamped(x, T(-104), T(89)) : clamped(x, T(-746), T(710)));
  return scaled(exp_of_reduced(e.r), e.n);
}

/// eˣ - 1, accurate near 0.
template <class T>
xsimd::batch<T> expm1(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  constexpr bool kFloat = std::is_same_v<T, float>;
  const ExpReduction<T> e(clamped(x, kFloat ? T(-20) : T(-40), kFloat ? T(89) : T(710)));
  const V half = scaled(V(T(0.5)), e.n);  // of 2ⁿ, which may be out of range
  const V y = V(T(2)) * fma(half, e.r * e.r * exp_polynomial(e.r), fma(half, e.r, half - V(T(0.5))));
  // There it is x to the last place, which may be denormal or -0.
  return xsimd::select(xsimd::abs(x) < V(std::numeric_limits<T>::epsilon() / 2), x, y);
}

/// ln x.
template <class T>
xsimd::batch<T> log(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  if (!xsimd::all((x >= V(kSmallest<T>)) & (x < V(kInfinity<T>)))) [[unlikely]]
    return log_of_any(x);
  return log_of_normal(x, V(T(0)));
}

/// ln(1 + x), accurate near 0.
template <class T>
xsimd::batch<T> log1p(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const Words<T> e = exponent_bits(x + V(T(1)));
  // (1 + x) / 2ᵏ - 1 = x / 2ᵏ + (1 / 2ᵏ - 1), of which only the sum is rounded.
  const V f = from_bits<T>(bits(x) - e) + fma(V(T(0.25)), from_bits<T>(bits(V(T(4))) - e), V(T(-1)));
  const V y = with_sign_of(x, xsimd::abs(log_of(exponent(e), f)));
  const auto usual = (x > V(T(-1))) & (x < V(kInfinity<T>));
  if (!xsimd::all(usual)) [[unlikely]]
    return xsimd::select(usual, y, log_of_any(x + V(T(1))));
  return y;
}

/// 1 / (1 + e^|x|), the smaller one of sigmoid(x) and sigmoid(-x): with e^|x| = 2ⁿ eʳ it is 2⁻ⁿ / (2⁻ⁿ + eʳ).
template <class T>
xsimd::batch<T> sigmoid_tail(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V most(std::is_same_v<T, float> ? T(104) : T(746));  // where it is 0
  const ExpReduction<T> e(smaller(most, xsimd::abs(x)));
  const V power = scaled(V(T(1)), negated(e.n));
  return power / (power + exp_of_reduced(e.r));
}

/// |tanh x| where |x| < 0.625.
template <class T>
xsimd::batch<T> tanh_near_zero(const xsimd::batch<T>& x) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V a = xsimd::abs(x), square = a * a;
  V p;
  if constexpr (std::is_same_v<T, float>) {
    p = polynomial(square, -0.333332807F, 0.133314416F, -0.0537397116F, 0.020639075F, -0.00570497336F);
  } else {
    p = polynomial(square, -0.33333333333333315, 0.13333333333329742, -0.053968253966058824, 0.021869488468711857,
                   -0.008863234312510649, 0.003592113999137627, -0.0014557259430843345, 0.0005894517772685162,
                   -0.00023701166912895206, 9.155830424804609e-05, -3.0187112618862123e-05, 6.042421257539528e-06);
  }
  return fma(p * square, a, a);
}

/// tanh x, given tanh_near_zero(x) and sigmoid_tail(2 x). Computed in that order: the short one first, which a
/// processor otherwise does not see until the long one lets it.
template <class T>
xsimd::batch<T> tanh_of(const xsimd::batch<T>& x, const xsimd::batch<T>& near_zero, const xsimd::batch<T>& tail) {
  using namespace detail;
  using V = xsimd::batch<T>;
  const V far = fma(V(T(-2)), tail, V(T(1)));
  return with_sign_of(x, xsimd::select(xsimd::abs(x) < V(T(0.625)), near_zero, far));
}

/// tanh x.
template <class T>
xsimd::batch<T> tanh(const xsimd::batch<T>& x) {
  const xsimd::batch<T> near_zero = tanh_near_zero(x);
  return tanh_of(x, near_zero, sigmoid_tail(x + x));
}

}  // namespace xtape::kernels
