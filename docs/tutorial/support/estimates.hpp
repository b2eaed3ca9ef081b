#pragma once
// Mean and variance of what was estimated many times.

#include "autodiff/autodiff.hpp"

#include <algorithm>
#include <cmath>

namespace tutorial {

/// Repetitions of an estimate of one number or of many, as a gradient.
class Estimates {
 public:
  /// (repetitions, numbers...), of the same numbers each time.
  void add(const xtape::Var<double>& rows) {
    sum_ = sum_ + xtape::sum(rows, 0);
    squares_ = squares_ + xtape::sum(xtape::square(rows), 0);
    n_ += double(rows.shape(0));
  }

  double mean() const { return xtape::sum(sum_).item() / n_; }  ///< summed over the numbers
  /// tr Cov, the variance summed over the numbers.
  double variance() const { return xtape::sum(squares_ - xtape::square(sum_) / n_).item() / (n_ - 1); }
  double error() const { return std::sqrt(variance() / n_); }  ///< of the mean of one number
  /// |E g| / √(tr Cov g). The squared length of a mean of n is too large by tr Cov / n, which is taken off.
  double signal_to_noise() const {
    const double squared = xtape::sum(xtape::square(sum_ / n_)).item() - variance() / n_;
    return std::sqrt(std::max(squared, 0.0) / variance());
  }

 private:
  xtape::Var<double> sum_ = 0.0, squares_ = 0.0;
  double n_ = 0;
};

}  // namespace tutorial
