#pragma once
// The least time that the peaks of a machine allow for a piece of work: S. Williams, A. Waterman, D. Patterson,
// "Roofline: an insightful visual performance model", 2009, phase by phase.

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "benchmarks/runner/chart.hpp"
#include "benchmarks/runner/results.hpp"
#include "benchmarks/runner/rows.hpp"

namespace xtape::benchmarks {

/// The phases of a training step of the VAE: its matrix products, each of which reads its factors and writes its result
/// once, and Adam, which reads four arrays as long as all parameters and writes three.
std::vector<Phase> phases_of_vae_step(std::size_t pixels, std::size_t hidden, std::size_t latent, std::size_t batch);

/// The most that any contestant of the rows `peaks/...` did in a second, by the number of threads.
class Peaks {
 public:
  struct Rates {
    double flop = kNotMeasured;
    double cache_bytes = kNotMeasured;   ///< of as many bytes as a step of the VAE reads
    double memory_bytes = kNotMeasured;  ///< of bytes that no cache holds
  };

  /// Does nothing with other rows.
  void take(const RowResult& row);
  /// NaN where nothing was measured.
  Rates of(int threads) const;
  const std::map<int, Rates>& all() const { return rates_; }

  /// In seconds: the sum over the row's phases of the larger of flop / peak and bytes / peak; of rows without phases
  /// the work of the entry by its peak. NaN where a peak or the work is not known.
  double least_time(const Row& row, const Entry& entry) const;
  /// Of the time of an entry, the part that the peaks explain.
  double share(const RowResult& row, std::size_t index) const;

 private:
  std::map<int, Rates> rates_;
};

/// The peaks, and the rows whose least time they give.
void print_roofline(std::ostream& out, const std::vector<RowResult>& rows, const Peaks& peaks);

/// FLOP per second against FLOP per byte, of the rows that have phases.
Chart roofline_chart(const std::vector<RowResult>& rows, const Peaks& peaks);

}  // namespace xtape::benchmarks
