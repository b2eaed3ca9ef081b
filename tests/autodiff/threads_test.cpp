// Parallel loops: every part is done once, whoever asks, how often, and whether workers sleep or come at all.

#include "autodiff/kernels/threads.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace xtape::kernels {
namespace {

using tests::Threads;

constexpr std::size_t kCount = 2 * kParallelWork;

// The sum of 0, 1, ..., count - 1 by parts.
std::size_t sum_below(std::size_t count, std::size_t grain, std::size_t parts_each) {
  std::atomic<std::size_t> sum{0};
  const auto body = [&](std::size_t begin, std::size_t end) {
    std::size_t part = 0;
    for (std::size_t i = begin; i < end; ++i) part += i;
    sum += part;
  };
  parallel_for(count, grain, kCount, body, parts_each);
  return sum;
}

TEST(ParallelLoops, PartsAreAllAndFollowTheGrain) {
  const Threads threads(4);
  for (const std::size_t count : {1u, 63u, 64u, 65u, 1000u, 4096u}) {
    for (const std::size_t grain : {1u, 64u, 5000u}) {
      for (const std::size_t parts_each : {1u, 4u}) {
        EXPECT_EQ(sum_below(count, grain, parts_each), count * (count - 1) / 2) << count << " by " << grain;
      }
    }
  }
  std::atomic<bool> multiples{true};
  parallel_for(1000, 64, kCount, [&](std::size_t begin, std::size_t end) {
    if (begin % 64 != 0 || (end % 64 != 0 && end != 1000)) multiples = false;
  });
  EXPECT_TRUE(multiples);
}

TEST(ParallelLoops, ManyLoopsInARowAndAfterASleep) {
  const Threads threads(4);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 500; ++i) ASSERT_EQ(sum_below(1000, 1, 1), 499500u);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // long enough for the workers to fall asleep
  }
}

// The workers serve one loop at a time; who comes second works alone.
TEST(ParallelLoops, SeveralCallersAtOnce) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      const Threads threads(3);
      for (int i = 0; i < 2000; ++i) wrong += sum_below(1000, 1, 2) != 499500;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ParallelLoops, ALoopWithinALoopStaysOnItsThread) {
  const Threads threads(4);
  std::atomic<int> strangers{0};
  parallel_for(16, 1, kCount, [&](std::size_t, std::size_t) {
    EXPECT_EQ(available_threads(), 1u);
    const std::thread::id self = std::this_thread::get_id();
    parallel_for(16, 1, kCount, [&](std::size_t, std::size_t) { strangers += std::this_thread::get_id() != self; });
  });
  EXPECT_EQ(strangers, 0);
  EXPECT_EQ(available_threads(), 4u);
}

TEST(ParallelLoops, TheNumberOfThreadsCanBeSet) {
  const std::size_t before = available_threads();
  EXPECT_GE(before, 1u);
  {
    const Threads one(1);
    EXPECT_EQ(available_threads(), 1u);
  }
  EXPECT_EQ(available_threads(), before);
}

TEST(ParallelLoops, OneThreadAndSmallLoopsAreNotDivided) {
  std::vector<std::size_t> ends;
  const auto body = [&](std::size_t, std::size_t end) { ends.push_back(end); };
  {
    const Threads one(1);
    parallel_for(1000, 1, kCount, body, 4);
  }
  const Threads threads(4);
  parallel_for(1000, 1, kParallelWork - 1, body);
  EXPECT_EQ(ends, (std::vector<std::size_t>{1000, 1000}));
}

TEST(ParallelLoops, AnExceptionLeavesAfterAllPartsEnded) {
  const Threads threads(4);
  std::atomic<int> parts{0};
  const auto body = [&](std::size_t begin, std::size_t) {
    ++parts;
    if (begin == 0) throw std::runtime_error("first");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  EXPECT_THROW(parallel_for(8, 1, kCount, body, 2), std::runtime_error);
  EXPECT_EQ(parts, 8);
  EXPECT_EQ(sum_below(1000, 1, 1), 499500u);
}

}  // namespace
}  // namespace xtape::kernels
