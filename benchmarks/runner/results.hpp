#pragma once
// What the rounds of a row gave, and what they say.

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/runner/burst.hpp"
#include "benchmarks/runner/rows.hpp"

namespace xtape::benchmarks {

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

struct EntryResult {
  Entry entry;
  std::string problem;  ///< why it did not take part to the end; empty if it did
  double check = kNotMeasured;
  std::vector<Burst> bursts;  ///< one a round
};

/// A round counts as disturbed in which other processes took more than this share of one core.
inline constexpr double kDisturbance = 0.1;

struct RowResult {
  Row row;
  std::vector<EntryResult> entries;
  std::vector<double> others;  ///< for each round, how many cores other processes kept busy

  explicit RowResult(const Row& of);

  /// The rounds that count: the undisturbed ones, or all where too few of those remain.
  std::vector<std::size_t> used_rounds() const;
  std::size_t disturbed_rounds() const;

  // Of entry `index`, over the rounds that count; NaN where it has a problem.
  double time(std::size_t index) const;         ///< the median of the medians
  double minimum(std::size_t index) const;      ///< the least of all
  double mean(std::size_t index) const;         ///< the median of the means
  double peak_memory(std::size_t index) const;  ///< the median, in bytes
  double ratio(std::size_t index) const;        ///< our time by this one's, round by round

  /// The fastest entry whose label begins like this, and that has no problem.
  std::optional<std::size_t> best(const std::string& label) const;
};

/// How a goal came out.
struct Verdict {
  struct Value {
    std::string row;
    double value;
  };
  const Goal* goal;
  std::size_t rows = 0;         ///< that it is about, of those that ran
  std::vector<Value> values{};  ///< of those where it could be measured
  double worst = kNotMeasured, mean = kNotMeasured;

  bool measured() const { return !values.empty(); }
  bool met() const;
};

std::vector<Verdict> judge(const std::vector<Goal>& goals, const std::vector<RowResult>& rows);

}  // namespace xtape::benchmarks
