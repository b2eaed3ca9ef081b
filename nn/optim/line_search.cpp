#include "nn/optim/descent.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace xtape::nn::detail {

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double largest(const Vector& v) {
  double result = 0;
  for (const double x : v) result = std::max(result, std::abs(x));
  return result;
}

Vector along(const Vector& a, double factor, const Vector& b) {
  Vector result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] + factor * b[i];
  return result;
}

bool Sample::finite() const {
  return std::isfinite(value) &&
         std::all_of(gradient.begin(), gradient.end(), [](double g) { return std::isfinite(g); });
}

double noise_of(const Sample& sample) {
  return 1e-12 * std::max(std::abs(sample.value), 1.0);
}

namespace {

// A point on the line x + step direction, and the slope of the value along it.
struct Trial {
  double step = 0, slope = 0;
  Sample sample;
};

// The minimum of the cubic through two values and slopes, kept away from the ends; their middle where there is none.
double cubic_minimum(const Trial& a, const Trial& b) {
  const double low = std::min(a.step, b.step), high = std::max(a.step, b.step), margin = 0.1 * (high - low);
  const double d1 = a.slope + b.slope - 3 * (a.sample.value - b.sample.value) / (a.step - b.step);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::copysign(std::sqrt(square), b.step - a.step);
  const double step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  return std::isfinite(step) ? std::clamp(step, low + margin, high - margin) : (low + high) / 2;
}

class LineSearch {
 public:
  LineSearch(Function& function, const Sample& from, const Vector& direction, const MinimizeOptions& options)
      : function_(function), start_{0, dot(from.gradient, direction), from}, direction_(direction), options_(options) {}

  std::optional<Sample> search(double step) {
    Trial before = start_;
    for (int i = 0; i < kMostTrials; ++i) {
      Trial now = at(step);
      if (!now.sample.finite()) {
        step = before.step + (step - before.step) / 4;  // beyond where the function is defined
        continue;
      }
      if (!decreases(now) || (before.step > 0 && now.sample.value >= before.sample.value)) return zoom(before, now);
      if (flat(now)) return std::move(now.sample);
      if (now.slope >= 0) return zoom(now, before);
      step *= 2;
      before = std::move(now);
    }
    return acceptable(before);
  }

 private:
  static constexpr int kMostTrials = 40;

  Trial at(double step) {
    Trial trial{step, 0, function_(along(start_.sample.x, step, direction_))};
    trial.slope = dot(trial.sample.gradient, direction_);
    return trial;
  }
  // Near the minimum the value changes by less than its own rounding error: then the slopes decide alone (Hager and
  // Zhang 2005, the approximate Wolfe conditions).
  bool decreases(const Trial& t) const {
    if (t.sample.value <= start_.sample.value + options_.sufficient_decrease * t.step * start_.slope) return true;
    const double noise = noise_of(start_.sample);
    return t.sample.value <= start_.sample.value + noise &&
           t.slope <= (2 * options_.sufficient_decrease - 1) * start_.slope;
  }
  bool flat(const Trial& t) const { return std::abs(t.slope) <= -options_.curvature * start_.slope; }

  // `low` decreases, and has the lower value of the two; the minimum lies between them.
  std::optional<Sample> zoom(Trial low, Trial high) {
    for (int i = 0; i < kMostTrials && std::abs(high.step - low.step) > 1e-16 * std::abs(low.step); ++i) {
      Trial now = at(high.sample.finite() ? cubic_minimum(low, high) : (low.step + high.step) / 2);
      if (!now.sample.finite() || !decreases(now) || now.sample.value > low.sample.value) {
        high = std::move(now);
        continue;
      }
      if (flat(now)) return std::move(now.sample);
      if (now.slope * (high.step - low.step) >= 0) high = std::move(low);
      low = std::move(now);
    }
    return acceptable(low);
  }

  // What a search without success leaves: a lower value is still worth going to.
  std::optional<Sample> acceptable(Trial& t) const {
    if (t.step > 0 && t.sample.value < start_.sample.value) return std::move(t.sample);
    return std::nullopt;
  }

  Function& function_;
  Trial start_;
  const Vector& direction_;
  const MinimizeOptions& options_;
};

}  // namespace

std::optional<Sample> search_line(Function& function, const Sample& from, const Vector& direction, double step,
                                  const MinimizeOptions& options) {
  return LineSearch(function, from, direction, options).search(step);
}

}  // namespace xtape::nn::detail
