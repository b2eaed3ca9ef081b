#include "autodiff/pool.hpp"

#include <atomic>
#include <cstdint>
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

// A pass over a large array otherwise waits for the translation of addresses, every 4 KiB anew.
constexpr std::size_t kHugePage = std::size_t(1) << 21;
void ask_for_huge_pages([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes >= kHugePage) madvise(block, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // no harm if refused
#endif
}

// If all large buffers began at the same place of a page, rows of matrices whose length is a power of two would meet
// in the same few lines of the caches, and loads wait for stores that only seem to be to the same address. So each
// begins on another line of its block's first page.
constexpr std::size_t kPage = 4096, kColoured = std::size_t(1) << 16;
std::size_t next_colour() {
  constexpr std::size_t kLines = kPage / kBufferAlignment, kStep = 17;  // coprime, and more than a prefetcher's stride
  static std::atomic<std::size_t> blocks{0};
  return blocks.fetch_add(1, std::memory_order_relaxed) * kStep % kLines * kBufferAlignment;
}

// What a buffer lies in. Under the sanitizer it is all of its block, whose ends are watched.
struct Block {
  std::size_t bytes, alignment;
  bool coloured;

  explicit Block(std::size_t index)
      : bytes(class_bytes(index)),
        alignment(bytes >= kHugePage   ? kHugePage
                  : bytes >= kColoured ? kPage
                                       : kBufferAlignment),
        coloured(kPooling && bytes >= kColoured) {
    if (coloured) bytes += kPage;
  }
};

}  // namespace

void keep_pool() noexcept {
  static thread_local PoolKeeper keeper;
  static_cast<void>(keeper);
  thread_pool.kept = true;
}

void* allocate_from_system(std::size_t index) {
  if (index >= kSizeClasses) throw std::bad_alloc();
  const Block block(index);
  char* start = static_cast<char*>(::operator new(block.bytes, std::align_val_t(block.alignment)));
  ask_for_huge_pages(start, class_bytes(index));
  ++thread_pool.system_allocations;
  return start + (block.coloured ? next_colour() : 0);
}

void return_to_system(void* buffer, std::size_t index) noexcept {
  const Block block(index);
  const std::size_t colour = block.coloured ? std::uintptr_t(buffer) % kPage : 0;
  // Without the size, which clang before 19 passes on only if it is told to, and no allocator here needs.
  ::operator delete(static_cast<char*>(buffer) - colour, std::align_val_t(block.alignment));
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
