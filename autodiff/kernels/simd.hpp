#pragma once
// One SIMD register of numbers, wrapped in a type of xtape's so that argument-dependent lookup finds xtape's functions
// (sigmoid, where, ...) also from a user's namespace.

#include "autodiff/array.hpp"

#include <cstring>
#include <utility>

namespace xtape {

template <class>
inline constexpr bool kNever = false;

/// `size` numbers that one instruction treats alike; what element-wise operations are evaluated on.
template <class T>
struct Batch {
  using value_type = T;
  using Simd = xsimd::batch<T>;
  static constexpr std::size_t size = Simd::size;

  Simd v;

  Batch() = default;
  Batch(const Simd& simd) : v(simd) {}
  explicit Batch(T scalar) : v(scalar) {}

  static Batch load(const T* from) { return Simd::load_unaligned(from); }
  void store(T* to) const { v.store_unaligned(to); }

  /// The first `count` < size numbers from memory; what the others are is not specified.
  static Batch load_part(const T* from, std::size_t count) {
    if (count == 1) return Batch(*from);
    alignas(64) T buffer[size] = {};
    std::memcpy(buffer, from, count * sizeof(T));
    return Simd::load_aligned(buffer);
  }
  /// The same with copies of the first number behind them, so that an operation meets no other there.
  static Batch load_padded(const T* from, std::size_t count) {
    alignas(64) T buffer[size];
    Batch(*from).store(buffer);
    std::memcpy(buffer, from, count * sizeof(T));
    return Simd::load_aligned(buffer);
  }
  void store_part(T* to, std::size_t count) const {
    alignas(64) T buffer[size];
    v.store_aligned(buffer);
    std::memcpy(to, buffer, count * sizeof(T));
  }

  /// The first `count` <= size numbers, whichever of the above it takes.
  static Batch load_up_to(const T* from, std::size_t count) {
    return count == size ? load(from) : load_part(from, count);
  }
  void store_up_to(T* to, std::size_t count) const { count == size ? store(to) : store_part(to, count); }

  /// The first number, without a round trip through memory where the processor can.
  T first() const {
    alignas(64) T lanes[size];
    v.store_aligned(lanes);
    return lanes[0];
  }

  // A branch or a std:: function on a Batch: say what to write instead.
  explicit operator bool() const {
    static_assert(kNever<T>,
                  "xtape: an element-wise function (that of map, an op's eval) may not branch on its arguments; write "
                  "where(condition, a, b), and maximum or minimum instead of std::max or std::min");
    return false;
  }
  operator double() const {
    static_assert(kNever<T>,
                  "xtape: an element-wise function (that of map, an op's eval) may only use xtape's own functions of "
                  "numbers (exp, log, ..., where), not std:: ones");
    return 0;
  }
};

/// Lane by lane 1 where the mask is set, else 0: comparisons are numbers in xtape.
template <class T>
Batch<T> as_numbers(const xsimd::batch_bool<T>& mask) {
  return xsimd::select(mask, xsimd::batch<T>(T(1)), xsimd::batch<T>(T(0)));
}

/// The same of single numbers.
inline bool as_numbers(bool holds) {
  return holds;
}

/// The sum of all lanes, added pairwise.
template <class T>
T horizontal_sum(const xsimd::batch<T>& batch) {
  alignas(64) T lanes[xsimd::batch<T>::size];
  batch.store_aligned(lanes);
  for (std::size_t half = xsimd::batch<T>::size / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

#if defined(__AVX512F__)
// No round trip through memory for the last few elements of a row.
template <>
inline Batch<float> Batch<float>::load_part(const float* from, std::size_t count) {
  return Simd(_mm512_maskz_loadu_ps(__mmask16((1u << count) - 1u), from));
}
template <>
inline Batch<float> Batch<float>::load_padded(const float* from, std::size_t count) {
  return Simd(_mm512_mask_loadu_ps(_mm512_set1_ps(*from), __mmask16((1u << count) - 1u), from));
}
template <>
inline void Batch<float>::store_part(float* to, std::size_t count) const {
  _mm512_mask_storeu_ps(to, __mmask16((1u << count) - 1u), v);
}
template <>
inline float Batch<float>::first() const {
  return _mm512_cvtss_f32(v);
}
template <>
inline double Batch<double>::first() const {
  return _mm512_cvtsd_f64(v);
}
template <>
inline Batch<double> Batch<double>::load_part(const double* from, std::size_t count) {
  return Simd(_mm512_maskz_loadu_pd(__mmask8((1u << count) - 1u), from));
}
template <>
inline Batch<double> Batch<double>::load_padded(const double* from, std::size_t count) {
  return Simd(_mm512_mask_loadu_pd(_mm512_set1_pd(*from), __mmask8((1u << count) - 1u), from));
}
template <>
inline void Batch<double>::store_part(double* to, std::size_t count) const {
  _mm512_mask_storeu_pd(to, __mmask8((1u << count) - 1u), v);
}
#endif

}  // namespace xtape

namespace xtape::kernels {

/// The larger and the smaller one, as IEEE 754-2019 has them: NaN where either is, and -0 below +0.
template <class T>
xsimd::batch<T> maximum(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  return xsimd::select(a == b, xsimd::bitwise_and(a, b), xsimd::select((a > b) || xsimd::isnan(a), a, b));
}
template <class T>
xsimd::batch<T> minimum(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
  return xsimd::select(a == b, xsimd::bitwise_or(a, b), xsimd::select((a < b) || xsimd::isnan(a), a, b));
}

}  // namespace xtape::kernels
