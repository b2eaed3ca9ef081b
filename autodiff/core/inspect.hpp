#pragma once
// What a tape holds and what it cost, as a table and as a drawing.

#include "autodiff/core/record.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace xtape {

/// The operations of a tape by name, the most expensive first: by time where it was measured, else by bytes.
struct TapeSummary {
  struct Row {
    std::string operation;
    std::size_t calls = 0;
    std::size_t saved_bytes = 0;  ///< of elements kept for the sweep; a buffer counts once, where it was saved first
    double forward_seconds = 0;   ///< 0 unless the tape was made with `{.profile = true}`
    double backward_seconds = 0;  ///< of first-order sweeps
  };

  std::vector<Row> rows;
  Row total;
  bool timed = false;

  /// The rows and their total as a table, one line each.
  std::string to_string() const;
  friend std::ostream& operator<<(std::ostream& out, const TapeSummary& summary);
};

/// What `Tape::summary` gives.
template <class T>
TapeSummary summarize(const Record<T>& record);

/// Writes down the bytes that every node saves now, before a sweep frees them, in the record's profile.
template <class T>
void note_saved_bytes(const Record<T>& record);

/// What `to_dot(tape)` gives.
template <class T>
std::string to_dot(const Record<T>& record);

extern template TapeSummary summarize(const Record<float>&);
extern template TapeSummary summarize(const Record<double>&);
extern template void note_saved_bytes(const Record<float>&);
extern template void note_saved_bytes(const Record<double>&);
extern template std::string to_dot(const Record<float>&);
extern template std::string to_dot(const Record<double>&);

}  // namespace xtape
