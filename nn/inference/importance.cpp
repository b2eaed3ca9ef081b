#include "nn/inference/importance.hpp"

#include "autodiff/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace xtape::nn {

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

template <class T>
void ImportanceSampler::add(const Array<T>& log_weights) {
  if (log_weights.dimension() != 2 || (count_ > 0 && log_weights.shape(1) != sums_.size())) {
    throw ShapeError("[ImportanceSampler] log_weights (k, " + (count_ > 0 ? std::to_string(sums_.size()) : "batch") +
                     ") expected, got " + to_string(shape_of(log_weights)));
  }
  const std::size_t rows = log_weights.shape(0), batch = log_weights.shape(1);
  if (std::any_of(log_weights.begin(), log_weights.end(), [](T w) { return std::isnan(w) || w == T(kInfinity); })) {
    throw NumericError("[ImportanceSampler] log-weights below infinity expected, got NaN or infinity");
  }
  if (count_ == 0) sums_.assign(batch, {-kInfinity, 0, 0});
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t i = 0; i < batch; ++i) {
      const double w = double(log_weights.data()[r * batch + i]);
      if (w == -kInfinity) continue;  // a weight of 0
      Sums& s = sums_[i];
      if (w > s.largest) {
        const double shrink = std::exp(s.largest - w);  // 0 for the first
        s = {w, s.sum * shrink, s.squares * shrink * shrink};
      }
      const double relative = std::exp(w - s.largest);
      s.sum += relative;
      s.squares += relative * relative;
    }
  }
  count_ += rows;
}

std::vector<LogEvidence> ImportanceSampler::result() const {
  if (count_ == 0) throw Error("[ImportanceSampler] no weights were added");
  std::vector<LogEvidence> evidence;
  const double n = double(count_);
  for (const Sums& s : sums_) {
    // The variance of one weight, from the sample; of a single weight nothing is known.
    const double mean = s.sum / n;
    const double variance = count_ == 1 ? kInfinity : std::max(0.0, s.squares - n * mean * mean) / (n - 1);
    const bool none = s.sum == 0;
    evidence.push_back({s.largest + std::log(mean), none ? kInfinity : std::sqrt(variance / n) / mean,
                        none ? 0 : s.sum * s.sum / s.squares});
  }
  return evidence;
}

template void ImportanceSampler::add(const Array<float>&);
template void ImportanceSampler::add(const Array<double>&);

}  // namespace xtape::nn
