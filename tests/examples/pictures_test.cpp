// Pictures: whole PNG files of the right size, and the ticks of the axes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "examples/programs/drawing/axes.hpp"
#include "examples/programs/drawing/image_grid.hpp"
#include "examples/programs/drawing/line_chart.hpp"
#include "examples/programs/drawing/scatter_chart.hpp"
#include "tests/examples/png.hpp"
#include "tests/testing.hpp"

namespace {

using namespace programs;
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

// Spectra and series: a sheet has to stay below what cairo can draw.
TEST(Pictures, LongImagesAreShrunkAndThinOnesDrawnThicker) {
  for (const auto& [height, width] : {std::pair(1u, 6000u), {6000u, 1u}, {1u, 40'000u}, {2000u, 2000u}}) {
    const auto size = png_size(draw_image_grid(images(12, height, width), 6));
    EXPECT_LE(std::max(size.width, size.height), 30'000u);
    EXPECT_LE(double(size.width) * double(size.height), 5e7);
    EXPECT_GE(std::min(size.width, size.height), 24 + 2 * 8u);
  }
  xtape::Array<float> half = xtape::zeros<float>({1, 1, 40'000}), other = half;
  std::fill_n(half.data(), 20'000, 1.0f);
  std::fill_n(other.data() + 20'000, 20'000, 1.0f);
  EXPECT_NE(draw_image_grid(half, 1), draw_image_grid(other, 1)) << "what is shrunk is still seen";
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

TEST(Pictures, GridHasRoomForWhatStandsAroundIt) {
  const auto size = [](const GridLook& look) { return png_size(draw_image_grid(images(12), 4, look)); };
  const auto plain = size({});
  GridLook columns, rows, apart, notes, titles;
  columns.column_labels = {"original", "0", "1", "2"};
  rows.row_labels = {"first", "second", "the third of them"};
  apart.wide_gaps_after_columns = {0};
  notes.notes.assign(12, "");
  notes.notes[5] = "0.123";
  titles.columns_title = "values";
  titles.rows_title = "units";
  EXPECT_EQ(size(columns).width, plain.width) << "these labels are narrower than the images";
  EXPECT_GT(size(columns).height, plain.height + 20);
  EXPECT_GT(size(rows).width, plain.width + 100);
  EXPECT_EQ(size(rows).height, plain.height);
  EXPECT_EQ(size(apart).width, plain.width + 14);
  EXPECT_GT(size(notes).height, plain.height + 20);
  EXPECT_LT(size(notes).height, plain.height + 40) << "one row has notes, the others need no room";
  EXPECT_GT(size(titles).height, plain.height + 20);
  EXPECT_GT(size(titles).width, plain.width + 20);
}

TEST(Pictures, ColumnsAreAsWideAsTheirLabels) {
  GridLook look;
  look.column_labels = {"a label that is wider than any image", ""};
  Canvas ruler(1, 1);
  EXPECT_GT(png_size(draw_image_grid(images(2), 2, look)).width, 2 * ruler.text_width(look.column_labels[0], 16));
}

TEST(Pictures, RefusesLabelsThatDoNotFitTheGrid) {
  const auto message = [](const GridLook& look) {
    return xtape::message_of<std::invalid_argument>([&] { draw_image_grid(images(12), 4, look); });
  };
  GridLook columns, rows, notes, column_gap, row_gap;
  columns.column_labels = {"", "", ""};
  rows.row_labels = {"", "", "", ""};
  notes.notes = {""};
  column_gap.wide_gaps_after_columns = {4};
  row_gap.wide_gaps_after_rows = {3};
  EXPECT_EQ(message(columns), "a grid of images needs 4 labels of columns or none, got 3");
  EXPECT_EQ(message(rows), "a grid of images needs 3 labels of rows or none, got 4");
  EXPECT_EQ(message(notes), "a grid of images needs 12 notes or none, got 1");
  EXPECT_EQ(message(column_gap), "a wide gap must stand after a column below 4, got 4");
  EXPECT_EQ(message(row_gap), "a wide gap must stand after a row below 3, got 3");
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

TEST(Pictures, PanelsSideBySideUnderOneLegend) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<PointClass> classes{{"one", {{0, 0}, {1, 2}}}, {"two", {{nan, 1}, {-5, 3}}}, {"none", {}}};
  const auto size = [&](std::size_t panels) {
    return png_size(draw_scatter_chart(std::vector<ScatterPanel>(panels, {"title", classes}), "x", "y"));
  };
  EXPECT_EQ(size(1).width, 1200u);
  EXPECT_EQ(size(2).width, 1800u);
  EXPECT_LT(size(2).height, size(1).height);
  EXPECT_EQ(size(3).width, 1800u);
  EXPECT_LT(size(3).height, size(2).height);
  EXPECT_GT(size(4).height, size(3).height) << "the fourth is in a row of its own";
  for (const std::vector<PointClass>& few : {std::vector<PointClass>{}, {{"empty", {}}}, {{"far", {{1e30, -1e30}}}}})
    EXPECT_EQ(png_size(draw_scatter_chart({{"", few}}, "x", "y")).width, 1200u);
}

TEST(Pictures, RefusesPanelsOfOtherClasses) {
  const auto message = [](const std::vector<ScatterPanel>& panels) {
    return xtape::message_of<std::invalid_argument>([&] { draw_scatter_chart(panels, "x", "y"); });
  };
  EXPECT_EQ(message({}), "a scatter chart needs at least one panel");
  EXPECT_EQ(message({{"", {{"0", {}}, {"1", {}}}}, {"", {{"1", {}}}}}),
            "all panels of a scatter chart must have the classes of the first, (0, 1), got (1)");
}

TEST(Pictures, LegendBreaksIntoLinesWhereItDoesNotFit) {
  Canvas narrow(400, 400), wide(4000, 400);
  const std::vector<LegendEntry> entries(10, {"ankle boot", kBlue, Mark::kDot});
  const double none = legend_height(wide, {}), line = legend_height(wide, entries) - none;
  EXPECT_GT(line, Axes::kTextSize);
  EXPECT_GE(legend_height(narrow, entries), none + 5 * line);
}

TEST(Pictures, UnitsOfAFieldOfTheirOwn) {
  Canvas canvas(1000, 1000);
  const Axes axes(canvas, {200, 100, 600, 900}, {0, 4}, {-4, 4}, {"x", "y"});
  EXPECT_EQ(axes.at_x(0), 200);
  EXPECT_EQ(axes.at_x(4), 600);
  EXPECT_EQ(axes.at_y(-4), 900);
  EXPECT_EQ(axes.at_y(4), 100);
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
