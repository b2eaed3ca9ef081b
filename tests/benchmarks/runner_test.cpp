// The runner of the benchmark, untimed: what it makes of options, rounds and goals, and what it writes.

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "benchmarks/runner/chart.hpp"
#include "benchmarks/runner/contestants.hpp"
#include "benchmarks/runner/op_table.hpp"
#include "benchmarks/runner/plot.hpp"
#include "benchmarks/runner/program.hpp"
#include "benchmarks/runner/report.hpp"
#include "benchmarks/runner/statistics.hpp"
#include "tests/testing.hpp"

namespace xtape::benchmarks {
namespace {

TEST(Statistics, MedianIsTheMiddle) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(Statistics, RatiosAreTakenPairByPair) {
  // A machine that is ten times slower for one round: the ratio of the medians would be 5 / 4.
  EXPECT_DOUBLE_EQ(median_ratio({1, 20, 5}, {2, 40, 4}), 0.5);
}

TEST(Statistics, GeometricMean) {
  EXPECT_DOUBLE_EQ(geometric_mean({0.5, 2, 8}), 2);
  EXPECT_TRUE(std::isnan(geometric_mean({})));
}

struct Answer {
  int code;
  std::string out, err;
};
Answer answer_to(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "bench");
  std::ostringstream out, err;
  const int code = run_program(int(arguments.size()), arguments.data(), out, err);
  return {code, out.str(), err.str()};
}

TEST(Program, MistakesAreOneLineAndExitCodeTwo) {
  struct Mistake {
    std::vector<const char*> arguments;
    std::string part;
  };
  for (const Mistake& mistake : {Mistake{{"--fast"}, "--fast"},
                                 {{"now"}, "now"},
                                 {{"--rows", "tomorrow"}, "no row matches 'tomorrow'"},
                                 {{"--rows", "("}, "'(' is not a regular expression"},
                                 {{"--rows"}, "--rows"},
                                 {{"--rounds", "0"}, "--rounds"},
                                 {{"--rounds", "many"}, "--rounds"},
                                 {{"--threads", "0"}, "--threads"},
                                 {{"--threads", "1024"}, "--threads"}}) {
    const Answer answer = answer_to(mistake.arguments);
    EXPECT_EQ(answer.code, 2) << mistake.part;
    EXPECT_TRUE(has(answer.err, {"bench: ", mistake.part}));
    EXPECT_EQ(std::count(answer.err.begin(), answer.err.end(), '\n'), 1) << answer.err;
    EXPECT_EQ(answer.out, "");
  }
}

TEST(Program, ListsRows) {
  const Answer answer = answer_to({"--list", "--rows", "^vae/", "--threads", "1"});
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.out,
            "vae/batch:16/threads:1\nvae/batch:128/threads:1\nvae/batch:512/threads:1\nvae/batch:1024/threads:1\n");
}

TEST(Program, HelpNamesTheOptions) {
  const Answer answer = answer_to({"--help"});
  EXPECT_EQ(answer.code, 0);
  EXPECT_TRUE(has(answer.out, {"--rows REGEX", "--threads", "--rounds", "--quick", "--list"}));
}

TEST(Options, ThreadCountsAreSortedAndQuickIsShorter) {
  const char* const arguments[] = {"bench", "--threads", "2,1,2", "--quick"};
  Options quick, usual;
  std::ostringstream out;
  ASSERT_TRUE(parse_options(4, arguments, quick, out));
  ASSERT_TRUE(parse_options(1, arguments, usual, out));
  EXPECT_EQ(quick.threads, (std::vector<int>{1, 2}));
  EXPECT_LT(quick.rounds * quick.seconds, usual.rounds * usual.seconds);
}

TEST(Rows, QuickOnesStartTorchCompileOnce) {
  int rows = 0, compiling = 0;
  for (const Row& row : all_rows({2})) {
    if (!row.quick) continue;
    ++rows;
    for (const Entry& entry : row.entries) compiling += entry.quick && entry.contestant == "PyTorch compile";
  }
  EXPECT_GE(rows, 5);
  EXPECT_EQ(compiling, 1);
}

TEST(Rows, HaveNamesOfTheirOwnAndKnownContestants) {
  std::set<std::string> names;
  for (const Row& row : all_rows({1, 2})) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    ASSERT_FALSE(row.entries.empty());
    EXPECT_EQ(row.entries[0].contestant.rfind("xtape", 0), 0u) << row.name;
    for (const Entry& entry : row.entries) EXPECT_NO_THROW(launch_of(entry.contestant, row.threads, {})) << row.name;
  }
}

// A goal that is about no row, or is held against nobody, would never be missed.
TEST(Rows, EveryGoalFindsItsRowsAndItsOpponent) {
  std::vector<Row> rows = all_rows({1, 2});
  for (const Row& row : rows_of_ops({1}, {"element-wise op exp 1000 forward 1000 -2:2"})) rows.push_back(row);
  for (const Goal& goal : all_goals()) {
    bool found = false;
    for (const Row& row : rows) {
      if (!std::regex_search(row.name, std::regex(goal.rows))) continue;
      found = true;
      bool opponent = goal.measure == Goal::Measure::kNanoseconds;
      for (const Entry& entry : row.entries) opponent = opponent || entry.label.rfind(goal.versus, 0) == 0;
      for (const Row& other : rows) {
        opponent = opponent || (goal.measure == Goal::Measure::kIdleTime && other.name.rfind(goal.versus, 0) == 0);
      }
      EXPECT_TRUE(opponent) << goal.name << " in " << row.name;
    }
    EXPECT_TRUE(found) << goal.name;
  }
}

TEST(Launch, OneThreadHasOneCore) {
  Options options;
  options.python = "/usr/bin/python3";
  const Launch launch = launch_of("JAX, thread flags", 1, options);
  EXPECT_EQ(launch.cores.size(), 1u);
  EXPECT_EQ(launch.command.front(), options.python);
  bool threads = false, flags = false;
  for (const auto& [name, value] : launch.environment) {
    threads = threads || (name == "OMP_NUM_THREADS" && value == "1");
    flags = flags || (name == "XLA_FLAGS" && value.find("intra_op_parallelism_threads=1") != std::string::npos);
  }
  EXPECT_TRUE(threads && flags);
}

// Rounds of a row: one of our times, one of each opponent's, and what other processes took.
struct Round {
  double ours, first, second, others;
};
RowResult row_of(const std::vector<Round>& rounds) {
  Row row{"vae/batch:16/threads:1", 1, {{"xtape", "xtape", ""}, {"JAX", "JAX", ""}, {"JAX", "JAX, thread flags", ""}}};
  for (Entry& entry : row.entries) entry.work = {Work::Unit::kBytes, 100};
  RowResult result(row);
  const auto burst = [](double time) {
    Burst b;
    b.median = b.minimum = b.mean = time;
    b.count = 1;
    b.peak_memory = 10 * time;
    return b;
  };
  for (const Round& round : rounds) {
    result.entries[0].bursts.push_back(burst(round.ours));
    result.entries[1].bursts.push_back(burst(round.first));
    result.entries[2].bursts.push_back(burst(round.second));
    result.others.push_back(round.others);
  }
  return result;
}

TEST(Results, DisturbedRoundsAreLeftOutWhereEnoughRemain) {
  const RowResult enough = row_of({{1, 2, 3, 0}, {9, 2, 3, 0.5}, {1, 2, 3, 0.05}, {1, 2, 3, 0}});
  EXPECT_EQ(enough.used_rounds(), (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_EQ(enough.disturbed_rounds(), 1u);
  const RowResult few = row_of({{1, 2, 3, 0}, {9, 2, 3, 0.5}, {1, 2, 3, 0.7}});
  EXPECT_EQ(few.used_rounds(), (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Results, TheFasterOfTwoIsBestAndAProblemDisqualifies) {
  RowResult row = row_of({{1, 4, 2, 0}, {1, 4, 2, 0}, {1, 4, 2, 0}});
  EXPECT_EQ(row.best("JAX"), 2u);
  EXPECT_DOUBLE_EQ(row.ratio(2), 0.5);
  row.entries[2].problem = "ended";
  EXPECT_EQ(row.best("JAX"), 1u);
  EXPECT_TRUE(std::isnan(row.ratio(2)));
  EXPECT_FALSE(row.best("PyTorch").has_value());
  row.entries[1].entry.contestant = "xtape";  // another way of ours is not one of the others
  row.entries[2].problem = "";
  row.entries[2].bursts[0].median = row.entries[2].bursts[1].median = row.entries[2].bursts[2].median = 9;
  EXPECT_EQ(row.best(""), 2u);
}

TEST(Results, NoGoalIsMetAgainstAnIncompleteField) {
  RowResult row = row_of({{1, 4, 2, 0}});
  const std::vector<Goal> goals = {{"JAX", "^vae", Goal::Measure::kTime, "JAX", 1}};
  EXPECT_TRUE(judge(goals, {row})[0].met());
  Row incomplete = row.row;
  incomplete.entries[1].left_out = "not today";
  EXPECT_EQ(RowResult(incomplete).entries[1].problem, "not today");
  row.row = incomplete;
  EXPECT_FALSE(judge(goals, {row})[0].measured());
}

TEST(Results, GoalsAreMetOrMissed) {
  using Measure = Goal::Measure;
  const std::vector<RowResult> rows = {row_of({{1, 4, 2, 0}}), row_of({{2, 4, 8, 0}}), row_of({{1, 4, 4, 0}})};
  const std::vector<Goal> goals = {{"met", "^vae", Measure::kTime, "JAX", 0.5, 0.4},
                                   {"one row above", "^vae", Measure::kTime, "JAX", 0.4, 0.4},
                                   {"mean above", "^vae", Measure::kTime, "JAX", 0.5, 0.39},
                                   {"share", "^vae", Measure::kBandwidthShare, "JAX", 2.1},
                                   {"memory", "^vae", Measure::kMemory, "JAX", 0.5},
                                   {"nanoseconds", "^vae", Measure::kNanoseconds, "", 2e7},
                                   {"idle", "^vae", Measure::kIdleTime, "vae/", 2},
                                   {"no opponent", "^vae", Measure::kTime, "PyTorch", 1},
                                   {"no row", "^job", Measure::kTime, "JAX", 1}};
  const std::vector<Verdict> verdicts = judge(goals, rows);
  std::vector<std::string> met;
  for (const Verdict& verdict : verdicts) {
    if (verdict.met()) met.push_back(verdict.goal->name);
  }
  EXPECT_EQ(met, (std::vector<std::string>{"met", "memory", "nanoseconds", "idle"}));
  EXPECT_DOUBLE_EQ(verdicts[0].worst, 0.5);
  EXPECT_NEAR(verdicts[0].mean, std::cbrt(0.5 * 0.5 * 0.25), 1e-12);
  EXPECT_DOUBLE_EQ(verdicts[3].worst, 2);
  EXPECT_EQ(verdicts[7].rows, 3u);
  EXPECT_FALSE(verdicts[7].measured());
  EXPECT_EQ(verdicts[8].rows, 0u);
}

Report report_of(RowResult row) {
  Report report;
  report.commit = "abc";
  report.processor = "A <fast> & \"quiet\" one";
  report.rows.push_back(std::move(row));
  return report;
}

TEST(Reports, JsonHoldsRowsRoundsAndGoals) {
  RowResult row = row_of({{1, 4, 2, 0}, {1, 4, 2, 0.2}});
  row.entries[1].problem = "not \xff here";  // not UTF-8
  std::ostringstream out;
  write_json(out, report_of(row));
  const nlohmann::json json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["commit"], "abc");
  const nlohmann::json& written = json["rows"][0];
  EXPECT_EQ(written["name"], "vae/batch:16/threads:1");
  EXPECT_EQ(written["entries"][0]["bursts"].size(), 2u);
  EXPECT_EQ(written["entries"][2]["ratio"], 0.5);
  EXPECT_TRUE(written["entries"][1].contains("problem"));
  EXPECT_TRUE(written["entries"][0]["check"].is_null());
  EXPECT_EQ(json["goals"].size(), all_goals().size());
}

TEST(Reports, TablesNameContestantsAndTheReasonForAbsence) {
  RowResult row = row_of({{1e-3, 4, 2, 0}, {1e-3, 4, 2, 0.2}});
  row.entries[1].problem = "No module named 'jax'";
  std::ostringstream out;
  print_row(out, row, {});
  EXPECT_TRUE(has(out.str(), {row.row.name, "NOT IDLE", "1 ms", "left out: No module named 'jax'", "0.001"}));
  std::ostringstream goals;
  print_goals(goals, {row});
  EXPECT_TRUE(has(goals.str(), {"VAE step / JAX", "goal met", "VAE step / PyTorch", "not measured"}));
  EXPECT_EQ(goals.str().find("whole job"), std::string::npos);
}

TEST(Reports, TimesHaveTheirUnit) {
  EXPECT_EQ(time_text(2.5), "2.5 s");
  EXPECT_EQ(time_text(0.00281), "2.81 ms");
  EXPECT_EQ(time_text(3e-6), "3 us");
  EXPECT_EQ(time_text(1.5e-7), "150 ns");
  EXPECT_EQ(time_text(std::nan("")), "-");
}

// Every element is closed, in order, and every '&' begins an entity.
void expect_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z]+)((?: [a-zA-Z0-9:-]+=\"[^\"<]*\")*)(/?)>"), entity("&(?!amp;|lt;|quot;)");
  std::string::const_iterator at = xml.begin();
  for (std::sregex_iterator match(xml.begin(), xml.end(), tag), end; match != end; ++match) {
    const std::string between(at, (*match)[0].first);
    EXPECT_EQ(between.find('<'), std::string::npos) << between;
    at = (*match)[0].second;
    if ((*match)[1].length() > 0) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(open.back(), (*match)[2].str());
      open.pop_back();
    } else if ((*match)[4].length() == 0) {
      open.push_back((*match)[2].str());
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_FALSE(std::regex_search(xml, entity));
  EXPECT_EQ(xml.find("nan"), std::string::npos);
  EXPECT_EQ(xml.find("inf"), std::string::npos);
}

TEST(Plot, IsWellFormed) {
  std::ostringstream out;
  write_plot(out, {{"a <b> & c", {{"JAX", 0.25}, {"PyTorch eager", 30}, {"somebody", 1}}}}, "x < y & z");
  expect_well_formed(out.str());
  EXPECT_TRUE(has(out.str(), {"<svg xmlns=", "a &lt;b> &amp; c", "PyTorch eager", ">0.25<", ">30<"}));
  std::ostringstream empty;
  write_plot(empty, {}, "");
  expect_well_formed(empty.str());
}

TEST(LogAxis, PlacesValuesAndTicks) {
  const LogAxis wide{1, 1000, 100, 400};
  EXPECT_DOUBLE_EQ(wide.position(10), 200);
  EXPECT_EQ(wide.ticks(), (std::vector<double>{1, 10, 100, 1000}));
  const LogAxis narrow{0.4, 6, 0, 1};
  EXPECT_EQ(narrow.ticks(), (std::vector<double>{0.5, 1, 2, 5}));
}

TEST(LogAxis, LabelsAreShort) {
  EXPECT_EQ(short_number(0.5), "0.5");
  EXPECT_EQ(short_number(200), "200");
  EXPECT_EQ(short_number(2e4), "20k");
  EXPECT_EQ(short_number(1e8), "100M");
  EXPECT_EQ(short_number(5e9), "5G");
}

TEST(Charts, AreWellFormed) {
  const Series curve{"a & b", {{1, 2}, {1000, 5e6}}}, impossible{"none", {{0, 1}, {1, -1}, {std::nan(""), 1}}};
  std::ostringstream out;
  write_charts(out, {{"first <1>", "x", "y", {curve, impossible}}, {"second", "x", "y", {}}}, "below");
  expect_well_formed(out.str());
  EXPECT_TRUE(has(out.str(), {"first &lt;1>", "second", "a &amp; b", ">1M<", "below", "<polyline", "rotate(-90)"}));
}

TEST(Plot, ShowsMultiplesOfOurTimeWhereContestantsCompare) {
  RowResult row = row_of({{1, 4, 2, 0.3}});
  row.entries[1].problem = "ended";
  const std::vector<BarGroup> groups = bars_of({row});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].label, "vae, batch 16, threads 1 (not idle)");
  ASSERT_EQ(groups[0].bars.size(), 1u);
  EXPECT_EQ(groups[0].bars[0].contestant, "JAX, thread flags");
  EXPECT_DOUBLE_EQ(groups[0].bars[0].multiple, 2);
  row.row.compares = false;
  EXPECT_TRUE(bars_of({row}).empty());
}

}  // namespace
}  // namespace xtape::benchmarks
