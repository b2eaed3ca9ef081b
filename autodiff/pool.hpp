#pragma once
// Memory for arrays: freed buffers are kept and handed out again.
//
// A fresh large buffer costs more than the arithmetic done in it, since the system maps and faults in every page anew;
// so each thread keeps the buffers it frees, in size classes, up to a limit. A buffer may be freed on any thread, also
// after the pool of its own thread has gone.

#include "autodiff/compat.hpp"

#include <array>
#include <bit>
#include <cstddef>

namespace xtape {

/// What the calling thread's pool holds and has done.
struct PoolStatistics {
  std::size_t cached_bytes = 0;        ///< bytes of free buffers kept for reuse
  std::size_t limit_bytes = 0;         ///< the most that `cached_bytes` may reach
  std::size_t system_allocations = 0;  ///< buffers that had to come from the system so far
};

/// The calling thread's pool in figures.
PoolStatistics pool_statistics() noexcept;

/// Gives all free buffers of the calling thread's pool back to the system. Buffers in use are not touched.
void release_pool() noexcept;

/// Bounds the free bytes that the calling thread's pool keeps; if more is kept now, all of it goes back to the
/// system. The default is 1 GiB. Zero turns pooling off on this thread.
void set_pool_limit(std::size_t bytes) noexcept;

namespace detail {

constexpr std::size_t kBufferAlignment = 64;  // a cache line, and the widest SIMD register
constexpr std::size_t kSizeClasses = 4 * 60;

/// Four size classes an octave, so that at most a fifth of a buffer is unused; the smallest is one cache line.
constexpr std::size_t size_class(std::size_t bytes) noexcept {
  if (bytes <= kBufferAlignment) return 0;
  const std::size_t octave = std::size_t(std::bit_width(bytes - 1)) - 1;  // 2^octave < bytes <= 2^(octave + 1)
  const std::size_t quarter = (bytes - 1 - (std::size_t(1) << octave)) >> (octave - 2);  // 0..3
  return 1 + 4 * (octave - 6) + quarter;
}

/// The bytes that a buffer of a size class holds.
constexpr std::size_t class_bytes(std::size_t index) noexcept {
  if (index == 0) return kBufferAlignment;
  const std::size_t octave = (index - 1) / 4 + 6, quarter = (index - 1) % 4;
  return (std::size_t(1) << octave) + ((quarter + 1) << (octave - 2));
}

struct FreeBlock {
  FreeBlock* next;
};

/// One thread's free lists. Trivially constructible and destructible, so that access needs no guard; `PoolKeeper` in
/// pool.cpp empties it at thread exit.
struct Pool {
  std::array<FreeBlock*, kSizeClasses> free{};
  std::size_t cached_bytes = 0;
  std::size_t limit_bytes = std::size_t(1) << 30;
  std::size_t system_allocations = 0;
  bool kept = false;  ///< whether it will be emptied when the thread ends
};
extern constinit thread_local Pool thread_pool;

/// Sees to it that the calling thread's pool is emptied when the thread ends.
void keep_pool() noexcept;

void* allocate_from_system(std::size_t index);
void return_to_system(void* buffer, std::size_t index) noexcept;

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kPooling = false;  // the sanitizer sees a use after free only if freeing is real
#else
inline constexpr bool kPooling = true;
#endif

/// At least `bytes` bytes, aligned to a cache line. Throws std::bad_alloc.
inline void* allocate_buffer(std::size_t bytes) {
  const std::size_t index = size_class(bytes);
  if (index < kSizeClasses) {
    Pool& pool = thread_pool;
    if (FreeBlock* block = pool.free[index]; kPooling && block != nullptr) {
      pool.free[index] = block->next;
      pool.cached_bytes -= class_bytes(index);
      return block;
    }
  }
  return allocate_from_system(index);
}

/// Takes back what `allocate_buffer(bytes)` gave.
inline void free_buffer(void* buffer, std::size_t bytes) noexcept {
  const std::size_t index = size_class(bytes);
  Pool& pool = thread_pool;
  const std::size_t after = pool.cached_bytes + class_bytes(index);
  if (!kPooling || after > pool.limit_bytes) return return_to_system(buffer, index);
  if (!pool.kept) [[unlikely]]
    keep_pool();  // a thread may free what others allocated, and never take a buffer from the system itself
  FreeBlock* block = static_cast<FreeBlock*>(buffer);
  block->next = pool.free[index];
  pool.free[index] = block;
  pool.cached_bytes = after;
}

}  // namespace detail

/// A standard allocator over the calling thread's pool; all instances are equal.
template <class T>
struct PoolAllocator {
  using value_type = T;

  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > std::size_t(-1) / 2 / sizeof(T)) detail::allocate_from_system(detail::kSizeClasses);
    return static_cast<T*>(detail::allocate_buffer(count * sizeof(T)));
  }
  void deallocate(T* buffer, std::size_t count) noexcept { detail::free_buffer(buffer, count * sizeof(T)); }

  template <class U>
  bool operator==(const PoolAllocator<U>&) const noexcept {
    return true;
  }
};

}  // namespace xtape
