#pragma once
// Which rows of a benchmark are slower in one program than in another, on a machine that is never quite quiet.

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace xtape::benchmarks {

/// The two programs.
enum class Side { kA, kB };

/// Runs a row for a moment. Gives the seconds of an iteration.
using MeasureRow = std::function<double(Side, const std::string& row)>;

inline constexpr double kSlower = 1.05;       ///< a row is named above this ratio of B's time to A's
inline constexpr double kSuspect = 1.03;      ///< and measured again above this one
inline constexpr double kAgreement = 5 / 6.;  ///< of its pairs, so many at least must say that B is slower
inline constexpr int kConfirmations = 3;

/// What the pairs of a row gave.
struct ComparedRow {
  std::string name;
  std::vector<double> a = {}, b = {};  ///< seconds, pair by pair, of the row's last measurement
  int measurements = 0;
  bool slower = false;

  double ratio() const;  ///< the median of b / a
  bool looks_slower() const;
  /// Whether the times scatter too much to tell.
  bool unclear() const { return !slower && ratio() > kSlower; }
};

/// Measures every row in `rounds` pairs, which take turns in their order: A B, B A, ... A round goes through all rows,
/// so that what disturbs the machine for a while disturbs one pair of many rows and not many pairs of one.
///
/// With hundreds of rows some look slower by chance. So a row above kSuspect is measured again from the beginning in
/// twice as many pairs, three times, as long as each time the median is above kSlower and the pairs agree; a row that
/// is left then is slower. So it is judged by times that it was not picked for: where nothing but chance decides which
/// of a pair takes longer, 10 of 12 pairs agree three times in a row for one row in 100,000. `progress` gets a line a
/// round.
std::vector<ComparedRow> compare_rows(const std::vector<std::string>& rows, int rounds, const MeasureRow& measure,
                                      std::ostream& progress);

}  // namespace xtape::benchmarks
