// Conversions of elements: finite numbers stay finite, and labels are those that were given.

#include "nn/data/data_loader.hpp"
#include "nn/files/any_array.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace xtape::nn {
namespace {

TEST(Conversion, FiniteNumbersStayFinite) {
  const AnyArray wide(std::vector<double>{1, 1e39, std::numeric_limits<double>::infinity()});
  EXPECT_TRUE(has(message_of<DataError>([&] { wide.as<float>(); }), {"element 1 is 1e+39", "float"}));
  const std::vector<std::size_t> first{0}, both{0, 1}, last{2};
  EXPECT_EQ(wide.rows<float>(both, 1e39)(1), 1);  // divided before it is rounded
  EXPECT_TRUE(std::isinf(wide.rows<float>(last)(0)));
  EXPECT_TRUE(has(message_of<DataError>([&] { wide.rows<float>(first, 1e-50); }), {"element 0 is 1", "1e-50"}));
  EXPECT_EQ(wide.as<double>()(1), 1e39);
  const AnyArray bytes(std::vector<std::uint8_t>{0, 51, 255});
  EXPECT_EQ(bytes.rows<float>(both, 255)(1), 51.0f / 255.0f);
}

TEST(Conversion, LabelsAboveWhatAnIntegerHasAreRefused) {
  const xt::xarray<float> x = xt::zeros<float>({2, 3});
  const std::vector<std::uint64_t> good{1, 2}, bad{1, std::uint64_t{1} << 63};
  EXPECT_NO_THROW((DataLoader(x, good)));
  EXPECT_TRUE(has(message_of<DataError>([&] { DataLoader(x, bad); }), {"element 1 is 9223372036854775808"}));
}

}  // namespace
}  // namespace xtape::nn
