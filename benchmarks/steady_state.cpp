// What a training step asks of the system once it has warmed up: calls for memory, and the resident size.
//
//   steady_state [steps]
//
// The allocation functions of the C library, mmap and operator new are replaced by ones that count, for the program
// and for all libraries in it, and pass the call on. Exits with 1 when a step makes 100 calls or more, or when the
// resident size grows.

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>

#include "benchmarks/support/vae_model.hpp"

extern "C" {  // what glibc's own allocation functions are called when their usual names are taken
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

constinit std::atomic<long> allocations{0}, mappings{0}, news{0};

void count(std::atomic<long>& calls) {
  calls.fetch_add(1, std::memory_order_relaxed);
}

void* counted_new(std::size_t bytes, std::size_t alignment) {
  count(news);
  void* memory = alignment == 0 ? __libc_malloc(bytes) : __libc_memalign(alignment, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) {
  count(allocations);
  return __libc_malloc(bytes);
}
void* calloc(std::size_t number, std::size_t bytes) {
  count(allocations);
  return __libc_calloc(number, bytes);
}
void* realloc(void* memory, std::size_t bytes) {
  count(allocations);
  return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) {
  count(allocations);
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count(allocations);
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  count(allocations);
  *memory = __libc_memalign(alignment, bytes);
  return *memory == nullptr ? ENOMEM : 0;
}
void* mmap(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  count(mappings);
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}
}

// The array forms call these, and the matching operators delete call free.
void* operator new(std::size_t bytes) {
  return counted_new(bytes, 0);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted_new(bytes, std::size_t(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace {

// In KiB. smaps_rollup is exact; the counters in statm lag behind.
long resident_size() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string key; rollup >> key;) {
    if (key != "Rss:") continue;
    long size = 0;
    rollup >> size;
    return size;
  }
  return 0;
}

struct Calls {
  long allocations, mappings, news;
  long total() const { return allocations + mappings + news; }
};
Calls calls_so_far() {
  return {allocations.load(), mappings.load(), news.load()};
}

bool report(const char* what, const Calls& before, const Calls& after, int steps) {
  const auto per_step = [&](long from, long to) { return double(to - from) / steps; };
  const double total = per_step(before.total(), after.total());
  std::printf("%s: %.2f calls a step (malloc and its like %.2f, mmap %.2f, operator new %.2f)\n", what, total,
              per_step(before.allocations, after.allocations), per_step(before.mappings, after.mappings),
              per_step(before.news, after.news));
  return total < 100;
}

// What counts must count: a pointer is allocated in every way, and each must be seen.
bool counting_works() {
  const Calls before = calls_so_far();
  void* volatile memory = std::malloc(1);
  std::free(memory);
  memory = std::aligned_alloc(64, 64);
  std::free(memory);
  memory = ::operator new(1);
  ::operator delete(memory);
  memory = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(memory, 4096);
  const Calls after = calls_so_far();
  return after.allocations == before.allocations + 2 && after.mappings == before.mappings + 1 &&
         after.news == before.news + 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace xtape;
  using namespace xtape::benchmarks;
  const int steps = argc > 1 ? std::atoi(argv[1]) : 10000;
  if (steps < 1 || argc > 2) {
    std::fprintf(stderr, "usage: steady_state [steps]; steps is at least 1\n");
    return 2;
  }
  if (!counting_works()) {
    std::fprintf(stderr, "the replaced allocation functions are not called; nothing was measured\n");
    return 1;
  }
  constexpr int kWarmUp = 200, kBatch = 128;
  constexpr long kSlack = 256;  // KiB; what the C library and the kernel's page cache may do by themselves
  Random rng(7);
  Vae model(784, 400, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3F});
  const Array<float> images = rng.uniform<float>({kBatch, 784});
  for (int step = 0; step < kWarmUp; ++step) training_step(model, optimizer, images, rng);

  const long size_before = resident_size();
  const Calls before = calls_so_far();
  long told = 1000;  // the step after which the size is told next
  for (int step = 1; step <= steps; ++step) {
    training_step(model, optimizer, images, rng);
    if (step != told) continue;
    std::printf("resident size: %ld KiB after %d steps\n", resident_size(), step);
    std::fflush(stdout);
    told *= 10;
  }
  const Calls after = calls_so_far();
  const long size_after = resident_size();

  const bool few_calls = report("VAE step, batch 128", before, after, steps);
  const bool flat = size_after <= size_before + kSlack;
  std::printf("resident size: %ld KiB after %d steps to warm up, %ld KiB after %d more\n", size_before, kWarmUp,
              size_after, steps);
  if (!few_calls) std::printf("FAILED: a step must make fewer than 100 calls\n");
  if (!flat) std::printf("FAILED: the resident size must not grow\n");
  return few_calls && flat ? 0 : 1;
}
