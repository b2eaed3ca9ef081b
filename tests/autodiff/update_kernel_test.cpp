// Elements put at places, counted and compared there: equal places, NaN, nothing.

#include "autodiff/kernels/update.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

using Places = std::vector<std::ptrdiff_t>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

template <class T>
struct UpdateKernel : ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(UpdateKernel, Precisions);

TYPED_TEST(UpdateKernel, OfEqualPlacesTheLastIsPut) {
  using Values = std::vector<TypeParam>;
  Values out{1, 2, 3, 4};
  kernels::put_at(Values{10, 20, 30, 40}.data(), Places{2, 0, 2, 3}, out.data());
  EXPECT_EQ(out, (Values{20, 2, 30, 40}));
  kernels::put_at<TypeParam>(nullptr, {}, out.data());
  EXPECT_EQ(out, (Values{20, 2, 30, 40}));
}

// Of a (3, 4, 2): the places along the first two dimensions as those of one of 12.
TEST(UpdatePlaces, OfSeveralDimensionsAreJoined) {
  const Shape to{2, 3};
  Places places(6, 0);
  kernels::join_places({2, 1}, Places{2, -3}.data(), 3, to, places.data());
  EXPECT_EQ(places, (Places{2, 2, 2, 0, 0, 0}));
  kernels::join_places({3}, Places{-1, 0, 1}.data(), 4, to, places.data());
  EXPECT_EQ(places, (Places{11, 8, 9, 3, 0, 1}));
  kernels::join_places({0, 3}, nullptr, 4, {0, 3}, nullptr);
}

TYPED_TEST(UpdateKernel, TheLastOfEqualPlacesIsFound) {
  using Values = std::vector<TypeParam>;
  Values last(5, TypeParam(7));
  EXPECT_FALSE(kernels::last_at(Places{2, 0, 2, 3, 2}, 4, last.data()));
  EXPECT_EQ(last, (Values{0, 1, 0, 1, 1}));
  EXPECT_TRUE(kernels::last_at(Places{4, 0, 2, 3, 1}, 5, last.data()));
  EXPECT_EQ(last, Values(5, TypeParam(1)));
  EXPECT_TRUE(kernels::last_at<TypeParam>({}, 0, nullptr));
}

TYPED_TEST(UpdateKernel, PlacesAreCounted) {
  using Values = std::vector<TypeParam>;
  Values counts{0, 0, 0, 5};
  kernels::count_at(Places{2, 0, 2, 3, 2}, counts.data());
  EXPECT_EQ(counts, (Values{1, 0, 3, 6}));
  kernels::count_at({}, counts.data());
  EXPECT_EQ(counts, (Values{1, 0, 3, 6}));
}

TYPED_TEST(UpdateKernel, AnExtremeIsFoundAmongAnElementAndTheValuesAtIt) {
  using Values = std::vector<TypeParam>;
  const TypeParam nan = TypeParam(kNan);
  const Values x{1, 5, nan, 0, 2, -3};
  //              equal to x; of equal ones the first; beside NaN; NaN, of two the first; below, above
  const Values values{5, 9, 9, 9, nan, nan, 1, 3};
  const Places places{1, 0, 0, 2, 3, 3, 4, 4};
  Places sources(x.size());
  kernels::extreme_sources(x.data(), x.size(), values.data(), places, true, sources.data());
  EXPECT_EQ(sources, (Places{7, 1, 2, 10, 13, 5}));
  kernels::extreme_sources(x.data(), x.size(), values.data(), places, false, sources.data());
  EXPECT_EQ(sources, (Places{0, 1, 2, 10, 12, 5}));
  kernels::extreme_sources<TypeParam>(x.data(), x.size(), nullptr, {}, true, sources.data());
  EXPECT_EQ(sources, (Places{0, 1, 2, 3, 4, 5}));
  kernels::extreme_sources<TypeParam>(nullptr, 0, nullptr, {}, true, nullptr);
}

TYPED_TEST(UpdateKernel, AnExtremeOfASegmentIsFound) {
  using Values = std::vector<TypeParam>;
  const TypeParam nan = TypeParam(kNan), inf = TypeParam(kInf);
  const Values values{2, 7, 7, nan, 1, nan, -inf, inf};
  const Places places{0, 0, 0, 2, 2, 2, 3, 4};
  Places sources(5);
  kernels::segment_extreme_sources(sources.size(), values.data(), places, true, sources.data());
  EXPECT_EQ(sources, (Places{1, 8, 3, 6, 7}));  // 8: none
  kernels::segment_extreme_sources(sources.size(), values.data(), places, false, sources.data());
  EXPECT_EQ(sources, (Places{0, 8, 3, 6, 7}));
  kernels::segment_extreme_sources<TypeParam>(sources.size(), nullptr, {}, true, sources.data());
  EXPECT_EQ(sources, Places(5, 0));
}

TEST(UpdateKernelOfMasks, WhatIsNotZeroIsFound) {
  EXPECT_EQ(kernels::nonzero_places(std::vector<double>{0, 1, -0.0, kNan, -2, 0, 5e-324}), (Places{1, 3, 4, 6}));
  EXPECT_TRUE(kernels::nonzero_places({}).empty());
}

}  // namespace
}  // namespace xtape::tests
