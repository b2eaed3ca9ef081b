// Printing in a program that includes xtensor's own operator too, and both namespaces. (The file comes last, so that
// those compiled together with it do not see that operator.)

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#if __has_include(<xtensor/io/xio.hpp>)
#include <xtensor/io/xio.hpp>
#else
#include <xtensor/xio.hpp>
#endif

namespace {

using namespace xt;     // NOLINT
using namespace xtape;  // NOLINT

template <class X>
std::string printed(const X& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

TEST(PrintBesideXio, IsXtapesForItsOwnAndXtensorsForTheRest) {
  const Array<double> x{1.5, 2};
  EXPECT_EQ(printed(x), "[1.5 2. ]");
  EXPECT_EQ(printed(Var<double>(x)), "[1.5 2. ]");
  EXPECT_EQ(printed(xt::xarray<double>{1.5, 2}), "{ 1.5,  2. }");
  EXPECT_EQ(printed(2.0 * x), "{ 3.,  4.}");
}

}  // namespace
