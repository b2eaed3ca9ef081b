#include "benchmarks/runner/measure.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "benchmarks/runner/contestants.hpp"
#include "benchmarks/runner/machine.hpp"

namespace xtape::benchmarks {
namespace {

// By how much the checks of contestants may differ, relatively; jobs draw their weights and data each for itself.
constexpr double kAgreement = 1e-3, kJobAgreement = 1e-2;
constexpr int kJobRounds = 3;
constexpr double kJobPatience = 3600;  // seconds

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string text_of(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", number);
  return text;
}

// Contestants that disagree with ours about the check do other work, and their times say nothing.
void compare_check(double check, RowResult& result, EntryResult& entry) {
  entry.check = check;
  const double ours = result.entries.front().check;
  if (std::isnan(check) || std::isnan(ours)) return;
  const double tolerance = result.row.whole_job ? kJobAgreement : kAgreement;
  if (!(std::abs(check - ours) <= tolerance * std::abs(ours))) {
    entry.problem = "computes " + text_of(check) + " where xtape computes " + text_of(ours);
  }
}

}  // namespace

Worker& Bench::worker_of(const Entry& entry, int threads) {
  const std::string& name = entry.contestant;
  if (const auto failed = failed_.find(name); failed != failed_.end()) throw ContestantError(failed->second);
  if (const auto running = workers_.find({name, threads}); running != workers_.end()) return *running->second;
  try {
    auto worker = std::make_unique<Worker>(launch_of(name, threads, options_));
    versions_[name] = worker->hello();
    return *(workers_[{name, threads}] = std::move(worker));
  } catch (const ContestantError& error) {
    failed_[name] = error.what();
    throw;
  }
}

// It is started anew for the next row.
void Bench::give_up(const Row& row, EntryResult& entry, const ContestantError& error) {
  entry.problem = error.what();
  workers_.erase({entry.entry.contestant, row.threads});
}

void Bench::prepare(const Row& row, RowResult& result) {
  for (EntryResult& entry : result.entries) {
    if (row.whole_job || !entry.problem.empty()) continue;
    try {
      compare_check(worker_of(entry.entry, row.threads).prepare(entry.entry.task), result, entry);
    } catch (const ContestantError& error) {
      give_up(row, entry, error);
    }
  }
}

void Bench::run_round(const Row& row, RowResult& result) {
  const Clock::time_point start = Clock::now();
  const double busy_before = busy_seconds(), ours_before = processor_seconds();
  for (EntryResult& entry : result.entries) {
    if (!entry.problem.empty()) continue;
    try {
      if (row.whole_job) {
        run_job(row.threads, result, entry);
      } else {
        entry.bursts.push_back(worker_of(entry.entry, row.threads).run(entry.entry.task, options_.seconds));
      }
    } catch (const ContestantError& error) {
      give_up(row, entry, error);
    }
  }
  const double others = busy_seconds() - busy_before - (processor_seconds() - ours_before);
  result.others.push_back(others / seconds_since(start));
}

void Bench::run_job(int threads, RowResult& result, EntryResult& entry) {
  Launch launch = launch_of(entry.entry.contestant, threads, options_);
  launch.command.push_back(entry.entry.task);
  const Clock::time_point start = Clock::now();
  Process process(launch);
  const std::string loss = process.read_line(kJobPatience);
  const Process::End end = process.wait();
  Burst burst;
  burst.median = burst.minimum = burst.mean = seconds_since(start);
  burst.count = 1;
  burst.peak_memory = end.peak_memory;
  ended_ += end.processor_seconds;
  if (!end.succeeded) throw ContestantError("ended with a failure");
  entry.bursts.push_back(burst);
  compare_check(std::strtod(loss.c_str(), nullptr), result, entry);
}

double Bench::processor_seconds() const {
  double sum = ended_ + processor_seconds_of(getpid());
  for (const auto& [name, worker] : workers_) sum += worker->processor_seconds();
  return competitor_ == nullptr ? sum : sum + competitor_->processor_seconds();
}

RowResult Bench::run(const Row& row) {
  RowResult result(row);
  std::erase_if(workers_, [&](const auto& worker) { return worker.first.second != row.threads; });
  prepare(row, result);
  if (row.competitor) competitor_ = std::make_unique<Competitor>(launch_of("xtape", row.threads, options_).cores);
  const int rounds = row.whole_job ? std::min(kJobRounds, (options_.rounds + 2) / 3) : options_.rounds;
  const Clock::time_point start = Clock::now();
  for (int round = 0; round < rounds && seconds_since(start) < row.most_seconds; ++round) run_round(row, result);
  competitor_.reset();
  std::erase_if(workers_, [](const auto& worker) {
    try {
      worker.second->forget();
      return false;
    } catch (const ContestantError&) {
      return true;
    }
  });
  return result;
}

}  // namespace xtape::benchmarks
