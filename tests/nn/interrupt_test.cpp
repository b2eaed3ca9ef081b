// Signals that ask a program to stop.

#include "nn/nn.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

namespace xtape::nn {
namespace {

const std::string kSaid = "stopping after this batch to save; press Ctrl-C again to leave without saving\n";

TEST(Interrupt, TheFirstIsARequest) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    std::signal(signal, SIG_DFL);  // whatever started the tests
    ::testing::internal::CaptureStderr();
    {
      const InterruptGuard guard;
      EXPECT_FALSE(InterruptGuard::requested());
      std::raise(signal);
      EXPECT_EQ(InterruptGuard::signal(), signal);
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              signal == SIGINT ? kSaid : "stopping after this batch to save\n");
  }
  const InterruptGuard next;
  EXPECT_FALSE(InterruptGuard::requested());
}

TEST(Interrupt, AGuardWithinAnotherKeepsItsRequest) {
  ::testing::internal::CaptureStderr();
  {
    const InterruptGuard outer;
    {
      const InterruptGuard inner;
      std::raise(SIGINT);
    }
    EXPECT_TRUE(InterruptGuard::requested());
    const InterruptGuard another;
    EXPECT_TRUE(InterruptGuard::requested());
  }
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::signal(SIGINT, SIG_DFL), SIG_DFL) << "what it was before the outer one";
}

TEST(InterruptDeathTest, TheSecondEndsTheProcess) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptGuard guard;
        std::raise(SIGINT);
        std::raise(SIGINT);  // the same press
        std::this_thread::sleep_for(std::chrono::milliseconds(1200));
        std::raise(SIGINT);
        _exit(0);
      },
      ::testing::ExitedWithCode(130), "^" + kSaid + "$");
}

TEST(InterruptDeathTest, LastWords) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        end_on_interrupt("stopped; go on");
        { const InterruptGuard guard; }
        std::raise(SIGTERM);
        _exit(0);
      },
      ::testing::ExitedWithCode(143), "^stopped; go on\n$");
}

}  // namespace
}  // namespace xtape::nn
