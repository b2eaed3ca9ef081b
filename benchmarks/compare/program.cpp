#include "benchmarks/compare/program.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <regex>
#include <string_view>

#include "benchmarks/compare/judge.hpp"
#include "benchmarks/runner/machine.hpp"
#include "benchmarks/runner/options.hpp"
#include "benchmarks/runner/process.hpp"
#include "benchmarks/runner/report.hpp"
#include "benchmarks/runner/statistics.hpp"

namespace xtape::benchmarks {
namespace {

constexpr double kPatience = 600;  // seconds

struct CompareOptions {
  std::filesystem::path a, b;  // two builds of `ops`
  std::string a_name = "A", b_name = "B", rows = ".";
  int rounds = 6, threads = 1;
  std::filesystem::path out = std::filesystem::temp_directory_path();
};

// False when --help has been answered.
bool parse_options(int argc, const char* const* argv, CompareOptions& options, std::ostream& out) {
  CLI::App app("Names the rows of the benchmark `ops` that are slower in build B than in build A.", "compare_ops");
  app.add_option("A", options.a, "The older build's program")->required()->check(CLI::ExistingFile);
  app.add_option("B", options.b, "The newer build's program")->required()->check(CLI::ExistingFile);
  app.add_option("--a-name", options.a_name, "What the table calls A")->type_name("NAME");
  app.add_option("--b-name", options.b_name, "What the table calls B")->type_name("NAME");
  app.add_option("--rows", options.rows, "Only the rows whose names match this regular expression")->type_name("REGEX");
  app.add_option("--rounds", options.rounds, "Pairs of every row; twice as many where it looks slower")
      ->check(CLI::Range(1, 10000))
      ->type_name("N");
  app.add_option("--threads", options.threads, "Threads, on as many cores")
      ->check(CLI::Range(std::size_t(1), allowed_cores().size()))
      ->type_name("N");
  app.add_option("--out", options.out, "Where the programs' messages go")->type_name("FOLDER");
  return parse(app, argc, argv, out);
}

Launch launch_of(Side side, const CompareOptions& options, const std::vector<std::string>& arguments) {
  Launch launch;
  launch.command = {std::filesystem::absolute(side == Side::kA ? options.a : options.b).string()};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  launch.environment = {{"OMP_NUM_THREADS", std::to_string(options.threads)}};
  launch.cores.assign(allowed_cores().begin(), allowed_cores().begin() + options.threads);
  launch.log = options.out / (side == Side::kA ? "a.log" : "b.log");
  return launch;
}

// All that it writes until it has ended well.
std::vector<std::string> lines_of(const Launch& launch) {
  Process process(launch);
  std::vector<std::string> lines;
  while (const std::optional<std::string> line = process.next_line(kPatience)) lines.push_back(*line);
  const std::string last_words = process.last_words();
  if (!process.wait().succeeded) throw ContestantError(last_words);
  return lines;
}

constexpr std::string_view kOwnClock = "/manual_time";

// The names of its benchmarks, as far as they are asked for; without those of sweeps alone, which look at the wall's
// clock, and whose work those of gradients hold too.
std::vector<std::string> names_in(Side side, const CompareOptions& options) {
  std::vector<std::string> names = lines_of(launch_of(side, options, {"--benchmark_list_tests=true"}));
  try {
    const std::regex wanted(options.rows);
    std::erase_if(
        names, [&](const std::string& name) { return name.ends_with(kOwnClock) || !std::regex_search(name, wanted); });
  } catch (const std::regex_error&) {
    throw UsageError("--rows: '" + options.rows + "' is not a regular expression");
  }
  return names;
}

std::vector<std::string> without(std::vector<std::string> names, const std::vector<std::string>& others) {
  std::erase_if(names,
                [&](const std::string& name) { return std::find(others.begin(), others.end(), name) != others.end(); });
  return names;
}

// The rows that both have. Says which ones only one has.
std::vector<std::string> common_rows(const CompareOptions& options, std::ostream& out) {
  const std::vector<std::string> in_a = names_in(Side::kA, options), in_b = names_in(Side::kB, options);
  const std::vector<std::string> only_a = without(in_a, in_b), only_b = without(in_b, in_a);
  for (const std::string& name : only_a) out << "Left out: " << name << ", which " << options.b_name << " lacks\n";
  for (const std::string& name : only_b) out << "Left out: " << name << ", which " << options.a_name << " lacks\n";
  const std::vector<std::string> common = without(in_a, only_a);
  if (common.empty()) throw UsageError("no row of both matches '" + options.rows + "'");
  return common;
}

// Seconds of an iteration: the least of three repetitions, since what disturbs only adds. One thread is judged by its
// processor time, from which the turns of other processes are missing.
double measure(Side side, const std::string& row, const CompareOptions& options) {
  std::string text;
  const std::vector<std::string> arguments{"--benchmark_filter=^" + row + "$", "--benchmark_min_time=0.01",
                                           "--benchmark_repetitions=3", "--benchmark_format=json"};
  for (const std::string& line : lines_of(launch_of(side, options, arguments))) text += line + "\n";
  double least = 0;
  const nlohmann::json said = nlohmann::json::parse(text);
  for (const nlohmann::json& run : said.at("benchmarks")) {
    if (run.at("run_type") != "iteration" || run.contains("error_message")) continue;
    const double seconds = 1e-9 * run.at(options.threads == 1 ? "cpu_time" : "real_time").get<double>();
    least = least == 0 ? seconds : std::min(least, seconds);
  }
  if (!(least > 0))
    throw ContestantError("no time of " + row + " came from " + launch_of(side, options, {}).command[0]);
  return least;
}

[[gnu::format(printf, 2, 3)]] void print(std::ostream& out, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  out << line;
}

// Gives the number of rows that are slower.
std::size_t report(const std::vector<ComparedRow>& rows, const CompareOptions& options, std::ostream& out) {
  const auto line = [&](const ComparedRow& row) {
    print(out, "%-48s %12s %12s %8.3f %6zu\n", row.name.c_str(), time_text(median(row.a)).c_str(),
          time_text(median(row.b)).c_str(), row.ratio(), row.a.size());
  };
  print(out, "%-48s %12.12s %12.12s %8s %6s\n", "row", options.a_name.c_str(), options.b_name.c_str(), "B/A", "pairs");
  for (const ComparedRow& row : rows) line(row);
  const auto slower = std::size_t(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.slower; }));
  const auto again = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.measurements > 1; });
  print(out, "\n%zu rows, of which %zu looked slower at first and were measured again.\n", rows.size(),
        std::size_t(again));
  if (std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.unclear(); })) {
    out << "Not named, since the pairs do not agree (is the machine idle?):\n";
    for (const ComparedRow& row : rows) {
      if (row.unclear()) line(row);
    }
  }
  if (slower == 0) {
    out << "No row of " << options.b_name << " is more than 5% slower than that of " << options.a_name << ".\n";
    return 0;
  }
  out << "More than 5% slower in " << options.b_name << " than in " << options.a_name << ":\n";
  for (const ComparedRow& row : rows) {
    if (row.slower) line(row);
  }
  return slower;
}

}  // namespace

int run_compare_ops(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    CompareOptions options;
    if (!parse_options(argc, argv, options, out)) return 0;
    const std::vector<std::string> rows = common_rows(options, out);
    out << processor() << ", " << options.threads << (options.threads == 1 ? " thread" : " threads") << ", load "
        << load() << "; A is " << options.a_name << ", B is " << options.b_name << "\n";
    const auto measure_row = [&](Side side, const std::string& row) { return measure(side, row, options); };
    const std::vector<ComparedRow> compared = compare_rows(rows, options.rounds, measure_row, err);
    out << "Load after: " << load() << "\n\n";
    return report(compared, options, out) == 0 ? 0 : 1;
  } catch (const UsageError& error) {
    err << "compare_ops: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    err << "compare_ops: " << error.what() << "\n";
    return 3;
  }
}

}  // namespace xtape::benchmarks
