// Places found in a sorted vector, and places repeated to a larger shape: equal elements, NaN, nothing.

#include "autodiff/kernels/order.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <span>
#include <vector>

namespace xtape::tests {
namespace {

using Places = std::vector<std::ptrdiff_t>;

template <class T>
Places search(const std::vector<T>& sorted, const std::vector<T>& x, bool right) {
  Places out(x.size(), -1);
  kernels::searchsorted<T>(sorted, x, right, out.data());
  return out;
}

template <class T>
void expect_found() {
  const T nan = std::numeric_limits<T>::quiet_NaN(), inf = std::numeric_limits<T>::infinity();
  const std::vector<T> sorted{-1, 0, 2, 2, 2, inf, nan, nan}, x{2, -3, -T(0), 1, inf, nan};
  EXPECT_EQ(search(sorted, x, false), (Places{2, 0, 1, 2, 5, 6}));
  EXPECT_EQ(search(sorted, x, true), (Places{5, 0, 2, 2, 6, 8}));
  EXPECT_EQ(search<T>({}, {1, nan}, false), (Places{0, 0}));
  EXPECT_TRUE(search<T>(sorted, {}, true).empty());
}

TEST(OrderKernel, SearchFindsBothSidesOfEqualElements) {
  expect_found<float>();
  expect_found<double>();
}

TEST(OrderKernel, PlacesAreRepeatedAsElementsAre) {
  const auto repeated = [](const Shape& from, const Places& in, const Shape& to) {
    Places out(size_of(to), -1);
    kernels::broadcast_places(from, in.data(), to, out.data());
    return out;
  };
  EXPECT_EQ(repeated({3}, {4, -1, 0}, {2, 3}), (Places{4, -1, 0, 4, -1, 0}));
  EXPECT_EQ(repeated({2, 1}, {7, 8}, {2, 3}), (Places{7, 7, 7, 8, 8, 8}));
  EXPECT_EQ(repeated({2, 1, 2}, {1, 2, 3, 4}, {2, 2, 2}), (Places{1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(repeated({}, {5}, {2, 2}), Places(4, 5));
  EXPECT_TRUE(repeated({1, 3}, {1, 2, 3}, {0, 3}).empty());
}

}  // namespace
}  // namespace xtape::tests
