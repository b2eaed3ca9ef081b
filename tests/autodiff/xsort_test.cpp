// Functions of order in a program that includes xtensor's own too, which an array brings with it, being of that
// namespace. (The file comes last, so that those compiled together with it do not see these.)

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#if __has_include(<xtensor/misc/xsort.hpp>)
#include <xtensor/misc/xsort.hpp>
#else
#include <xtensor/xsort.hpp>
#endif

namespace {

using namespace xtape;  // NOLINT

TEST(OrderBesideXsort, IsUnambiguousForVarsAndForArrays) {
  const Array<double> x{2, 1, 3};
  const auto order = [](const auto& of) {
    EXPECT_EQ(sort(of)(0).item(), 1);
    EXPECT_EQ(sort(of, 0, true)(0).item(), 3);
    EXPECT_EQ(sort(of, OptionalAxis())(0).item(), 1);
    EXPECT_EQ(partition(of, 1)(0).item(), 1);
    EXPECT_EQ(partition(of, std::size_t(1), 0)(0).item(), 1);
    EXPECT_EQ(argsort(of).values()[0], 1);
    EXPECT_EQ(argsort(of, -1).values()[0], 1);
    EXPECT_EQ(argpartition(of, 0).values()[0], 1);
    EXPECT_EQ(argpartition(of, std::size_t(0)).values()[0], 1);
    EXPECT_EQ(argmax(of).item(), 2);
    EXPECT_EQ(argmax(of, 0).item(), 2);
    EXPECT_EQ(argmin(of, std::ptrdiff_t(0), true).item(), 1);
  };
  order(Var<double>(x));
  order(x);
  EXPECT_EQ(median(Var<double>(x))(), 2);
  EXPECT_EQ(median(x), 2);  // that of xtensor, which comes to the same here
  EXPECT_EQ(quantile(Var<double>(x), 0.5)(), 2);
}

}  // namespace
