// Pictures: whole PNG files of the right size, and the ticks of the axes.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "examples/support/axes.hpp"
#include "examples/support/image_grid.hpp"
#include "examples/support/line_chart.hpp"
#include "tests/examples/png.hpp"

namespace {

using namespace examples;
using testing_support::png_size;

xtape::Array<float> images(std::size_t count, std::size_t height = 28, std::size_t width = 28) {
  return xtape::full<float>({count, height, width}, 0.5f);
}

TEST(Pictures, GridOf64Images) {
  const auto [width, height] = png_size(draw_image_grid(images(64), 8));
  EXPECT_EQ(width, 24 + 8 * 84 + 7 * 4u);  // margins, tiles three times their size, gaps
  EXPECT_EQ(height, width);
}

TEST(Pictures, GridWithARowThatIsNotFull) {
  const auto [width, height] = png_size(draw_image_grid(images(9, 14, 28), 8));
  EXPECT_EQ(width, 24 + 8 * 84 + 7 * 4u);
  EXPECT_EQ(height, 24 + 2 * 42 + 4u);
}

TEST(Pictures, LevelsOutsideTheRangeAreClipped) {
  xtape::Array<float> wild = images(4), tame = images(4);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  wild(0, 0, 0) = -3, wild(1, 0, 0) = 7, wild(2, 0, 0) = nan, wild(3, 0, 0) = infinity;
  tame(0, 0, 0) = 0, tame(1, 0, 0) = 1, tame(2, 0, 0) = 0, tame(3, 0, 0) = 1;
  EXPECT_EQ(draw_image_grid(wild, 2), draw_image_grid(tame, 2));
  EXPECT_NE(draw_image_grid(wild, 2), draw_image_grid(images(4), 2));
}

TEST(Pictures, ComparisonHasRoomForItsLabels) {
  const auto narrow = png_size(draw_comparison({{"", images(10)}, {"", images(10)}}, 2));
  const auto wide = png_size(draw_comparison({{"original", images(10)}, {"reconstruction", images(10)}}, 2));
  EXPECT_GT(wide.width, narrow.width + 50);
  EXPECT_EQ(wide.height, 24 + 2 * 84 + 4u);
  const auto two_groups =
      png_size(draw_comparison({{"", images(3)}, {"", images(3)}, {"", images(3)}, {"", images(3)}}, 2));
  EXPECT_GT(two_groups.height, 24 + 4 * 84 + 3 * 4u);
}

TEST(Pictures, RefusesWhatIsNoImage) {
  EXPECT_THROW(draw_image_grid(xtape::zeros<float>({4, 784}), 2), std::invalid_argument);
  EXPECT_THROW(draw_image_grid(images(0), 2), std::invalid_argument);
  EXPECT_THROW(draw_image_grid(images(2), 0), std::invalid_argument);
  EXPECT_THROW(draw_comparison({}, 1), std::invalid_argument);
  EXPECT_THROW(draw_comparison({{"", images(2)}, {"", images(3)}}, 1), std::invalid_argument);
}

TEST(Pictures, ChartOfAnyCurves) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<Series>> charts{
      {},
      {{"empty", kBlue, {}}},
      {{"one point", kBlue, {{1, 105.5}}}},
      {{"flat", kBlue, {{1, 3}, {2, 3}}}, {"broken", kVermilion, {{1, 2}, {2, nan}, {3, 4}}}},
      {{"huge", kBlue, {{1, 1e30}, {1000, -1e30}}}},
  };
  for (const auto& chart : charts) {
    const auto [width, height] = png_size(draw_line_chart(chart, "epoch", "loss"));
    EXPECT_EQ(width, 1200u);
    EXPECT_EQ(height, 720u);
  }
}

TEST(Pictures, TicksAreRoundNumbersInsideTheRange) {
  EXPECT_EQ(round_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(round_ticks(102.1, 167.3, 6), (std::vector<double>{110, 120, 130, 140, 150, 160}));
  EXPECT_EQ(round_ticks(0.75, 1.25, 10, true), (std::vector<double>{1}));
  EXPECT_EQ(round_ticks(1, 1, 5), std::vector<double>{});
  for (const double scale : {1e-6, 0.03, 1.0, 70.0, 1e9}) {
    const std::vector<double> ticks = round_ticks(-scale, 1.7 * scale, 6);
    EXPECT_GE(ticks.size(), 4u);
    EXPECT_LE(ticks.size(), 10u);
    EXPECT_GE(ticks.front(), -scale * (1 + 1e-9));
    EXPECT_LE(ticks.back(), 1.7 * scale * (1 + 1e-9));
  }
}

}  // namespace
