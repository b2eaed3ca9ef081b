#pragma once
// The inverse of the standard normal distribution's cumulative distribution function.

namespace programs {

/// The number below which a draw from N(0, 1) falls with this probability, to about seven digits: 0.975 -> 1.959964.
/// Throws std::invalid_argument for a probability outside (0, 1).
double normal_quantile(double probability);

}  // namespace programs
