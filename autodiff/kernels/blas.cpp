#include "autodiff/kernels/blas.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace xtape::kernels {

namespace {

std::atomic<int> running{0};         // calls of BlasCall
std::atomic<bool> has_ended{false};  // no more calls
std::atomic<int> in_openblas{0};     // calls of OpenBlasMemory
std::atomic<int> with_memory{0};     // so many at a time have got their memory; OpenBLAS keeps it
std::mutex asking;

// Products take milliseconds. Longer than this waits only who waits for itself: a handler of a signal that calls exit,
// or the child of a fork, where the thread of the product is not.
constexpr std::chrono::seconds kPatience{1};

void end_calls() {
  using Clock = std::chrono::steady_clock;
  has_ended = true;
  for (const Clock::time_point start = Clock::now(); running != 0 && Clock::now() - start < kPatience;)
    std::this_thread::yield();
}

struct NoMemoryForOpenBlas : std::bad_alloc {
  const char* what() const noexcept override {
    return "out of memory: OpenBLAS takes 128 MiB for each thread that computes a matrix product";
  }
};

// What OpenBLAS maps for a call on x86-64 (BUFFER_SIZE of its common_x86_64.h), and room for what it notes of it.
constexpr std::size_t kOpenBlasBuffer = (std::size_t(32) << 22) + (std::size_t(1) << 20);

bool system_has(std::size_t bytes) {
#if defined(__linux__)
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, bytes);
#else
  static_cast<void>(bytes);
#endif
  return true;
}

}  // namespace

// The order of the two, here and in end_calls, is what makes one of them see the other.
BlasCall::BlasCall() {
  ++running;
  allowed_ = !has_ended;
  if (!allowed_) --running;
}

BlasCall::~BlasCall() {
  if (!allowed_) return;
  // After the first call, so that it runs before the destructors of what that call has made.
  [[maybe_unused]] static const bool registered = std::atexit(end_calls) == 0;
  --running;
}

OpenBlasMemory::OpenBlasMemory() {
  const int calls = ++in_openblas;
  if (calls <= with_memory) return;
  const std::lock_guard lock(asking);
  if (calls <= with_memory) return;
  if (!system_has(kOpenBlasBuffer)) {
    --in_openblas;
    throw NoMemoryForOpenBlas();
  }
  with_memory = calls;
}

OpenBlasMemory::~OpenBlasMemory() {
  --in_openblas;
}

}  // namespace xtape::kernels
