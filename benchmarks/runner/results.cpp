#include "benchmarks/runner/results.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <regex>

#include "benchmarks/runner/statistics.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::size_t kFewestRounds = 3;

std::vector<double> collect(const RowResult& row, std::size_t index, double Burst::*member) {
  std::vector<double> values;
  if (!row.entries[index].problem.empty()) return values;
  for (const std::size_t round : row.used_rounds()) values.push_back(row.entries[index].bursts[round].*member);
  return values;
}

// Whether a goal's `versus` means this entry.
bool is_meant(const Entry& entry, const Row& row, const std::string& versus) {
  return versus.empty() ? entry.contestant != row.entries.front().contestant : entry.label.rfind(versus, 0) == 0;
}

// The value that the goal bounds, in this row.
double value_in(const Goal& goal, const RowResult& row, const std::vector<RowResult>& all) {
  using Measure = Goal::Measure;
  const Work& work = row.row.entries.front().work;
  if (goal.measure == Measure::kNanoseconds) return 1e9 * row.time(0) / work.amount;
  if (goal.measure == Measure::kIdleTime) {
    for (const RowResult& other : all) {
      const bool same = other.row.threads == row.row.threads && other.row.name.rfind(goal.versus, 0) == 0;
      if (same) return row.time(0) / other.time(0);
    }
    return kNotMeasured;
  }
  for (const Entry& entry : row.row.entries) {  // the best of an incomplete field says nothing
    if (!entry.left_out.empty() && is_meant(entry, row.row, goal.versus)) return kNotMeasured;
  }
  const std::optional<std::size_t> best = row.best(goal.versus);
  if (!best) return kNotMeasured;
  if (goal.measure == Measure::kMemory) return row.peak_memory(0) / row.peak_memory(*best);
  if (goal.measure == Measure::kTime) return row.ratio(*best);
  return work.amount / row.row.entries[*best].work.amount / row.ratio(*best);  // of bytes per second
}

}  // namespace

RowResult::RowResult(const Row& of) : row(of) {
  for (const Entry& entry : of.entries) entries.push_back({entry, entry.left_out, kNotMeasured, {}});
}

std::vector<std::size_t> RowResult::used_rounds() const {
  std::vector<std::size_t> all, undisturbed;
  for (std::size_t round = 0; round < others.size(); ++round) {
    all.push_back(round);
    if (others[round] <= kDisturbance) undisturbed.push_back(round);
  }
  const bool enough = undisturbed.size() >= std::max(std::min(kFewestRounds, all.size()), all.size() / 2);
  return enough ? undisturbed : all;
}

std::size_t RowResult::disturbed_rounds() const {
  return std::size_t(std::count_if(others.begin(), others.end(), [](double cores) { return cores > kDisturbance; }));
}

double RowResult::time(std::size_t index) const {
  return median(collect(*this, index, &Burst::median));
}
double RowResult::mean(std::size_t index) const {
  return median(collect(*this, index, &Burst::mean));
}
double RowResult::peak_memory(std::size_t index) const {
  return median(collect(*this, index, &Burst::peak_memory));
}
double RowResult::minimum(std::size_t index) const {
  const std::vector<double> values = collect(*this, index, &Burst::minimum);
  return values.empty() ? kNotMeasured : *std::min_element(values.begin(), values.end());
}

double RowResult::ratio(std::size_t index) const {
  const std::vector<double> ours = collect(*this, 0, &Burst::median), theirs = collect(*this, index, &Burst::median);
  return ours.empty() || theirs.empty() ? kNotMeasured : median_ratio(ours, theirs);
}

std::optional<std::size_t> RowResult::best(const std::string& label) const {
  std::optional<std::size_t> found;
  for (std::size_t index = 1; index < entries.size(); ++index) {
    const bool eligible = entries[index].problem.empty() && is_meant(entries[index].entry, row, label);
    if (eligible && (!found || time(index) < time(*found))) found = index;
  }
  return found;
}

bool Verdict::met() const {
  if (!measured()) return false;
  if (goal->measure == Goal::Measure::kBandwidthShare) return worst >= goal->each;
  return worst <= goal->each && (!goal->mean || mean <= *goal->mean);
}

std::vector<Verdict> judge(const std::vector<Goal>& goals, const std::vector<RowResult>& rows) {
  std::vector<Verdict> verdicts;
  for (const Goal& goal : goals) {
    Verdict verdict{&goal};
    const std::regex wanted(goal.rows);
    std::vector<double> values;
    for (const RowResult& row : rows) {
      if (!std::regex_search(row.row.name, wanted)) continue;
      ++verdict.rows;
      const double value = value_in(goal, row, rows);
      if (std::isnan(value)) continue;
      verdict.values.push_back({row.row.name, value});
      values.push_back(value);
    }
    if (!values.empty()) {
      const bool at_least = goal.measure == Goal::Measure::kBandwidthShare;
      verdict.worst =
          at_least ? *std::min_element(values.begin(), values.end()) : *std::max_element(values.begin(), values.end());
      verdict.mean = geometric_mean(values);
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace xtape::benchmarks
