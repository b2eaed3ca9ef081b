#pragma once
// What one contestant did in one round.

#include <cstddef>

namespace xtape::benchmarks {

/// Seconds a step; for a whole job, one step is all of it.
struct Burst {
  double median = 0, minimum = 0, mean = 0;
  std::size_t count = 0;   ///< steps
  double peak_memory = 0;  ///< bytes; of whole jobs only
};

}  // namespace xtape::benchmarks
