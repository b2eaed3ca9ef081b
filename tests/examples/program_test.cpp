// Exit codes, one-line errors and Ctrl-C.

#include "examples/support/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <new>

namespace {

using namespace examples;

struct Ending {
  int exit_code;
  std::string error;
};

template <class Body>
Ending ending(Body body) {
  testing::internal::CaptureStderr();
  const int exit_code = run_program("program", {"--width", "--depth", "--count"}, body);
  return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(Program, ExitCodes) {
  EXPECT_EQ(ending([] {}).exit_code, 0);
  EXPECT_EQ(ending([] { throw std::runtime_error("the disk is full"); }).exit_code, 1);
  EXPECT_EQ(ending([] { throw std::bad_alloc(); }).exit_code, 1);
  EXPECT_EQ(ending([] { throw UserError("no such file"); }).exit_code, 2);
  EXPECT_EQ(ending([] { throw Interrupted("stopped"); }).exit_code, 130);
}

TEST(Program, OneLineOfError) {
  EXPECT_EQ(ending([] {}).error, "");
  EXPECT_EQ(ending([] { throw UserError("two\nlines\r\n"); }).error, "program: two lines  \n");
  EXPECT_EQ(ending([] { throw std::bad_alloc(); }).error,
            "program: out of memory; try a smaller --width, --depth or --count\n");
}

TEST(Program, FirstInterruptIsARequest) {
  {
    const InterruptGuard guard;
    EXPECT_FALSE(InterruptGuard::requested());
    std::raise(SIGINT);
    EXPECT_TRUE(InterruptGuard::requested());
  }
  const InterruptGuard next;
  EXPECT_FALSE(InterruptGuard::requested());
}

TEST(ProgramDeathTest, SecondInterruptEndsAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        std::raise(SIGINT);
        std::raise(SIGINT);
        _exit(0);
      },
      testing::ExitedWithCode(130), "");
}

TEST(ProgramDeathTest, OutsideOfTheGuardAnInterruptKills) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        { const InterruptGuard guard; }
        std::raise(SIGINT);
        _exit(0);
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(Program, PeakMemoryIsInBytes) {
  EXPECT_GT(peak_rss_bytes(), 1'000'000u);
  EXPECT_LT(peak_rss_bytes(), std::size_t{1} << 40);
}

TEST(Program, Threads) {
  const std::size_t before = default_threads();
  EXPECT_GE(before, 1u);
  use_threads(1);
  EXPECT_EQ(default_threads(), 1u);
  use_threads(before);
}

}  // namespace
