#pragma once
// What differs between the versions of xtensor, xsimd and the compilers that xtape is built with: the one header that
// includes them, and knows.

// clang before 22 says by a feature what g++ says by these macros.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1  // NOLINT(bugprone-reserved-identifier)
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1  // NOLINT(bugprone-reserved-identifier)
#endif
#endif

// The compiler's own header of vector instructions, mended where g++'s is not fit for use. Comes before xsimd.
#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the undefined registers inside the header for a user's mistake.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

// At -O0, g++ defines two AVX-512 intrinsics as macros that xsimd's qualified calls cannot use: make them functions.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__OPTIMIZE__) && defined(__AVX512BW__)
#undef _mm512_mask_blend_epi8
#undef _mm512_mask_blend_epi16
inline __m512i _mm512_mask_blend_epi8(__mmask64 mask, __m512i a, __m512i b) {
  return reinterpret_cast<__m512i>(
      __builtin_ia32_blendmb_512_mask(reinterpret_cast<__v64qi>(a), reinterpret_cast<__v64qi>(b), mask));
}
inline __m512i _mm512_mask_blend_epi16(__mmask32 mask, __m512i a, __m512i b) {
  return reinterpret_cast<__m512i>(
      __builtin_ia32_blendmw_512_mask(reinterpret_cast<__v32hi>(a), reinterpret_cast<__v32hi>(b), mask));
}
#endif

#endif

#include <xsimd/xsimd.hpp>

// xtensor 0.26 sorted its headers into folders.
#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/generators/xbuilder.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xtensor.hpp>
#endif

namespace xtape::kernels {

/// The bits of a batch as those of numbers of type To. xsimd 9 takes the type of an element where xsimd 8 took that of
/// the batch.
template <class To, class From>
xsimd::batch<To> bits_as(const xsimd::batch<From>& batch) {
#if XSIMD_VERSION_MAJOR < 9
  return xsimd::bitwise_cast<xsimd::batch<To>>(batch);
#else
  return xsimd::bitwise_cast<To>(batch);
#endif
}

/// The larger (smaller) number of each lane, and b where one of them is NaN, as processors have it; xsimd 14 gives a
/// there.
template <class T>
xsimd::batch<T> larger(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
#if XSIMD_VERSION_MAJOR < 14
  return xsimd::max(a, b);
#else
  return xsimd::max(b, a);
#endif
}
template <class T>
xsimd::batch<T> smaller(const xsimd::batch<T>& a, const xsimd::batch<T>& b) {
#if XSIMD_VERSION_MAJOR < 14
  return xsimd::min(a, b);
#else
  return xsimd::min(b, a);
#endif
}

}  // namespace xtape::kernels
