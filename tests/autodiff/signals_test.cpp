// Signals that arrive while products are computed: their handlers run on a stack and nowhere else.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <utility>

#include "autodiff/autodiff.hpp"
#include "autodiff/kernels/matmul.hpp"
#include "autodiff/kernels/threads.hpp"

namespace xtape {
namespace {

std::atomic<std::uintptr_t> stack_low{0}, stack_high{0};
std::atomic<int> arrived{0}, astray{0};

extern "C" void look_where_this_is(int) {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));  // a variable may lie elsewhere
  ++arrived;
  if (place < stack_low || place >= stack_high) ++astray;
}

/// While it lives, a signal arrives every 50 microseconds. Threads of the library are not to see any of them.
class Alarms {
 public:
  Alarms() {
    pthread_attr_t attributes;
    void* low = nullptr;
    std::size_t size = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    stack_low = reinterpret_cast<std::uintptr_t>(low);
    stack_high = reinterpret_cast<std::uintptr_t>(low) + size;
    arrived = astray = 0;
    struct sigaction action {};
    action.sa_handler = look_where_this_is;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, &before_);
    set_timer(50);
  }
  ~Alarms() {
    set_timer(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

 private:
  static void set_timer(suseconds_t microseconds) {
    const struct itimerval interval {
      {0, microseconds}, { 0, microseconds }
    };
    setitimer(ITIMER_REAL, &interval, nullptr);
  }

  struct sigaction before_ {};
};

struct Signals : testing::TestWithParam<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Threads, Signals, testing::Values(1, 2));

// Kernels of oneDNN use the stack pointer for other ends: a handler that ran then would write over the heap.
TEST_P(Signals, ArriveBetweenProducts) {
  const std::size_t threads_before = kernels::available_threads();
  kernels::set_available_threads(GetParam());
  Random rng(1);
  {
    const Alarms alarms;
    for (const auto& [in, out] : {std::pair<std::size_t, std::size_t>{784, 400}, {400, 20}, {20, 400}, {400, 784}})
      for (const std::size_t batch : {16, 100, 128, 1000}) {
        const Array<float> x = rng.normal<float>({batch, in}), w = rng.normal<float>({out, in}),
                           dy = rng.normal<float>({batch, out});
        Array<float> y = zeros<float>({batch, out}), dx = zeros<float>({batch, in}), dw = zeros<float>({out, in});
        for (const int enough = arrived + 40; arrived < enough;) {  // a layer, forward and back
          kernels::matmul<float>({x.data(), batch, in}, {w.data(), in, out, true}, y.data());
          kernels::matmul<float>({dy.data(), batch, out}, {w.data(), out, in}, dx.data());
          kernels::matmul<float>({dy.data(), out, batch, true}, {x.data(), batch, in}, dw.data());
        }
      }
  }
  kernels::set_available_threads(threads_before);
  EXPECT_EQ(astray, 0) << "of " << arrived;
}

}  // namespace
}  // namespace xtape
