#pragma once
// Contestants side by side: Google Benchmark runs them in turn (A B C A B C ...), so that what disturbs the machine
// disturbs all of them, and ratios are taken between runs that lie next to each other in time.

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

namespace xtape::benchmarks {

/// One row of the comparison: the same work done by several contestants.
struct Row {
  struct Contestant {
    std::string name;
    std::function<void(benchmark::State&)> run;
  };
  std::string name;
  int threads;
  std::vector<Contestant> contestants;  ///< ratios are taken of the first to each other one
};

struct InterleavedOptions {
  int rounds = 11;
  double seconds = 0.15;  ///< at least, for one contestant in one round
};

/// Runs the rows whose names match --benchmark_filter and prints a table: for each contestant the median time of a
/// step, and for each but the first the median over the rounds of the ratio (first / this one).
void run_interleaved(const std::vector<Row>& rows, const InterleavedOptions& options);

}  // namespace xtape::benchmarks
