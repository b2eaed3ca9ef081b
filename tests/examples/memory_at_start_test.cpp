// What a program says where the system does not give OpenBLAS the memory that it takes before main.

#include <gtest/gtest.h>

#include "examples/programs/command_line/text.hpp"
#include "tests/examples/vae_program.hpp"
#include "tests/sanitized.hpp"

namespace {

using namespace testing_support;
using programs::shell_word;

using MemoryAtStart = VaeExample;

TEST_F(MemoryAtStart, IsMissedInWords) {
  if (xtape::kSanitized) GTEST_SKIP() << "a sanitizer needs more than the limit";
  const Outcome outcome = paste("ulimit -v 200000; exec timeout 60 " + shell_word(program) + " --help");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err,
            "vae: out of memory: OpenBLAS takes 128 MiB for each thread before the program begins; raise 'ulimit -v', "
            "or set OMP_NUM_THREADS=1\n");
}

}  // namespace
