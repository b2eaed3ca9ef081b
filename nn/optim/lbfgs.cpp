#include "nn/optim/lbfgs.hpp"

#include "nn/optim/parameter_list.hpp"

#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>
#include <optional>
#include <string>

namespace xtape::nn {

namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double largest(const Vector& v) {
  double result = 0;
  for (const double x : v) result = std::max(result, std::abs(x));
  return result;
}

// a + factor b
Vector along(const Vector& a, double factor, const Vector& b) {
  Vector result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] + factor * b[i];
  return result;
}

// The value and the gradient at a point, all parameters as one row of numbers.
struct Sample {
  Vector x, gradient;
  double value = 0;

  bool finite() const {
    return std::isfinite(value) &&
           std::all_of(gradient.begin(), gradient.end(), [](double g) { return std::isfinite(g); });
  }
};

template <class T>
class Function {
 public:
  Function(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective)
      : parameters_(parameters), objective_(objective) {}

  Vector start() const {
    Vector x;
    for (const Parameter<T>& parameter : parameters_) {
      x.insert(x.end(), parameter.value().begin(), parameter.value().end());
    }
    return x;
  }

  void move_to(const Vector& x) const {
    std::size_t at = 0;
    for (const Parameter<T>& parameter : parameters_) {
      T* const to = parameter.mutable_data();
      for (std::size_t i = 0; i < parameter.size(); ++i) to[i] = T(x[at++]);
    }
  }

  Sample operator()(Vector x) {
    move_to(x);
    ++evaluations_;
    auto [value, gradients] = objective_();
    detail::check_fit("minimize", "gradients", parameters_, gradients);
    Sample sample{std::move(x), {}, double(value)};
    sample.gradient.reserve(sample.x.size());
    for (const Array<T>& g : gradients) sample.gradient.insert(sample.gradient.end(), g.begin(), g.end());
    return sample;
  }

  std::size_t evaluations() const { return evaluations_; }

 private:
  const std::vector<Parameter<T>>& parameters_;
  const Objective<T>& objective_;
  std::size_t evaluations_ = 0;
};

// The steps s and changes of the gradient y that approximate the inverse of the second derivatives.
class History {
 public:
  explicit History(std::size_t most) : most_(most) {}

  void add(const Sample& from, const Sample& to) {
    Pair pair{along(to.x, -1, from.x), along(to.gradient, -1, from.gradient), 0};
    const double curvature = dot(pair.s, pair.y);
    if (!(curvature > std::numeric_limits<double>::epsilon() * dot(pair.y, pair.y))) return;  // says nothing
    pair.rho = 1 / curvature;
    if (pairs_.size() == most_) pairs_.pop_front();
    pairs_.push_back(std::move(pair));
  }
  bool empty() const { return pairs_.empty(); }
  void clear() { pairs_.clear(); }

  // -H g, by the two loops of algorithm 7.4.
  Vector direction(const Vector& gradient) const {
    Vector q = along(Vector(gradient.size(), 0.0), -1, gradient);
    Vector alpha(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].rho * dot(pairs_[i].s, q);
      q = along(q, -alpha[i], pairs_[i].y);
    }
    if (!empty()) {
      const Pair& last = pairs_.back();
      const double scale = 1 / (last.rho * dot(last.y, last.y));
      for (double& x : q) x *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].rho * dot(pairs_[i].y, q);
      q = along(q, alpha[i] - beta, pairs_[i].s);
    }
    return q;
  }

 private:
  struct Pair {
    Vector s, y;
    double rho;
  };
  std::size_t most_;
  std::deque<Pair> pairs_;
};

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

// A step that meets the strong Wolfe conditions; none if rounding, or a function that is not smooth, leaves none.
template <class T>
class LineSearch {
 public:
  LineSearch(Function<T>& function, const Sample& from, const Vector& direction, const LbfgsOptions& options)
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
    const double noise = 1e-14 * std::max(std::abs(start_.sample.value), 1.0);
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

  Function<T>& function_;
  Trial start_;
  const Vector& direction_;
  const LbfgsOptions& options_;
};

void check(const LbfgsOptions& o) {
  if (o.history > 0 && o.gradient_tolerance >= 0 && o.change_tolerance >= 0 && o.sufficient_decrease > 0 &&
      o.sufficient_decrease < o.curvature && o.curvature < 1) {
    return;
  }
  throw Error("[minimize] history > 0, tolerances >= 0 and 0 < sufficient_decrease < curvature < 1 expected, got " +
              std::to_string(o.history) + ", " + text::number(o.gradient_tolerance) + ", " +
              text::number(o.change_tolerance) + ", " + text::number(o.sufficient_decrease) + ", " +
              text::number(o.curvature));
}

}  // namespace

template <class T>
LbfgsResult minimize(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective,
                     const LbfgsOptions& options) {
  check(options);
  detail::check_list("minimize", parameters);
  Function<T> function(parameters, objective);
  Sample now = function(function.start());
  if (!now.finite()) throw NumericError("[minimize] the function or its gradient is not finite at the start");
  LbfgsResult result;
  History history(options.history);
  while (true) {
    if (largest(now.gradient) <= options.gradient_tolerance) {
      result.end = LbfgsEnd::kGradient;
      break;
    }
    if (result.iterations == options.max_iterations) break;
    ++result.iterations;
    Vector direction = history.direction(now.gradient);
    if (!(dot(direction, now.gradient) < 0)) {  // lost to rounding
      history.clear();
      direction = history.direction(now.gradient);
    }
    const double step = history.empty() ? std::min(1.0, 1 / largest(now.gradient)) : 1;
    std::optional<Sample> next = LineSearch<T>(function, now, direction, options).search(step);
    if (!next && !history.empty()) {  // once more along the gradient
      history.clear();
      continue;
    }
    if (!next) {
      result.end = LbfgsEnd::kLineSearch;
      break;
    }
    const double change = now.value - next->value;
    history.add(now, *next);
    now = *std::move(next);
    if (change <= options.change_tolerance * std::max(std::abs(now.value), 1.0) && options.change_tolerance > 0) {
      result.end = LbfgsEnd::kChange;
      break;
    }
  }
  function.move_to(now.x);
  result.value = now.value;
  result.gradient = largest(now.gradient);
  result.evaluations = function.evaluations();
  return result;
}

template LbfgsResult minimize<float>(const std::vector<Parameter<float>>&, const Objective<float>&,
                                     const LbfgsOptions&);
template LbfgsResult minimize<double>(const std::vector<Parameter<double>>&, const Objective<double>&,
                                      const LbfgsOptions&);

}  // namespace xtape::nn
