#pragma once
// Runs the contestants of a row in turn: A B C, A B C, ...

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/runner/options.hpp"
#include "benchmarks/runner/process.hpp"
#include "benchmarks/runner/results.hpp"
#include "benchmarks/runner/rows.hpp"

namespace xtape::benchmarks {

class Bench {
 public:
  explicit Bench(const Options& options) : options_(options) {}

  RowResult run(const Row& row);

  /// What each worker said of its versions, by contestant.
  const std::map<std::string, std::string>& versions() const { return versions_; }

 private:
  Worker& worker_of(const Entry& entry, int threads);
  void give_up(const Row& row, EntryResult& entry, const ContestantError& error);
  void prepare(const Row& row, RowResult& result);
  void run_round(const Row& row, RowResult& result);
  void run_job(int threads, RowResult& result, EntryResult& entry);
  double processor_seconds() const;  // of all that the runner started, and itself

  const Options& options_;
  std::map<std::pair<std::string, int>, std::unique_ptr<Worker>> workers_;
  std::map<std::string, std::string> failed_;  // contestants that do not start, and why
  std::map<std::string, std::string> versions_;
  std::unique_ptr<Competitor> competitor_;
  double ended_ = 0;  // processor seconds of processes that have ended
};

}  // namespace xtape::benchmarks
