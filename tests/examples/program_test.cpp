// Exit codes, one-line errors and Ctrl-C.

#include "examples/programs/command_line/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <new>
#include <thread>

#include "examples/programs/command_line/memory.hpp"
#include "examples/programs/command_line/text.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;

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
  EXPECT_EQ(ending([] { throw Interrupted("stopped", SIGTERM); }).exit_code, 143);
}

TEST(Program, OneLineOfError) {
  EXPECT_EQ(ending([] {}).error, "");
  EXPECT_EQ(ending([] { throw UserError("two\nlines\r\n"); }).error, "program: two lines  \n");
  EXPECT_EQ(ending([] { throw std::bad_alloc(); }).error,
            "program: out of memory; try a smaller --width, --depth or --count\n");
}

TEST(Program, ErrorsDoNothingToATerminal) {
  EXPECT_EQ(ending([] { throw UserError("a\x1b]0;b\ac"); }).error, "program: a\\u001b]0;b\\u0007c\n");
  EXPECT_LT(ending([] { throw UserError(std::string(1'000'000, '\a')); }).error.size(), 60'000u);
}

TEST(Program, WhatCanBeDoneWithoutIsLeftOut) {
  bool went_on = false;
  const Ending left_out = ending([&] {
    attempt("a.png", [] { throw std::runtime_error("too large"); });
    attempt("b.png", [] { throw std::bad_alloc(); });
    attempt("c.png", [&] { went_on = true; });
  });
  EXPECT_EQ(left_out.exit_code, 0);
  EXPECT_EQ(left_out.error, "program: a.png is left out: too large\nprogram: b.png is left out: out of memory\n");
  EXPECT_TRUE(went_on);
}

TEST(Program, MemoryThatThereIsNot) {
  const std::uint64_t there = available_memory_bytes();
  EXPECT_GT(there, 1'000'000u);
  EXPECT_LT(there, std::uint64_t{1} << 50);
  EXPECT_NO_THROW(check_memory_for_covariances(100, 10, "small"));
  EXPECT_TRUE(xtape::has(xtape::message_of<UserError>([] { check_memory_for_covariances(10'000'000, 10, "large"); }),
                         {"10,000,000 pixels", "7276 TiB", byte_size(there).substr(0, 1), "in large"}));
}

TEST(Program, OutputThatIsLostIsAFailure) {
  const Ending lost = ending([] { std::cout.setstate(std::ios::badbit); });
  std::cout.clear();
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_EQ(lost.error, "program: standard output could not be written\n");
  const Ending mistake = ending([] {
    std::cout.setstate(std::ios::badbit);
    throw UserError("no such file");
  });
  std::cout.clear();
  EXPECT_EQ(mistake.exit_code, 2);
  EXPECT_EQ(mistake.error, "program: no such file\n");
}

const std::string kSaid = "stopping after this batch to save; press Ctrl-C again to leave without saving\n";

TEST(Program, FirstInterruptIsARequest) {
  testing::internal::CaptureStderr();
  {
    const InterruptGuard guard;
    EXPECT_FALSE(InterruptGuard::requested());
    std::raise(SIGINT);
    EXPECT_TRUE(InterruptGuard::requested());
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), kSaid);
  const InterruptGuard next;
  EXPECT_FALSE(InterruptGuard::requested());
}

// A batch system at the end of its time, a terminal that is closed.
TEST(Program, OtherSignalsToStopAreRequestsToo) {
  for (const int signal : {SIGTERM, SIGHUP, SIGXCPU}) {
    std::signal(signal, SIG_DFL);  // whatever started the tests
    testing::internal::CaptureStderr();
    {
      const InterruptGuard guard;
      std::raise(signal);
      EXPECT_EQ(InterruptGuard::signal(), signal);
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "stopping after this batch to save\n");
  }
}

TEST(Program, AnIgnoredHangupStaysIgnored) {  // nohup
  std::signal(SIGHUP, SIG_IGN);
  const InterruptGuard guard;
  end_on_interrupt("stopped");
  std::raise(SIGHUP);
  EXPECT_FALSE(InterruptGuard::requested());
  std::signal(SIGHUP, SIG_DFL);
}

// A launcher may pass on the signal that the terminal has sent to the whole group already.
TEST(ProgramDeathTest, ARepeatAtOnceIsTheSamePress) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        for (int i = 0; i < 3; ++i) std::raise(SIGINT);
        _exit(InterruptGuard::requested() ? 0 : 3);
      },
      testing::ExitedWithCode(0), "^" + kSaid + "$");
}

TEST(ProgramDeathTest, SecondInterruptEndsAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        std::raise(SIGINT);
        std::this_thread::sleep_for(std::chrono::milliseconds(1200));
        std::raise(SIGINT);
        _exit(0);
      },
      testing::ExitedWithCode(130), "^" + kSaid + "$");
}

TEST(ProgramDeathTest, ASecondRequestToEndEndsAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        std::raise(SIGTERM);
        std::this_thread::sleep_for(std::chrono::milliseconds(1200));
        std::raise(SIGXCPU);  // comes every second
        std::raise(SIGTERM);
        _exit(0);
      },
      testing::ExitedWithCode(143), "^stopping after this batch to save\n$");
}

TEST(ProgramDeathTest, LastWordsAndTheExitCodeOfTheSignal) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(run_program("program", {},
                          [] {
                            end_on_interrupt("stopped; go on");
                            std::raise(SIGTERM);
                          }),
              testing::ExitedWithCode(143), "^program: stopped; go on\n$");
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

}  // namespace
