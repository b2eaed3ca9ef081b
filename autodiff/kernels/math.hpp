#pragma once
// Elementary functions on SIMD batches. In float32 they are ours: polynomials after a reduction of the argument, three
// times as fast as xsimd's, within 1.5 units in the last place of the exact value for every float (tests/autodiff/
// math_kernel_test.cpp). In float64 they are xsimd's.
//
// The reductions are the usual ones (Muller, Elementary Functions, 3rd ed., ch. 11); the coefficients are minimax fits
// by the Remez algorithm in 50 digits, rounded to float.

#include "autodiff/kernels/simd.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace xtape::kernels {

namespace detail {

using Floats = xsimd::batch<float>;
using Ints = xsimd::batch<std::int32_t>;

inline Ints bits(const Floats& x) {
  return bits_as<std::int32_t>(x);
}
inline Floats from_bits(const Ints& i) {
  return bits_as<float>(i);
}

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
template <class... C>
Floats polynomial(const Floats& x, float c, C... more) {
  if constexpr (sizeof...(more) == 0) {
    return Floats(c);
  } else {
    return fma(polynomial(x, more...), x, Floats(c));
  }
}

// x in [lo, hi]. NaN stays NaN: of two operands of which one is NaN, the instructions return the second.
inline Floats clamped(const Floats& x, float lo, float hi) {
  return xsimd::min(Floats(hi), xsimd::max(Floats(lo), x));
}

// |magnitude| with the sign of x.
inline Floats with_sign_of(const Floats& x, const Floats& magnitude) {
  return xsimd::bitwise_or(magnitude, xsimd::bitwise_and(x, Floats(-0.0F)));
}

// x 2ⁿ for an integer n in [-252, 254]. In two steps: 2ⁿ itself may be out of range where the product is not.
inline Floats scaled(const Floats& x, const Floats& n) {
#if defined(__AVX512F__)
  return _mm512_scalef_ps(x, n);
#else
  const Ints whole = xsimd::to_int(n), half = whole >> 1;
  const auto power = [](const Ints& i) { return from_bits((i + Ints(127)) << 23); };
  return x * power(half) * power(whole - half);
#endif
}

// x = n ln 2 + r with an integer n and |r| <= ½ ln 2.
struct ExpReduction {
  Floats n, r;
  explicit ExpReduction(const Floats& x) {
    const Floats shift(0x1.8p23F);  // so large that a sum with it is rounded to integers
    n = fma(x, Floats(0x1.715476p+0F), shift) - shift;
    // ln 2 in two parts, so that n times the first is exact.
    r = fma(n, Floats(-0x1.62e400p-1F), x);
    r = fma(n, Floats(-0x1.7f7d1cp-20F), r);
  }
};

// k ln 2 + ln(1 + f) for f in [-¼, ½].
inline Floats log_of(const Floats& k, const Floats& f) {
  const Floats p = polynomial(f, -0.5F, 0.333334535F, -0.250000536F, 0.199906066F, -0.16647768F, 0.144820556F,
                              -0.13162221F, 0.104483433F, -0.0449098647F);
  const Floats rest = fma(p * f, f, f);
  return fma(k, Floats(0x1.62e43p-1F), rest);
}

// The exponent, in place, by which a positive number is taken into [¾, 1½).
inline Ints exponent_bits(const Floats& x) {
  return (bits(x) - Ints(std::bit_cast<std::int32_t>(0.75F))) & Ints(std::int32_t(0xff800000));
}

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kSmallest = std::numeric_limits<float>::min();  // that is not denormal

// ln x + k ln 2 for normal x.
inline Floats log_of_normal(const Floats& x, const Floats& k) {
  const Ints e = exponent_bits(x);
  return log_of(xsimd::to_float(e >> 23) + k, from_bits(bits(x) - e) - Floats(1));
}

// ln x for any x: denormals are made normal first; what is not positive and finite has no logarithm of this kind.
[[gnu::noinline, gnu::cold]] inline Floats log_of_any(const Floats& x) {
  const auto small = x < Floats(kSmallest);
  const Floats y =
      log_of_normal(xsimd::select(small, x * Floats(0x1p23F), x), xsimd::select(small, Floats(-23), Floats(0)));
  const Floats ends = xsimd::select(x == Floats(0), Floats(-kInfinity), xsimd::select(x < Floats(0), Floats(kNan), x));
  return xsimd::select((x > Floats(0)) & (x < Floats(kInfinity)), y, ends);
}

}  // namespace detail

/// eˣ.
template <class T>
xsimd::batch<T> exp(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    using namespace detail;
    const ExpReduction e(clamped(x, -104, 89));  // 0 and infinity lie within
    const Floats p =
        polynomial(e.r, 1.0F, 1.0F, 0.49999994F, 0.166665211F, 0.0416683927F, 0.00836874545F, 0.00138145359F);
    return scaled(p, e.n);
  } else {
    return xsimd::exp(x);
  }
}

/// eˣ - 1, accurate near 0.
template <class T>
xsimd::batch<T> expm1(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    using namespace detail;
    const ExpReduction e(clamped(x, -20, 89));
    const Floats p = polynomial(e.r, 0.5F, 0.166665435F, 0.0416662805F, 0.00836661085F, 0.0013946488F);
    const Floats rest = fma(e.r * e.r, p, e.r);     // eʳ - 1
    const Floats half = scaled(Floats(0.5F), e.n);  // half of 2ⁿ, which may be out of range
    return with_sign_of(x, xsimd::abs(Floats(2) * fma(half, rest, half - Floats(0.5F))));
  } else {
    return xsimd::expm1(x);
  }
}

/// ln x.
template <class T>
xsimd::batch<T> log(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    using namespace detail;
    if (!xsimd::all((x >= Floats(kSmallest)) & (x < Floats(kInfinity)))) [[unlikely]]
      return log_of_any(x);
    return log_of_normal(x, Floats(0));
  } else {
    return xsimd::log(x);
  }
}

/// ln(1 + x), accurate near 0.
template <class T>
xsimd::batch<T> log1p(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    using namespace detail;
    const Ints e = exponent_bits(x + Floats(1));
    // (1 + x) / 2ᵏ - 1 = x / 2ᵏ + (1 / 2ᵏ - 1), of which only the sum is rounded.
    const Floats f = from_bits(bits(x) - e) + fma(Floats(0.25F), from_bits(bits(Floats(4)) - e), Floats(-1));
    const Floats y = with_sign_of(x, xsimd::abs(log_of(xsimd::to_float(e >> 23), f)));
    const auto usual = (x > Floats(-1)) & (x < Floats(kInfinity));
    if (!xsimd::all(usual)) [[unlikely]]
      return xsimd::select(usual, y, log_of_any(x + Floats(1)));
    return y;
  } else {
    return xsimd::log1p(x);
  }
}

/// tanh x.
template <class T>
xsimd::batch<T> tanh(const xsimd::batch<T>& x) {
  if constexpr (std::is_same_v<T, float>) {
    using namespace detail;
    const Floats a = xsimd::abs(x), square = a * a;
    const Floats p = polynomial(square, -0.333332807F, 0.133314416F, -0.0537397116F, 0.020639075F, -0.00570497336F);
    const Floats near = fma(p * square, a, a);
    const Floats far = Floats(1) - Floats(2) / (exp(a + a) + Floats(1));
    return with_sign_of(x, xsimd::select(a < Floats(0.625F), near, far));
  } else {
    return xsimd::tanh(x);
  }
}

}  // namespace xtape::kernels
