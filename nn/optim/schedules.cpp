#include "nn/optim/schedules.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/text.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <string>
#include <utility>

namespace xtape::nn {

namespace {

void check_rates(const char* schedule, std::initializer_list<double> rates) {
  for (const double rate : rates) {
    if (rate >= 0 && std::isfinite(rate)) continue;
    throw Error(text::bracketed(schedule) + "rates and factors of 0 or more expected, got " + text::number(rate));
  }
}

void check_length(const char* schedule, std::uint64_t steps) {
  if (steps == 0) throw Error(text::bracketed(schedule) + "1 step or more expected, got 0");
}

void check_not_over(const char* schedule, std::uint64_t step, std::uint64_t steps) {
  if (step <= steps) return;
  throw Error(text::bracketed(schedule) + "a step of at most " + std::to_string(steps) + " expected, got " +
              std::to_string(step) + ": the schedule is over; make it as long as the training");
}

// From a to b along half a wave of the cosine.
double half_wave(double a, double b, double part) {
  return b + (a - b) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

}  // namespace

Schedule constant_rate(double rate) {
  check_rates("constant_rate", {rate});
  return [rate](std::uint64_t) { return rate; };
}

Schedule step_decay(double rate, std::uint64_t every, double factor) {
  check_rates("step_decay", {rate, factor});
  check_length("step_decay", every);
  return [=](std::uint64_t step) { return rate * std::pow(factor, double(step / every)); };
}

Schedule multi_step(double rate, std::vector<std::uint64_t> milestones, double factor) {
  check_rates("multi_step", {rate, factor});
  if (std::adjacent_find(milestones.begin(), milestones.end(), std::greater_equal<>()) != milestones.end()) {
    throw Error("[multi_step] milestones that increase expected");
  }
  return [rate, factor, milestones = std::move(milestones)](std::uint64_t step) {
    const auto passed = std::upper_bound(milestones.begin(), milestones.end(), step) - milestones.begin();
    return rate * std::pow(factor, double(passed));
  };
}

Schedule exponential_decay(double rate, double factor) {
  check_rates("exponential_decay", {rate, factor});
  return [=](std::uint64_t step) { return rate * std::pow(factor, double(step)); };
}

Schedule cosine(double rate, std::uint64_t steps, double least) {
  check_rates("cosine", {rate, least});
  check_length("cosine", steps);
  return [=](std::uint64_t step) {
    check_not_over("cosine", step, steps);
    return half_wave(rate, least, double(step) / double(steps));
  };
}

Schedule warm_up(std::uint64_t steps, Schedule after) {
  check_length("warm_up", steps);
  if (!after) throw Error("[warm_up] a schedule to go on with expected, got an empty function");
  return [steps, after = std::move(after)](std::uint64_t step) {
    return step < steps ? after(0) * double(step + 1) / double(steps) : after(step - steps);
  };
}

Schedule one_cycle(double most, std::uint64_t steps, const OneCycleOptions& options) {
  check_rates("one_cycle", {most});
  check_length("one_cycle", steps);
  const double top = options.rise * double(steps) - 1, last = double(steps) - 1;  // as PyTorch counts
  if (!(options.rise < 1) || !(top > 0) || !(options.start_divisor > 0) || !(options.end_divisor > 0)) {
    throw Error("[one_cycle] a rise below 1 and of more than one step, and divisors above 0 expected, got " +
                text::number(options.rise) + " of " + std::to_string(steps) + " steps, " +
                text::number(options.start_divisor) + ", " + text::number(options.end_divisor));
  }
  const double first = most / options.start_divisor, least = first / options.end_divisor;
  return [=](std::uint64_t step) {
    check_not_over("one_cycle", step, steps);
    const double t = std::min(double(step), last);
    return t <= top ? half_wave(first, most, t / top) : half_wave(most, least, (t - top) / (last - top));
  };
}

ReduceOnPlateau::ReduceOnPlateau(double rate, const PlateauOptions& options) : options_(options) {
  check_rates("ReduceOnPlateau", {rate, options.least});
  if (!(options.factor >= 0 && options.factor < 1) || !(options.threshold >= 0 && options.threshold < 1)) {
    throw Error("[ReduceOnPlateau] factor and threshold in [0, 1) expected, got " + text::number(options.factor) +
                ", " + text::number(options.threshold));
  }
  state_.rate = rate;
}

double ReduceOnPlateau::operator()(double loss) {
  PlateauState& s = state_;
  const bool first = s.best == std::numeric_limits<double>::infinity();
  if (loss < (first ? s.best : s.best - options_.threshold * std::abs(s.best))) {
    s.best = loss;
    s.bad = 0;
  } else {
    ++s.bad;
  }
  if (s.cooling > 0) {
    --s.cooling;
    s.bad = 0;
  }
  if (s.bad > options_.patience) {
    s.rate = std::max(s.rate * options_.factor, std::min(s.rate, options_.least));
    s.bad = 0;
    s.cooling = options_.cooldown;
  }
  return s.rate;
}

}  // namespace xtape::nn
