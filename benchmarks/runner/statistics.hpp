#pragma once
// The few statistics that a comparison needs.

#include <vector>

namespace xtape::benchmarks {

/// The middle value, or the mean of the two in the middle; NaN of nothing.
double median(std::vector<double> values);

/// The median of numerators[i] / denominators[i]: what lies next to each other in time is compared, so that what
/// disturbs a machine for a while disturbs both. Of equal sizes.
double median_ratio(const std::vector<double>& numerators, const std::vector<double>& denominators);

/// exp(mean of the logarithms); NaN of nothing.
double geometric_mean(const std::vector<double>& values);

}  // namespace xtape::benchmarks
