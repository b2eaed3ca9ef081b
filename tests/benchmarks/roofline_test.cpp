// The least time that peaks allow, from numbers that can be worked out by hand.

#include "benchmarks/runner/roofline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "benchmarks/runner/report.hpp"
#include "tests/testing.hpp"

namespace xtape::benchmarks {
namespace {

using Unit = Work::Unit;

RowResult measured(const Row& row, const std::vector<double>& times) {
  RowResult result(row);
  for (std::size_t i = 0; i < times.size(); ++i) {
    Burst burst;
    burst.median = burst.minimum = burst.mean = times[i];
    result.entries[i].bursts.push_back(burst);
  }
  result.others.push_back(0);
  return result;
}

Row row_of(const std::string& name, Work work) {
  return {name, 1, {{"xtape", "xtape", "", work}, {"hand-written", "hand-written", "", work}}};
}

// 1 GFLOP/s, 100 MB/s in the cache, 10 MB/s out of it.
Peaks peaks() {
  Peaks all;
  Row flop = row_of("peaks/flop", {Unit::kFlop, 1e9}), cache = row_of("peaks/cache", {Unit::kBytes, 1e8}),
      memory = row_of("peaks/memory", {Unit::kBytes, 1e7});
  flop.peak = Row::Peak::kFlop;
  cache.peak = Row::Peak::kCache;
  memory.peak = Row::Peak::kMemory;
  for (const Row& row : {flop, cache, memory}) all.take(measured(row, {2, 1}));
  return all;
}

TEST(Phases, OfAStepOfTheVae) {
  const std::vector<Phase> phases = phases_of_vae_step(784, 400, 20, 128);
  double flop = 0, bytes = 0;
  for (const Phase& phase : phases) {
    flop += phase.flop;
    bytes += phase.bytes;
  }
  const double first = 784 * 400, products = 2 * first + 400 * 40 + 20 * 400;
  EXPECT_EQ(flop, 128 * (6 * products - 2 * first));  // forward, dW and dx, but of the images
  EXPECT_EQ(phases.back().flop, 0);
  EXPECT_EQ(phases.back().bytes, 28 * (products + 400 + 40 + 400 + 784));
  EXPECT_GT(bytes, phases.back().bytes + 4 * 3 * products);  // the weights twice and their gradients, at least
}

TEST(Peaks, AreTheBestOfAllContestants) {
  const Peaks::Rates rates = peaks().of(1);
  EXPECT_EQ(rates.flop, 1e9);
  EXPECT_EQ(rates.cache_bytes, 1e8);
  EXPECT_EQ(rates.memory_bytes, 1e7);
  EXPECT_TRUE(std::isnan(peaks().of(2).flop));
}

TEST(Peaks, AContestantWithAProblemGivesNone) {
  Row row = row_of("peaks/flop", {Unit::kFlop, 1e9});
  row.peak = Row::Peak::kFlop;
  RowResult result = measured(row, {2, 1});
  result.entries[1].problem = "ended";
  Peaks all;
  all.take(result);
  EXPECT_EQ(all.of(1).flop, 5e8);
}

TEST(Peaks, GiveTheLeastTime) {
  const auto least = [](const Row& row) { return peaks().least_time(row, row.entries[0]); };
  Row step = row_of("vae", {});
  EXPECT_TRUE(std::isnan(least(step)));
  step.phases = {{3e9, 1e8}, {1e9, 2e8}, {0, 1e8}};
  EXPECT_DOUBLE_EQ(least(step), 3 + 2 + 1);
  EXPECT_DOUBLE_EQ(peaks().share(measured(step, {12, 6}), 0), 0.5);
  EXPECT_DOUBLE_EQ(least(row_of("matmul", {Unit::kFlop, 2e9})), 2);
  EXPECT_DOUBLE_EQ(least(row_of("memory", {Unit::kBytes, 5e7})), 5);
  EXPECT_TRUE(std::isnan(least(row_of("chain", {Unit::kOperations, 1000}))));
  step.threads = 2;
  EXPECT_TRUE(std::isnan(least(step)));  // nobody measured peaks of two threads
}

TEST(Roofline, IsPrintedWherePeaksAreKnown) {
  Row step = row_of("vae", {});
  step.phases = {{1e9, 1e6}, {0, 1e8}};
  const std::vector<RowResult> rows = {measured(step, {8, 4}),
                                       measured(row_of("chain", {Unit::kOperations, 1}), {1, 1})};
  std::ostringstream out, none, row;
  print_roofline(out, rows, peaks());
  EXPECT_TRUE(has(out.str(), {"1 thread", "1.0", "vae", "1000.0", "101.0", "2 s", "8 s", "25%", "50%"}));
  EXPECT_EQ(out.str().find("chain"), std::string::npos);
  print_roofline(none, rows, {});
  EXPECT_EQ(none.str(), "");
  print_row(row, rows[0], peaks());
  EXPECT_TRUE(has(row.str(), {"25% of the roofline"}));
}

TEST(Roofline, IsDrawnForStepsWhosePhasesAreKnown) {
  Row step = row_of("vae", {});
  step.phases = {{1e9, 1e6}, {0, 1e8}};
  const Chart chart = roofline_chart({measured(step, {8, 4})}, peaks());
  ASSERT_EQ(chart.series.size(), 2u);
  EXPECT_EQ(chart.series[0].label, "roof, 1 thread");
  ASSERT_EQ(chart.series[1].points.size(), 1u);
  EXPECT_DOUBLE_EQ(chart.series[1].points[0].x, 1e9 / 1.01e8);
  EXPECT_DOUBLE_EQ(chart.series[1].points[0].y, 1.0 / 8);
  EXPECT_TRUE(roofline_chart({measured(row_of("chain", {}), {1, 1})}, peaks()).series.empty());
}

}  // namespace
}  // namespace xtape::benchmarks
