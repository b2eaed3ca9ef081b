// The pool: what it keeps, what it gives back, and whose memory it takes.

#include "autodiff/pool.hpp"
#include "autodiff/array.hpp"
#include "tests/testing.hpp"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <new>
#include <set>
#include <thread>
#include <vector>

namespace xtape {
namespace {

constexpr std::size_t kBytes = 1 << 16;

class PoolTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!detail::kPooling) GTEST_SKIP() << "the address sanitizer's builds do not pool";
    release_pool();
  }
  void TearDown() override { set_pool_limit(std::size_t(1) << 30); }
};

Array<double> large() {
  return zeros<double>({kBytes / sizeof(double)});
}

TEST(SizeClasses, HoldWhatIsAskedForAndWasteAtMostAFifth) {
  for (std::size_t bytes = 1; bytes < 100'000; ++bytes) {
    const std::size_t index = detail::size_class(bytes), held = detail::class_bytes(index);
    ASSERT_GE(held, bytes);
    ASSERT_TRUE(index == 0 || detail::class_bytes(index - 1) < bytes) << bytes;
    ASSERT_TRUE(bytes <= 64 || double(held) <= 1.25 * double(bytes)) << bytes;
  }
  EXPECT_EQ(detail::size_class(std::size_t(1) << 62), 1 + 4 * 55 + 3);
  EXPECT_EQ(detail::class_bytes(detail::size_class(std::size_t(1) << 62)), std::size_t(1) << 62);
}

TEST(Buffers, AreAlignedToACacheLine) {
  for (const std::size_t size : {1, 3, 100, 1000}) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(empty<float>({size}).data()) % 64, 0u);
  }
}

// Else equal places of rows whose length is a power of two would share a few lines of every cache.
TEST_F(PoolTest, LargeBuffersBeginOnDifferentLinesOfAPage) {
  for (const std::size_t bytes : {std::size_t(1) << 16, std::size_t(1) << 21, std::size_t(5) << 20}) {
    std::vector<Array<float>> arrays;
    std::set<std::uintptr_t> places;
    for (int i = 0; i < 20; ++i) {
      arrays.push_back(zeros<float>({bytes / sizeof(float)}));  // all of it can be written
      const auto place = reinterpret_cast<std::uintptr_t>(arrays.back().data());
      EXPECT_EQ(place % 64, 0u);
      places.insert(place % 4096);
    }
    EXPECT_EQ(places.size(), 20u);
  }
}

TEST(Buffers, ThatCannotBeHadThrowBadAlloc) {
  PoolAllocator<double> allocator;
  EXPECT_THROW(static_cast<void>(allocator.allocate(std::size_t(-1) / 4)), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(allocator.allocate(std::size_t(1) << 59)), std::bad_alloc);
}

TEST_F(PoolTest, GivesTheSameBufferAgain) {
  const double* first = large().data();
  EXPECT_EQ(pool_statistics().cached_bytes, kBytes);
  const std::size_t from_system = pool_statistics().system_allocations;
  const Array<double> again = large();
  EXPECT_EQ(again.data(), first);
  EXPECT_EQ(pool_statistics().cached_bytes, 0u);
  EXPECT_EQ(pool_statistics().system_allocations, from_system);
}

TEST_F(PoolTest, ReleaseGivesBackWhatIsFreeAndNothingElse) {
  const Array<double> in_use = full<double>({100}, 7);
  large();
  EXPECT_GT(pool_statistics().cached_bytes, 0u);
  release_pool();
  EXPECT_EQ(pool_statistics().cached_bytes, 0u);
  EXPECT_EQ(in_use(99), 7);
  const std::size_t from_system = pool_statistics().system_allocations;
  large();
  EXPECT_EQ(pool_statistics().system_allocations, from_system + 1);
}

TEST_F(PoolTest, KeepsNoMoreThanItsLimit) {
  set_pool_limit(2 * kBytes + kBytes / 2);
  EXPECT_EQ(pool_statistics().limit_bytes, 2 * kBytes + kBytes / 2);
  { const Array<double> a = large(), b = large(), c = large(), d = large(); }
  EXPECT_EQ(pool_statistics().cached_bytes, 2 * kBytes);
  set_pool_limit(kBytes);
  EXPECT_LE(pool_statistics().cached_bytes, kBytes);
  set_pool_limit(0);
  large();
  EXPECT_EQ(pool_statistics().cached_bytes, 0u);
}

TEST_F(PoolTest, BuffersFreedOnAnotherThreadStayThere) {
  Array<double> mine = large();
  std::thread([&] {
    EXPECT_EQ(pool_statistics().cached_bytes, 0u);
    Array<double>(std::move(mine));
    EXPECT_EQ(pool_statistics().cached_bytes, kBytes);
    EXPECT_EQ(pool_statistics().limit_bytes, std::size_t(1) << 30);  // limits are a thread's own
  }).join();
  EXPECT_EQ(pool_statistics().cached_bytes, 0u);
}

#if defined(__linux__)
// Pages of this process that are in memory.
std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * std::size_t(sysconf(_SC_PAGESIZE));
}

// Of threads that free what others allocated, and never allocate themselves, nothing stays either.
TEST_F(PoolTest, NothingStaysOfThreadsThatOnlyFree) {
  constexpr std::size_t kMany = 100, kLarge = std::size_t(4) << 20;
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < kMany; ++i) {
    std::thread([array = full<float>({kLarge / sizeof(float)}, 1.0F)] { EXPECT_EQ(array(7), 1.0F); }).join();
  }
  EXPECT_LT(resident_bytes(), before + kMany * kLarge / 10);
}
#endif

TEST(Threads, ArraysOutliveTheirs) {
  Array<double> array;
  std::thread([&] {
    large();  // leaves something in the pool that goes with the thread
    array = full<double>({1000}, 5);
  }).join();
  EXPECT_EQ(array(999), 5);
  array = large();
}

// Destroyed at the very end of its thread, after the thread's pool, or before it: whichever is made first.
struct Last {
  Array<double> array = large();
  ~Last() { large(); }
};

TEST(Threads, EndWithLiveArrays) {
  std::thread([] {
    static thread_local Last made_before_the_pool_was_used;
    EXPECT_EQ(made_before_the_pool_was_used.array.size(), kBytes / sizeof(double));
  }).join();
  std::thread([] {
    large();
    static thread_local Last made_after;
    EXPECT_EQ(made_after.array.size(), kBytes / sizeof(double));
  }).join();
}

}  // namespace
}  // namespace xtape
