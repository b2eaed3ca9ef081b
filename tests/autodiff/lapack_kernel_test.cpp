// What is read off a matrix and its factors: singular ones, exchanges, NaN; smaller than LAPACK is called for and
// larger.

#include "autodiff/kernels/lapack.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::tests {
namespace {

template <class T>
struct LapackKernel : ::testing::Test {
  static constexpr T kNan = std::numeric_limits<T>::quiet_NaN(), kInf = std::numeric_limits<T>::infinity();

  static std::vector<T> factors_of(std::size_t n, const std::vector<T>& a) {
    std::vector<T> factors((n + 1) * n, T(-1));
    kernels::lu_of(n, a.data(), factors.data());
    return factors;
  }
  // The diagonal, with its first two rows exchanged.
  static std::vector<T> exchanged(const std::vector<T>& diagonal) {
    const std::size_t n = diagonal.size();
    std::vector<T> a(n * n, T(0));
    for (std::size_t i = 0; i < n; ++i) a[(i < 2 ? 1 - i : i) * n + i] = diagonal[i];
    return a;
  }
};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(LapackKernel, Precisions);

TYPED_TEST(LapackKernel, TheLowerTriangleIsCopied) {
  using T = TypeParam;
  const T nan = this->kNan;
  std::vector<T> to(9, T(7));
  EXPECT_TRUE(kernels::copy_lower<T>(3, std::vector<T>{1, nan, nan, 2, 3, nan, 4, 5, 6}.data(), to.data()));
  EXPECT_EQ(to, (std::vector<T>{1, 0, 0, 2, 3, 0, 4, 5, 6}));
  EXPECT_FALSE(kernels::copy_lower<T>(2, std::vector<T>{1, 0, nan, 2}.data(), to.data()));
  EXPECT_FALSE(kernels::copy_lower<T>(2, std::vector<T>{1, 0, 3, this->kInf}.data(), to.data()));
}

TYPED_TEST(LapackKernel, TheDeterminantIsThatOfTheFactors) {
  using T = TypeParam;
  for (const std::size_t n : {2, 3, 12}) {
    std::vector<T> diagonal(n, T(1));
    diagonal[0] = 2;
    diagonal[1] = 4;
    std::vector<T> factors = this->factors_of(n, this->exchanged(diagonal));
    T sign = 7, logarithm = 7;
    kernels::sign_and_logarithm(n, factors.data(), &sign, &logarithm);
    EXPECT_EQ(kernels::determinant(n, factors.data()), T(-8)) << n;
    EXPECT_EQ(sign, T(-1)) << n;
    EXPECT_NEAR(logarithm, std::log(8.0), 1e-6) << n;
    EXPECT_EQ(kernels::zero_pivot(n, factors.data()), kernels::kDone) << n;

    diagonal[1] = -4;
    factors = this->factors_of(n, this->exchanged(diagonal));
    kernels::sign_and_logarithm(n, factors.data(), &sign, &logarithm);
    EXPECT_EQ(kernels::determinant(n, factors.data()), T(8)) << n;
    EXPECT_EQ(sign, T(1)) << n;
  }
}

TYPED_TEST(LapackKernel, OfZeroPivotsTheFirstIsFound) {
  using T = TypeParam;
  for (const std::size_t n : {5, 12}) {
    std::vector<T> diagonal(n, T(1));
    diagonal[2] = diagonal[4] = 0;
    const std::vector<T> factors = this->factors_of(n, this->exchanged(diagonal));
    EXPECT_EQ(kernels::zero_pivot(n, factors.data()), 3u);
    EXPECT_EQ(kernels::determinant(n, factors.data()), T(0));
    T sign = 7, logarithm = 7;
    kernels::sign_and_logarithm(n, factors.data(), &sign, &logarithm);
    EXPECT_EQ(sign, T(0));
    EXPECT_EQ(logarithm, -this->kInf);
  }
}

TYPED_TEST(LapackKernel, WhatIsNotFiniteHasFactorsOfNan) {
  using T = TypeParam;
  for (const T bad : {this->kNan, this->kInf}) {
    const std::vector<T> factors = this->factors_of(2, {0, 1, bad, 0});
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isnan(factors[i])) << i;
    EXPECT_EQ(factors[4], T(1));
    EXPECT_EQ(factors[5], T(2));
    EXPECT_EQ(kernels::zero_pivot(2, factors.data()), kernels::kDone);
    EXPECT_TRUE(std::isnan(kernels::determinant(2, factors.data())));
    T sign = 7, logarithm = 7;
    kernels::sign_and_logarithm(2, factors.data(), &sign, &logarithm);
    EXPECT_TRUE(std::isnan(sign));
    EXPECT_TRUE(std::isnan(logarithm));
  }
}

TYPED_TEST(LapackKernel, OfNothingTheDeterminantIsOne) {
  TypeParam sign = 7, logarithm = 7;
  kernels::sign_and_logarithm<TypeParam>(0, nullptr, &sign, &logarithm);
  EXPECT_EQ(sign, TypeParam(1));
  EXPECT_EQ(logarithm, TypeParam(0));
  EXPECT_EQ(kernels::determinant<TypeParam>(0, nullptr), TypeParam(1));
  EXPECT_EQ(kernels::zero_pivot<TypeParam>(0, nullptr), kernels::kDone);
}

TYPED_TEST(LapackKernel, TheRankCountsWhatIsLarger) {
  const std::vector<TypeParam> s{4, 2, 1, 0};
  EXPECT_EQ(kernels::rank(4, s.data(), 0.5), 3u);
  EXPECT_EQ(kernels::rank(4, s.data(), 1.0), 2u);
  EXPECT_EQ(kernels::rank(1, &this->kNan, 0.0), 0u);
  EXPECT_EQ(kernels::rank<TypeParam>(0, nullptr, 0.0), 0u);
}

}  // namespace
}  // namespace xtape::tests
