#include "autodiff/kernels/threads.hpp"

#include <pthread.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(XTAPE_OPENMP)
// All that is asked of OpenMP's runtime, which is the one that OpenBLAS is linked to; clang has no header of it.
extern "C" {
int omp_in_parallel();
int omp_get_max_threads();
void omp_set_num_threads(int);
}
#endif

namespace xtape::kernels {

namespace {

constexpr std::size_t kMostThreads = 64;  // a bit each, and one for each part of a loop

// How long a thread looks before it sleeps: longer than what lies between the parallel loops of a training step, and
// than waking up takes.
constexpr std::chrono::microseconds kPatience{100};
constexpr int kLooks = 32;  // from one look at the clock to the next

thread_local bool in_loop = false;
thread_local bool signals_are_held_back = false;
#if !defined(XTAPE_OPENMP)
thread_local std::size_t chosen_threads = 0;  // 0: all cores
#endif

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

// Calls look() until it gives true, or patience is at an end.
template <class Look>
bool look_for_a_while(const Look& look) {
  using Clock = std::chrono::steady_clock;
  for (const Clock::time_point start = Clock::now(); Clock::now() - start < kPatience;) {
    for (int looks = 0; looks < kLooks; ++looks) {
      if (look()) return true;
      pause();
    }
  }
  return false;
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

  void run(std::size_t parts, std::size_t threads, detail::RunPart part, const void* loop) {
    hire(threads - 1);
    part_ = part;
    loop_ = loop;
    parts_.store(parts, std::memory_order_relaxed);
    threads_.store(threads, std::memory_order_relaxed);
    unfinished_.store(int(parts), std::memory_order_relaxed);
    open_.store(~std::uint64_t(0) >> (64 - parts), std::memory_order_seq_cst);
    published_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) published_.notify_all();
    while (work_on_one(0, parts, threads)) {
    }
    if (look_for_a_while([this] { return unfinished_.load(std::memory_order_acquire) == 0; })) return;
    for (int left; (left = unfinished_.load(std::memory_order_acquire)) != 0;) unfinished_.wait(left);
  }

 private:
  // Takes an open part by clearing its bit, and does it: a loop cannot end before its parts have, so whoever succeeds
  // has a part of the loop that is there now. Everybody begins with the parts of the same place in the data, loop after
  // loop, which are in that core's cache.
  bool work_on_one(std::size_t rank, std::size_t parts, std::size_t threads) {
    const int first = int(rank * parts / threads);
    std::uint64_t open = open_.load(std::memory_order_acquire);
    std::size_t part = 0;
    do {
      if (open == 0) return false;
      part = std::size_t(first + std::countr_zero(std::rotr(open, first))) % 64;
    } while (!open_.compare_exchange_weak(open, open & ~(std::uint64_t(1) << part), std::memory_order_acq_rel,
                                          std::memory_order_acquire));
    part_(loop_, part);
    if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
    return true;
  }
  // The same for a worker, which may look between loops: what it reads of a loop that is not there yet is a guess.
  bool work_on_one(std::size_t rank) {
    const std::size_t threads = threads_.load(std::memory_order_relaxed);
    const std::size_t parts = parts_.load(std::memory_order_relaxed);
    return rank < threads && work_on_one(rank, parts, threads);
  }

  void hire(std::size_t wanted) {
    if (workers_ >= std::min(wanted, kMostThreads - 1)) return;
    const SignalsHeldBack inherited;  // by the workers, for good
    try {
      while (workers_ < std::min(wanted, kMostThreads - 1)) {
        std::thread([this, rank = workers_ + 1] { work(rank); }).detach();
        ++workers_;
      }
    } catch (const std::system_error&) {  // the parts get done all the same
    } catch (const std::bad_alloc&) {
    }
  }

  [[noreturn]] void work(std::size_t rank) {
    in_loop = signals_are_held_back = true;
    const SingleThreadedBlas single;
    for (;;) {
      while (look_for_a_while([&] { return work_on_one(rank); })) {
      }
      const int seen = published_.load(std::memory_order_seq_cst);
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      if (!work_on_one(rank)) published_.wait(seen);
      sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    }
  }

  std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
  std::size_t workers_ = 0;
  detail::RunPart part_ = nullptr;
  const void* loop_ = nullptr;
  std::atomic<std::size_t> parts_{1}, threads_{1};
  // On lines of their own: each is written by other threads than the rest.
  alignas(64) std::atomic<std::uint64_t> open_{0};  // the parts that nobody has taken yet
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
#if defined(XTAPE_OPENMP)
  return omp_in_parallel() ? 1 : std::min(std::size_t(omp_get_max_threads()), kMostThreads);
#else
  static const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  return chosen_threads == 0 ? cores : chosen_threads;
#endif
}

void set_available_threads(std::size_t count) {
#if defined(XTAPE_OPENMP)
  omp_set_num_threads(int(std::clamp<std::size_t>(count, 1, kMostThreads)));
#else
  chosen_threads = std::clamp<std::size_t>(count, 1, kMostThreads);
#endif
}

SingleThreadedBlas::SingleThreadedBlas() {
#if defined(XTAPE_OPENMP)
  before_ = omp_get_max_threads();
  if (before_ != 1) omp_set_num_threads(1);
#endif
}

SingleThreadedBlas::~SingleThreadedBlas() {
#if defined(XTAPE_OPENMP)
  if (before_ != 1) omp_set_num_threads(before_);
#endif
}

SignalsHeldBack::SignalsHeldBack(bool needed) : holds_(needed && !signals_are_held_back) {
  if (!holds_) return;
  sigset_t held;
  sigfillset(&held);
  for (const int of_this_thread : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&held, of_this_thread);
  pthread_sigmask(SIG_BLOCK, &held, &before_);
  signals_are_held_back = true;
}

SignalsHeldBack::~SignalsHeldBack() {
  if (!holds_) return;
  signals_are_held_back = false;
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void detail::run_parts(std::size_t parts, std::size_t threads, RunPart run, const void* loop) {
  const InLoop guard;
  Team& team = Team::get();
  if (!team.try_acquire()) {
    for (std::size_t part = 0; part < parts; ++part) run(loop, part);
    return;
  }
  team.run(parts, threads, run, loop);
  team.release();
}

}  // namespace xtape::kernels
