#pragma once
// What is compared, and what the comparison must show.

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace xtape::benchmarks {

/// How much a step does, to print a rate.
struct Work {
  enum class Unit { kNothing, kOperations, kFlop, kBytes };
  Unit unit = Unit::kNothing;
  double amount = 0;
};

/// A contestant's part in a row.
struct Entry {
  std::string contestant;  ///< which process: see contestants.hpp
  std::string label;       ///< what the tables call it
  std::string task;        ///< what the process is asked for; the arguments of a whole job
  Work work{};
  bool quick = true;       ///< whether it takes part with --quick
  std::string left_out{};  ///< why it does not take part, if it does not
};

/// A part of a step that begins when the one before has ended.
struct Phase {
  double flop = 0, bytes = 0;
};

struct Row {
  /// What a row measures of the machine, if that is what it is for.
  enum class Peak { kNone, kFlop, kCache, kMemory };

  std::string name;
  int threads = 1;
  std::vector<Entry> entries;  ///< ours first; ratios are of it to each other one
  bool quick = true;           ///< whether --quick runs it
  bool compares = true;        ///< the same work done by different contestants: what the plot shows
  bool whole_job = false;      ///< each round is a process of its own, from its start to its end
  bool competitor = false;     ///< a busy process shares the cores
  double most_seconds = std::numeric_limits<double>::infinity();  ///< after which no further round begins
  Peak peak = Peak::kNone;
  std::vector<Phase> phases{};  ///< of a step, where they are known
};

/// All rows that these thread counts have, those of the same count together.
std::vector<Row> all_rows(const std::vector<int>& threads);

/// What an operation may take at most of the time of the faster peer without a reason.
inline constexpr double kOpBound = 1.2;

/// A bound that the results are held against.
struct Goal {
  enum class Measure {
    kTime,            ///< our time by that of `versus`
    kMemory,          ///< our peak memory by that of `versus`
    kNanoseconds,     ///< of ours for an operation
    kBandwidthShare,  ///< our bytes per second by those of `versus`: at least `each`
    kIdleTime         ///< our time by that in the row `versus`
  };
  std::string name;
  std::string rows;  ///< a regular expression
  Measure measure;
  std::string versus;            ///< the beginning of a label; of several the best counts; none: all contestants but us
  double each;                   ///< for each row
  std::optional<double> mean{};  ///< for the geometric mean of all rows
};

const std::vector<Goal>& all_goals();

}  // namespace xtape::benchmarks
