#pragma once
// Arrays that no cache holds: stores that go past the caches, and reads asked for ahead.

#include "autodiff/kernels/simd.hpp"

#include <cstdint>

namespace xtape::kernels {

/// A result of so many bytes is gone from the caches before anyone reads it; storing it past them spares the reading of
/// each line before it is written.
inline constexpr std::size_t kStreamedBytes = std::size_t(1) << 26;

/// Stores past the caches where the processor can. `to` must be aligned to a cache line; other threads see the numbers
/// after finish_streaming().
template <class T>
void stream(const Batch<T>& batch, T* to) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), bits_as<std::int64_t>(batch.v));
#elif defined(__AVX__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), bits_as<std::int64_t>(batch.v));
#elif defined(__SSE2__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), bits_as<std::int64_t>(batch.v));
#else
  batch.store(to);
#endif
}

inline void finish_streaming() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

/// How far ahead of a pass its memory is asked for, in bytes.
inline constexpr std::size_t kAhead = 1024;

/// Asks for the cache line that holds `address`, which may lie outside of any array.
inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}

}  // namespace xtape::kernels
