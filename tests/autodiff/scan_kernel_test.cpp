// Lines whose product is a normal number while those of their parts are not.

#include "autodiff/kernels/scan.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

template <class T>
void expect_lost() {
  using Values = std::vector<T>;
  constexpr T kMost = std::numeric_limits<T>::max(), kLeast = std::numeric_limits<T>::min();
  constexpr T kInf = std::numeric_limits<T>::infinity(), kNan = std::numeric_limits<T>::quiet_NaN();
  // Lines of 2. One as it should be; infinite before an element, denormal and NaN behind one; products lost themselves.
  const Values y{6, 6, kLeast, kMost, kInf, 0};
  const Values before{1, 2, 1, kInf, 1, 2, 1, 2, 1, kInf, 0, 1};
  const Values behind{3, 1, 3, 1, kLeast / 2, 1, kNan, 1, kInf, 1, 0, 1};
  Values lost(y.size(), T(7));
  EXPECT_TRUE(kernels::lost_products(y.data(), y.size(), before.data(), behind.data(), 2, lost.data()));
  EXPECT_EQ(lost, (Values{0, 1, 1, 1, 0, 0}));
  EXPECT_FALSE(kernels::lost_products(y.data(), 1, before.data(), behind.data(), 2, lost.data()));
  EXPECT_EQ(lost[0], T(0));
  // Products of nothing; no lines.
  const Values ones{1, 1};
  EXPECT_FALSE(kernels::lost_products<T>(ones.data(), 2, nullptr, nullptr, 0, lost.data()));
  EXPECT_EQ(lost[1], T(0));
  EXPECT_FALSE(kernels::lost_products<T>(nullptr, 0, nullptr, nullptr, 2, nullptr));
}

TEST(ScanKernel, FindsLinesWhosePartsLeaveTheRange) {
  expect_lost<float>();
  expect_lost<double>();
}

}  // namespace
}  // namespace xtape::tests
