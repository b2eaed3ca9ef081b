// The programs of docs/start.md.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace start_page {

#define main first_gradient
#include "start/first_gradient.inc"
#undef main

}  // namespace start_page

TEST(Start, TheFirstGradientPrintsWhatThePageShows) {
  testing::internal::CaptureStdout();
  start_page::first_gradient();
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "4.60517\n[1.  0.8 0.6]\n[[ 0.    0.    0.  ]\n [ 0.   -0.24  0.  ]\n [ 0.    0.   -0.16]]\n");
}
