#include "autodiff/kernels/threads.hpp"

#include <atomic>
#include <cstdint>
#include <system_error>
#include <thread>

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace xtape::kernels {

namespace {

constexpr std::size_t kMostThreads = 256;

// How often a thread looks before it sleeps: some 50 microseconds, more than what lies between the parallel loops of a
// training step. Waking up takes as long.
constexpr int kLooks = 1000;

thread_local bool in_loop = false;
#if !defined(_OPENMP)
thread_local std::size_t chosen_threads = 0;  // 0: all cores
#endif

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// The workers of the process and the loop that they work on. One loop at a time: who comes second works alone.
class Team {
 public:
  // Never destroyed: workers may outlive main.
  static Team& get() {
    static Team& team = *new Team;
    return team;
  }

  bool try_acquire() { return !taken_.test_and_set(std::memory_order_acquire); }
  void release() { taken_.clear(std::memory_order_release); }

  void run(std::size_t parts, detail::RunPart part, const void* loop) {
    hire(parts - 1);
    part_ = part;
    loop_ = loop;
    unfinished_.store(int(parts), std::memory_order_relaxed);
    const std::uint64_t loop_number = (tickets_.load(std::memory_order_relaxed) >> 32) + 1;
    tickets_.store(loop_number << 32 | std::uint64_t(parts) << 16, std::memory_order_seq_cst);
    published_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) published_.notify_all();
    while (work_on_one()) {
    }
    for (int looks = 0; looks < kLooks && unfinished_.load(std::memory_order_acquire) != 0; ++looks) pause();
    for (int left; (left = unfinished_.load(std::memory_order_acquire)) != 0;) unfinished_.wait(left);
  }

 private:
  // A ticket is the loop's number (32 bits), how many parts it has (16) and the next one to take (16): who advances it
  // has taken that part of that loop, which cannot end before the part has.
  bool work_on_one() {
    std::uint64_t ticket = tickets_.load(std::memory_order_acquire);
    do {
      if ((ticket & 0xffff) >= (ticket >> 16 & 0xffff)) return false;
    } while (!tickets_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire));
    part_(loop_, std::size_t(ticket & 0xffff));
    if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
    return true;
  }

  void hire(std::size_t wanted) {
    try {
      while (workers_ < std::min(wanted, kMostThreads - 1)) {
        std::thread([this] { work(); }).detach();
        ++workers_;
      }
    } catch (const std::system_error&) {  // the parts get done all the same
    } catch (const std::bad_alloc&) {
    }
  }

  [[noreturn]] void work() {
    in_loop = true;
    const SingleThreadedBlas single;
    for (;;) {
      for (int looks = 0; looks < kLooks; ++looks) {
        if (work_on_one()) looks = 0;
        pause();
      }
      const int seen = published_.load(std::memory_order_seq_cst);
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      if (!work_on_one()) published_.wait(seen);
      sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    }
  }

  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
  std::size_t workers_ = 0;
  detail::RunPart part_ = nullptr;
  const void* loop_ = nullptr;
  // On lines of their own: each is written by other threads than the rest.
  alignas(64) std::atomic<std::uint64_t> tickets_{0};
  alignas(64) std::atomic<int> unfinished_{0};
  alignas(64) std::atomic<int> published_{0};
  std::atomic<int> sleepers_{0};
};

// This thread within a loop: what the parts call does not start another one.
class InLoop {
 public:
  InLoop() { in_loop = true; }
  ~InLoop() { in_loop = false; }
  InLoop(const InLoop&) = delete;
  InLoop& operator=(const InLoop&) = delete;
};

}  // namespace

std::size_t available_threads() {
  if (in_loop) return 1;
#if defined(_OPENMP)
  return omp_in_parallel() ? 1 : std::min(std::size_t(omp_get_max_threads()), kMostThreads);
#else
  static const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  return chosen_threads == 0 ? cores : chosen_threads;
#endif
}

void set_available_threads(std::size_t count) {
#if defined(_OPENMP)
  omp_set_num_threads(int(std::clamp<std::size_t>(count, 1, kMostThreads)));
#else
  chosen_threads = std::clamp<std::size_t>(count, 1, kMostThreads);
#endif
}

SingleThreadedBlas::SingleThreadedBlas() {
#if defined(_OPENMP)
  before_ = omp_get_max_threads();
  if (before_ != 1) omp_set_num_threads(1);
#endif
}

SingleThreadedBlas::~SingleThreadedBlas() {
#if defined(_OPENMP)
  if (before_ != 1) omp_set_num_threads(before_);
#endif
}

void detail::run_parts(std::size_t parts, RunPart run, const void* loop) {
  const InLoop guard;
  Team& team = Team::get();
  if (!team.try_acquire()) {
    for (std::size_t part = 0; part < parts; ++part) run(loop, part);
    return;
  }
  team.run(parts, run, loop);
  team.release();
}

}  // namespace xtape::kernels
