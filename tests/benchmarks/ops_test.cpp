// The benchmark of every op, run for a moment; and what says which rows of two commits are slower.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "autodiff/ops/all.hpp"
#include "benchmarks/compare/judge.hpp"
#include "benchmarks/compare/program.hpp"
#include "benchmarks/runner/machine.hpp"
#include "benchmarks/runner/process.hpp"
#include "tests/testing.hpp"

namespace xtape::benchmarks {
namespace {

const std::string kOps = XTAPE_BENCHMARKS_DIR "/ops";

std::vector<std::string> lines_of_ops(const std::vector<std::string>& arguments) {
  Launch launch{{kOps}, {}, allowed_cores(), "/dev/null"};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  Process process(launch);
  std::vector<std::string> lines;
  while (const auto line = process.next_line(300)) lines.push_back(*line);
  EXPECT_TRUE(process.wait().succeeded);
  return lines;
}

template <class... Ops>
std::vector<std::string> names_of(TypeList<Ops...>) {
  return {Ops::op::name...};
}

TEST(Ops, EveryOpOfTheListsHasRows) {
  const std::vector<std::string> rows = lines_of_ops({"--benchmark_list_tests"});
  std::vector<std::string> names = names_of(ElementwiseOps{});
  for (const std::string& name : names_of(StructuralOps{})) names.push_back(name);
  for (const std::string& name : names) {
    const auto is_forward = [&](const std::string& row) {
      return row.starts_with(name + "/") && row.find("/forward/") != std::string::npos;
    };
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), is_forward)) << name;
  }
}

// The small rows of all ops, and what is counted for some. Repetitions have aggregates, which must be JSON as well.
TEST(Ops, RunAndCount) {
  std::string text;
  for (const std::string& line : lines_of_ops({"--benchmark_filter=/(8|4x4x4)(/|$)", "--benchmark_min_time=1e-6",
                                               "--benchmark_repetitions=2", "--benchmark_format=json"})) {
    text += line + "\n";
  }
  std::map<std::string, nlohmann::json> runs;
  const nlohmann::json said = nlohmann::json::parse(text);
  for (const nlohmann::json& run : said.at("benchmarks")) {
    EXPECT_FALSE(run.contains("error_message")) << run;
    if (run.at("run_type") == "iteration") runs[run.at("name")] = run;
  }
  EXPECT_EQ(runs.size(), lines_of_ops({"--benchmark_list_tests", "--benchmark_filter=/(8|4x4x4)(/|$)"}).size());
  // Bytes for each floating-point operation: of one row, the two counters have the same time below them.
  const auto bytes_per_flop = [&](const std::string& name) {
    return runs.at(name).at("bytes/s").get<double>() / runs.at(name).at("FLOP/s").get<double>();
  };
  EXPECT_NEAR(bytes_per_flop("exp/forward/8"), 8, 1e-3);                        // x, y
  EXPECT_NEAR(bytes_per_flop("exp/gradient/8"), 20.0 / 2, 1e-3);                // and g, y, dx
  EXPECT_NEAR(bytes_per_flop("multiply/sweep/8/manual_time"), 20.0 / 2, 1e-3);  // g, a, b, da, db
  EXPECT_NEAR(bytes_per_flop("sum/axis:0/forward/8"), 4 * 12.0 / 8, 1e-3);
  EXPECT_NEAR(bytes_per_flop("matmul/forward/4x4x4"), 4 * 48.0 / 128, 1e-3);
  EXPECT_NEAR(bytes_per_flop("matmul/gradient/4x4x4"), 4 * (48.0 + 80) / 384, 1e-3);
}

TEST(Ops, ComparisonsHaveNoGradient) {
  EXPECT_EQ(lines_of_ops({"--benchmark_list_tests", "--benchmark_filter=^greater/"}).size(), 3u);
}

// --- The judgement, on times that are made up -----------------------------------------------------------------------

// Rows whose times B multiplies by `ratio(which time the row is measured)`.
std::vector<ComparedRow> compared(const std::vector<std::string>& rows, int rounds,
                                  const std::function<double(const std::string&, int)>& ratio) {
  std::map<std::string, int> count;
  std::ostringstream progress;
  const auto measure = [&](Side side, const std::string& row) {
    return side == Side::kA ? 2e-6 : 2e-6 * ratio(row, count[row]++);
  };
  return compare_rows(rows, rounds, measure, progress);
}

TEST(Comparison, NamesWhatIsSlower) {
  const auto rows = compared({"same", "slower", "a little", "faster"}, 3, [](const std::string& row, int) {
    return row == "slower" ? 1.06 : row == "a little" ? 1.04 : row == "faster" ? 0.5 : 1.0;
  });
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_FALSE(rows[0].slower);
  EXPECT_TRUE(rows[1].slower);
  EXPECT_NEAR(rows[1].ratio(), 1.06, 1e-12);
  EXPECT_FALSE(rows[2].slower);
  EXPECT_FALSE(rows[3].slower);
  EXPECT_NEAR(rows[3].ratio(), 0.5, 1e-12);
}

TEST(Comparison, MeasuresAgainWhatLooksSlower) {
  const auto rows = compared({"same", "suspect", "slower"}, 4, [](const std::string& row, int) {
    return row == "slower" ? 1.2 : row == "suspect" ? 1.04 : 1.02;
  });
  EXPECT_EQ(rows[0].measurements, 1);
  EXPECT_EQ(rows[0].a.size(), 4u);
  EXPECT_EQ(rows[1].measurements, 2);
  EXPECT_EQ(rows[2].measurements, 1 + kConfirmations);
  EXPECT_EQ(rows[2].a.size(), 8u);
}

TEST(Comparison, ForgetsWhatLookedSlowerByChance) {
  for (const int quiet_from : {4, 12, 20}) {  // in the second measurement, in the third, in the last
    const auto rows =
        compared({"unlucky"}, 4, [&](const std::string&, int burst) { return burst < quiet_from ? 1.5 : 1.01; });
    EXPECT_FALSE(rows[0].slower);
    EXPECT_NEAR(rows[0].ratio(), 1.01, 1e-12);
  }
}

TEST(Comparison, DoesNotNameWhatScattersTooMuch) {
  // The median is 1.2, but in a quarter of the pairs B is the faster one.
  const auto rows = compared({"noisy"}, 4, [](const std::string&, int burst) { return burst % 4 == 0 ? 0.9 : 1.2; });
  EXPECT_FALSE(rows[0].slower);
  EXPECT_TRUE(rows[0].unclear());
  EXPECT_EQ(rows[0].measurements, 2);
}

TEST(Comparison, OneDisturbedPairDoesNotCount) {
  const auto rows = compared({"row"}, 3, [](const std::string&, int burst) { return burst == 1 ? 100.0 : 1.0; });
  EXPECT_EQ(rows[0].measurements, 1);
  EXPECT_EQ(rows[0].ratio(), 1);
}

TEST(Comparison, TakesTurnsInTheOrder) {
  std::string order;
  std::ostringstream progress;
  compare_rows(
      {"x", "y"}, 3,
      [&](Side side, const std::string& row) {
        order += row + (side == Side::kA ? "A " : "B ");
        return 1.0;
      },
      progress);
  EXPECT_EQ(order, "xA xB yA yB xB xA yB yA xA xB yA yB ");
}

// --- The programs ---------------------------------------------------------------------------------------------------

struct Answer {
  int code;
  std::string out, err;
};
Answer answer_to(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "compare_ops");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, err;
  const int code = run_compare_ops(int(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

TEST(CompareOps, PrintsATableAndAVerdict) {
  const Answer answer = answer_to({kOps, kOps, "--rows", "^exp/.*/8", "--rounds", "1", "--a-name", "old"});
  EXPECT_TRUE(answer.code == 0 || answer.code == 1) << answer.err;  // its times are not this test's matter
  EXPECT_TRUE(has(answer.out, {"A is old, B is B", "\nexp/forward/8 ", "\nexp/gradient/8 ", "B/A", "2 rows"}));
}

TEST(CompareOps, NamesWhatIsSlowerAndLeavesOutWhatOneLacks) {
  // A program that is like `ops` and has two rows; the one of B takes twice as long.
  const auto program = [](const std::string& name, const std::string& rows, int nanoseconds) {
    const auto path = std::filesystem::temp_directory_path() / (name + std::to_string(getpid()));
    std::ofstream(path) << "#!/bin/sh\ncase \"$1\" in\n*list*) printf '" << rows << "' ;;\n"
                        << "*) echo '{\"benchmarks\": [{\"run_type\": \"iteration\", \"cpu_time\": " << nanoseconds
                        << ", \"real_time\": 1}]}' ;;\nesac\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  };
  const std::string a = program("ops-a-", "both\\nold\\n", 100), b = program("ops-b-", "new\\nboth\\n", 200);
  const Answer slower = answer_to({a, b}), faster = answer_to({b, a});
  for (const std::string& path : {a, b}) std::filesystem::remove(path);
  EXPECT_EQ(slower.code, 1) << slower.err;
  EXPECT_TRUE(has(slower.out, {"Left out: old, which B lacks", "Left out: new, which A lacks",
                               "More than 5% slower in B than in A:\nboth ", "2.000"}));
  EXPECT_EQ(faster.code, 0) << faster.err;
  EXPECT_TRUE(has(faster.out, {"0.500", "No row of B is more than 5% slower"}));
}

TEST(CompareOps, MistakesAreOneLineAndExitCodeTwo) {
  struct Mistake {
    std::vector<std::string> arguments;
    std::string part;
  };
  for (const Mistake& mistake : {Mistake{{}, "A is required"},
                                 {{kOps}, "B is required"},
                                 {{kOps, "/nowhere"}, "/nowhere"},
                                 {{kOps, kOps, "--fast"}, "--fast"},
                                 {{kOps, kOps, "--rows", "("}, "'(' is not a regular expression"},
                                 {{kOps, kOps, "--rows", "tomorrow"}, "no row of both matches 'tomorrow'"},
                                 {{kOps, kOps, "--rounds", "0"}, "--rounds"},
                                 {{kOps, kOps, "--threads", "4096"}, "--threads"}}) {
    const Answer answer = answer_to(mistake.arguments);
    EXPECT_EQ(answer.code, 2) << mistake.part;
    EXPECT_TRUE(has(answer.err, {"compare_ops: ", mistake.part}));
    EXPECT_EQ(std::count(answer.err.begin(), answer.err.end(), '\n'), 1) << answer.err;
  }
}

TEST(CompareOps, AProgramThatFailsIsNoVerdict) {
  const Answer answer = answer_to({kOps, "/bin/false"});
  EXPECT_EQ(answer.code, 3);
  EXPECT_TRUE(has(answer.err, {"compare_ops: ", "/bin/false"}));
}

TEST(CompareCommits, MistakesAreOneLineAndExitCodeTwo) {
  for (const std::string arguments : {"", "--fast", "a b c", "no-such-commit", "--rounds", "--rounds 0 HEAD",
                                      "--threads x HEAD", "'--rows=(' HEAD"}) {
    const std::string script = "'" XTAPE_SOURCE_DIR "/scripts/compare_commits' " + arguments + " 2>&1; echo $?";
    Process process({{"/bin/sh", "-c", script}, {}, allowed_cores(), "/dev/null"});
    std::vector<std::string> lines;
    while (const auto line = process.next_line(60)) lines.push_back(*line);
    ASSERT_EQ(lines.size(), 2u) << arguments;
    EXPECT_TRUE(has(lines[0], {"scripts/compare_commits: ", "--help"}));
    EXPECT_EQ(lines[1], "2") << arguments;
  }
}

}  // namespace
}  // namespace xtape::benchmarks
