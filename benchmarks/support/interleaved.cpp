#include "benchmarks/support/interleaved.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <regex>

#include "benchmarks/support/machine.hpp"

namespace xtape::benchmarks {
namespace {

// Keeps the microseconds of each run instead of printing them.
class Keeper : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      const double seconds = run.real_accumulated_time / double(std::max<benchmark::IterationCount>(1, run.iterations));
      times_[run.run_name.function_name].push_back(1e6 * seconds);
    }
  }
  const std::vector<double>& times(const std::string& name) { return times_[name]; }

 private:
  std::map<std::string, std::vector<double>> times_;
};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double median_ratio(const std::vector<double>& ours, const std::vector<double>& theirs) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) ratios.push_back(ours[i] / theirs[i]);
  return median(ratios);
}

std::string full_name(const Row& row, const Row::Contestant& contestant) {
  return row.name + "/" + contestant.name;
}

void run_row(const Row& row, const InterleavedOptions& options, Keeper& keeper) {
  use_threads(row.threads);
  benchmark::ClearRegisteredBenchmarks();
  for (const Row::Contestant& contestant : row.contestants) {
    benchmark::RegisterBenchmark(full_name(row, contestant).c_str(), contestant.run)
        ->UseRealTime()
        ->MinWarmUpTime(options.seconds / 5)
        ->MinTime(options.seconds);
  }
  for (int round = 0; round < options.rounds; ++round) benchmark::RunSpecifiedBenchmarks(&keeper, ".");
}

void print_row(const Row& row, Keeper& keeper) {
  const std::vector<double>& first = keeper.times(full_name(row, row.contestants.front()));
  std::printf("%-32s", row.name.c_str());
  for (const Row::Contestant& contestant : row.contestants) {
    const std::vector<double>& times = keeper.times(full_name(row, contestant));
    std::printf("  %s %.1f us", contestant.name.c_str(), median(times));
    if (&contestant != &row.contestants.front()) std::printf(" (ratio %.3f)", median_ratio(first, times));
  }
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

void run_interleaved(const std::vector<Row>& rows, const InterleavedOptions& options) {
  print_machine();
  const std::string spec = benchmark::GetBenchmarkFilter();
  const std::regex filter(spec.empty() || spec == "all" ? "." : spec);
  Keeper keeper;
  std::printf("median of %d interleaved rounds; ratios are of the first contestant to this one, round by round\n",
              options.rounds);
  for (const Row& row : rows) {
    if (!std::regex_search(row.name, filter)) continue;
    run_row(row, options, keeper);
    print_row(row, keeper);
  }
  print_machine();
}

}  // namespace xtape::benchmarks
