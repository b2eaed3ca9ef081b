#include "autodiff/pool.hpp"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace xtape {
namespace detail {

constinit thread_local Pool thread_pool;

namespace {

// Empties the thread's pool at thread exit; what is freed later goes straight to the system.
struct PoolKeeper {
  ~PoolKeeper() { set_pool_limit(0); }
};

void keep_pool() {
  static thread_local PoolKeeper keeper;
  static_cast<void>(keeper);
}

// Buffers of at least one huge page begin with one. A pass over a large array otherwise waits for the translation of
// addresses, every 4 KiB anew.
constexpr std::size_t kHugePage = std::size_t(1) << 21;

std::align_val_t alignment_of_class(std::size_t index) {
  return std::align_val_t(class_bytes(index) < kHugePage ? kBufferAlignment : kHugePage);
}

void ask_for_huge_pages([[maybe_unused]] void* buffer, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes >= kHugePage) madvise(buffer, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // no harm if refused
#endif
}

}  // namespace

void* allocate_from_system(std::size_t index) {
  if (index >= kSizeClasses) throw std::bad_alloc();
  keep_pool();
  void* buffer = ::operator new(class_bytes(index), alignment_of_class(index));
  ask_for_huge_pages(buffer, class_bytes(index));
  ++thread_pool.system_allocations;
  return buffer;
}

void return_to_system(void* buffer, std::size_t index) noexcept {
  ::operator delete(buffer, class_bytes(index), alignment_of_class(index));
}

}  // namespace detail

PoolStatistics pool_statistics() noexcept {
  const detail::Pool& pool = detail::thread_pool;
  return {pool.cached_bytes, pool.limit_bytes, pool.system_allocations};
}

void release_pool() noexcept {
  detail::Pool& pool = detail::thread_pool;
  for (std::size_t index = 0; index < detail::kSizeClasses; ++index) {
    while (detail::FreeBlock* block = pool.free[index]) {
      pool.free[index] = block->next;
      detail::return_to_system(block, index);
    }
  }
  pool.cached_bytes = 0;
}

void set_pool_limit(std::size_t bytes) noexcept {
  detail::Pool& pool = detail::thread_pool;
  pool.limit_bytes = bytes;
  if (pool.cached_bytes > bytes) release_pool();
}

}  // namespace xtape
