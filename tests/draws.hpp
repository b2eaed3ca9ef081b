#pragma once
// Whether draws have a distribution.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace xtape {

/// Kolmogorov and Smirnov's sqrt(n) sup |F_n - F|; above 1.95 with probability 0.001.
template <class T, class Cdf>
double kolmogorov_smirnov(std::vector<T> sample, const Cdf& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = double(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = cdf(double(sample[i]));
    distance = std::max({distance, double(i + 1) / n - f, f - double(i) / n});
  }
  return std::sqrt(n) * distance;
}

/// Pearson's chi-square of whole numbers beside their probabilities mass(0), mass(1), ..., those expected fewer than 10
/// times together; in standard deviations above its mean, nearly normal. Negative where the counts are too even.
template <class T, class Mass>
double chi_square_score(const std::vector<T>& sample, const Mass& mass) {
  const double n = double(sample.size());
  std::vector<double> seen(std::size_t(*std::max_element(sample.begin(), sample.end())) + 1);
  for (const T x : sample) ++seen[std::size_t(x)];
  double chi_square = 0, cells = 0, rest_seen = n, rest_expected = n;
  for (std::size_t k = 0; k < seen.size(); ++k) {
    const double expected = n * mass(double(k));
    if (expected < 10) continue;
    chi_square += (seen[k] - expected) * (seen[k] - expected) / expected;
    rest_seen -= seen[k];
    rest_expected -= expected;
    ++cells;
  }
  if (rest_expected >= 10) {
    chi_square += (rest_seen - rest_expected) * (rest_seen - rest_expected) / rest_expected;
    ++cells;
  }
  const double freedom = cells - 1;
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

}  // namespace xtape
