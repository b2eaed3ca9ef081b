#pragma once
// The one way that xtape runs a loop on several threads: parts of it, taken by this thread and by workers as each gets
// to it. Where workers do not come, since other programs have the processor, this thread does all parts itself; a fixed
// share for every thread would have to wait for them (docs/design.md).

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <exception>

namespace xtape::kernels {

/// Below this many element operations a parallel loop costs more than it saves.
inline constexpr std::size_t kParallelWork = 32768;

/// How many threads a loop may use here: OpenMP's number (OMP_NUM_THREADS, omp_set_num_threads), without OpenMP that of
/// the cores; 1 inside of a parallel loop, OpenMP's or our own.
std::size_t available_threads();
/// Sets it for the loops of this thread, as omp_set_num_threads does.
void set_available_threads(std::size_t count);

/// While it lives, OpenBLAS's OpenMP build computes products on the calling thread alone, since it asks OpenMP how many
/// threads there are.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  ~SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;

 private:
  [[maybe_unused]] int before_ = 1;
};

/// While it lives, signals that this thread may choose the time for (not SIGSEGV and its like) wait or go to another
/// thread; unless it is not needed. In workers of the library that is always so.
class SignalsHeldBack {
 public:
  explicit SignalsHeldBack(bool needed = true);
  ~SignalsHeldBack();
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

 private:
  bool holds_;
  sigset_t before_;
};

/// The first exception thrown by any part of a parallel loop: no part may throw across threads.
class ExceptionKeeper {
 public:
  template <class F>
  void run(const F& f) noexcept {
    try {
      f();
    } catch (...) {
      if (!thrown_.exchange(true, std::memory_order_relaxed)) first_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::atomic<bool> thrown_{false};
  std::exception_ptr first_;  // read after the loop, which waits for all parts
};

namespace detail {
using RunPart = void (*)(const void* loop, std::size_t part);
/// The most parts of a loop.
inline constexpr std::size_t kMostParts = 64;
/// Calls run(loop, part) for every part below `parts` on up to `threads` threads and returns when all are done. `run`
/// must not throw.
void run_parts(std::size_t parts, std::size_t threads, RunPart run, const void* loop);
}  // namespace detail

/// Calls body(begin, end) on parts of [0, count) that together are all of it, each part a multiple of `grain` long (but
/// for the last); the parts depend on the number of threads alone, not on who takes them. `work` estimates the element
/// operations of the whole; small loops stay on this thread. With more than one part for each thread, one that is held
/// up leaves less to wait for. An exception from the body is rethrown here after all parts have ended.
template <class Body>
void parallel_for(std::size_t count, std::size_t grain, std::size_t work, const Body& body,
                  std::size_t parts_each = 1) {
  if (count == 0) return;
  const std::size_t grains = (count + grain - 1) / grain;
  const std::size_t threads = work < kParallelWork ? 1 : available_threads();
  const std::size_t parts = std::min({threads == 1 ? 1 : threads * parts_each, grains, detail::kMostParts});
  if (parts <= 1) return body(std::size_t(0), count);
  ExceptionKeeper keeper;
  const auto loop = [&](std::size_t part) {
    const std::size_t begin = std::min(count, grains * part / parts * grain);
    const std::size_t end = std::min(count, grains * (part + 1) / parts * grain);
    if (begin < end) keeper.run([&] { body(begin, end); });
  };
  using Loop = decltype(loop);
  detail::run_parts(
      parts, threads, [](const void* l, std::size_t part) { (*static_cast<const Loop*>(l))(part); }, &loop);
  keeper.rethrow();
}

}  // namespace xtape::kernels
