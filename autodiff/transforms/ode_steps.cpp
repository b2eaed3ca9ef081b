#include "autodiff/transforms/ode_steps.hpp"

#include "autodiff/core/apply.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

namespace xtape::detail {

template <class T>
Var<T> slope_at(const OdeFunction<T>& f, const Var<T>& y, double t, const VarList<T>& theta) {
  Var<T> slope = f(y, T(t), theta);
  if (slope.shape() == y.shape()) return slope;
  throw ShapeError("[odeint] the function must give the shape of y, " + to_string(y.shape()) + ", got shape " +
                   to_string(slope.shape()));
}

namespace {

template <class T>
double relative(const OdeOptions& options) {
  return options.relative_tolerance > 0 ? options.relative_tolerance : std::same_as<T, float> ? 1e-5 : 1e-8;
}
template <class T>
double absolute(const OdeOptions& options) {
  return options.absolute_tolerance > 0 ? options.absolute_tolerance : std::same_as<T, float> ? 1e-5 : 1e-8;
}

// y + Σ weight[i] k[i], which keeps nothing for the sweep.
template <std::size_t N>
struct WeightedSum : Operation<"weighted_sum"> {
  std::array<double, N> weight;

  auto eval(const auto& y, const auto&... k) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return y + ((weight[I] * k) + ...);
    }
    (std::make_index_sequence<N>{});
  }
  auto vjp(const auto& g, const auto&...) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array{g, weight[I] * g...};
    }
    (std::make_index_sequence<N>{});
  }
};

// y + h Σ c[i] k[i].
template <class T, std::size_t N>
Var<T> advanced(const Var<T>& y, double h, std::array<double, N> c, const VarList<T>& k) {
  for (double& weight : c) weight *= h;
  return [&]<std::size_t... I>(std::index_sequence<I...>)->Var<T> {
    return xtape::apply(WeightedSum<N>{{}, c}, y, k[I]...);
  }
  (std::make_index_sequence<N>{});
}

template <class T>
Var<T> runge_kutta_4(const OdeFunction<T>& f, Var<T> y, double t0, double t1, const VarList<T>& theta,
                     std::size_t steps) {
  const double h = (t1 - t0) / double(steps);
  for (std::size_t s = 0; s < steps; ++s) {
    const double t = t0 + h * double(s);
    VarList<T> k;
    k.reserve(4);
    k.push_back(slope_at(f, y, t, theta));
    k.push_back(slope_at(f, advanced<T, 1>(y, h, {0.5}, k), t + h / 2, theta));
    k.push_back(slope_at(f, advanced<T, 2>(y, h, {0, 0.5}, k), t + h / 2, theta));
    k.push_back(slope_at(f, advanced<T, 3>(y, h, {0, 0, 1}, k), t + h, theta));
    y = advanced<T, 4>(y, h, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}, k);
  }
  const T* const values = y.shared()->data();
  if (std::all_of(values, values + y.size(), [](T v) { return std::isfinite(v); })) return y;
  throw NumericError("[odeint] the solution is not finite at t = " + text::number(t1));
}

// √ of the mean of (error / (absolute + relative |y|))², the larger of both |y|.
template <class T>
double error_norm(const Array<T>& error, const Array<T>& before, const Array<T>& after, const OdeOptions& options) {
  double sum = 0;
  for (std::size_t i = 0; i < error.size(); ++i) {
    const double size = std::max(std::abs(double(before.data()[i])), std::abs(double(after.data()[i])));
    const double share = double(error.data()[i]) / (absolute<T>(options) + relative<T>(options) * size);
    sum += share * share;
  }
  return error.size() == 0 ? 0 : std::sqrt(sum / double(error.size()));
}

// II.4 of the book, for a method of order 5; in units of the interval, `span`, so that it holds on any scale of time.
template <class T>
double first_step(const OdeFunction<T>& f, const Var<T>& y, const Var<T>& slope, double t, double span,
                  const VarList<T>& theta, const OdeOptions& options) {
  const double length = std::abs(span);
  const Array<T>& y0 = y.value();
  const double d0 = error_norm<T>(y0, y0, y0, options), d1 = error_norm<T>(slope.value(), y0, y0, options) * length;
  const double guess = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : std::min(1.0, 0.01 * d0 / d1);
  const Var<T> next = advanced<T, 1>(y.constant(), span * guess, {1}, {slope.constant()});
  VarList<T> constants;
  for (const Var<T>& p : theta) constants.push_back(p.constant());
  const Array<T> turned(slope_at(f, next, t + span * guess, constants).value() - slope.value());
  const double d2 = error_norm<T>(turned, y0, y0, options) * length / guess;
  const double largest = std::max(d1, d2);
  return length *
         std::min(100 * guess, largest <= 1e-15 ? std::max(1e-6, guess * 1e-3) : std::pow(0.01 / largest, 0.2));
}

// One step of size h of Dormand and Prince's pair from y at t, where k[0] is the slope; k[6] gets that at its end.
template <class T>
Var<T> dormand_prince_step(const OdeFunction<T>& f, const Var<T>& y, double t, double h, const VarList<T>& theta,
                           VarList<T>& k) {
  k.resize(1);
  const auto slope_after = [&](double share, const Var<T>& at) { k.push_back(slope_at(f, at, t + share * h, theta)); };
  slope_after(1.0 / 5, advanced<T, 1>(y, h, {1.0 / 5}, k));
  slope_after(3.0 / 10, advanced<T, 2>(y, h, {3.0 / 40, 9.0 / 40}, k));
  slope_after(4.0 / 5, advanced<T, 3>(y, h, {44.0 / 45, -56.0 / 15, 32.0 / 9}, k));
  slope_after(8.0 / 9, advanced<T, 4>(y, h, {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729}, k));
  slope_after(1, advanced<T, 5>(y, h, {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656}, k));
  Var<T> next = advanced<T, 6>(y, h, {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}, k);
  slope_after(1, next);
  return next;
}

// The norm of the difference between the pair's two results of such a step from y to `next`.
template <class T>
double step_error(const VarList<T>& k, double h, const Var<T>& y, const Var<T>& next, const OdeOptions& options) {
  constexpr std::array<double, 7> kWeight{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                          -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
  Array<T> error = zeros<T>(y.shape());
  for (std::size_t i = 0; i < kWeight.size(); ++i) {
    const T* const slope = k[i].shared()->data();
    for (std::size_t j = 0; j < error.size(); ++j) error.data()[j] += T(h * kWeight[i] * double(slope[j]));
  }
  return error_norm<T>(error, y.value(), next.value(), options);
}

// A solution on its way: what its steps have in common, and hand on to the next.
template <class T>
struct Course {
  OdeFunction<T> f;
  OdeOptions options;
  double size = 0;  // of the next step
  double last_error = 1e-4;
};

// One of its steps from t, and at most to `end`: whoever takes it again takes the same.
struct Step {
  double t, end;
  std::size_t before = 0;  // steps that were tried since the last time that was asked for
  double h = 0;            // 0: not taken yet
};

// Finds how large a step from y keeps the error below the tolerances, and takes it.
template <class T>
Var<T> find_step(Course<T>& course, Step& step, const Var<T>& y, const VarList<T>& theta, VarList<T>& k) {
  const double left = step.end - step.t, smallest = 1e-15 * std::max(std::abs(step.t), std::abs(step.end));
  const std::size_t most = course.options.max_steps;
  for (double growth = 10;; growth = 1) {
    if (step.before == most || !(course.size > smallest)) {
      throw NumericError("[odeint] " +
                         (step.before == most ? "more than " + std::to_string(most) + " steps are needed"
                                              : std::string("the steps became too small")) +
                         " at t = " + text::number(step.t) + ", of " + text::number(course.size) +
                         "; is the equation stiff, or its solution infinite there?");
    }
    ++step.before;
    const double size = std::min(course.size, std::abs(left));
    double h = std::copysign(size, left);
    if (step.t + h == step.end) h = left;
    Var<T> next = dormand_prince_step<T>(course.f, y, step.t, h, theta, k);
    const double error = step_error<T>(k, h, y, next, course.options);
    if (error <= 1) {
      const double factor = 0.9 * std::pow(std::max(error, 1e-10), -0.17) * std::pow(course.last_error, 0.04);
      const double grown = size * std::clamp(factor, 0.2, growth);
      course.size = h == left && growth > 1 ? std::max(course.size, grown) : grown;  // the end may have cut it short
      course.last_error = std::max(error, 1e-4);
      step.h = h;
      return next;
    }
    course.size = size * (std::isfinite(error) ? std::max(0.2, 0.9 * std::pow(error, -0.2)) : 0.1);
  }
}

// y and its slope to those after the step.
template <class T>
VarList<T> take_step(Course<T>& course, Step& step, const VarList<T>& from, const VarList<T>& theta) {
  VarList<T> k{from[1]};
  Var<T> next = step.h == 0 ? find_step<T>(course, step, from[0], theta, k)
                            : dormand_prince_step<T>(course.f, from[0], step.t, step.h, theta, k);
  return {std::move(next), k[6]};
}

// The solution at all times by steps that the values choose; the derivative is that of the steps that were taken. Each
// is a checkpoint: a sweep takes it once more. Steps end at the times, and are no longer than from one to the next:
// where a solution stands still the values would allow any step, and only short ones know what a parameter changes.
template <class T>
VarList<T> by_dormand_prince(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0,
                             std::span<const double> times, const VarList<T>& theta) {
  VarList<T> ys{y0};
  if (times.size() == 1) return ys;
  double t = times[0];
  VarList<T> state{y0, slope_at(f, y0, t, theta)};
  const auto course = std::make_shared<Course<T>>(Course<T>{f, options});
  course->size = first_step<T>(f, y0, state[1], t, times[1] - t, theta, options);
  for (std::size_t i = 1; i < times.size(); ++i) {
    std::size_t tried = 0;
    while (t != times[i]) {
      const auto step = std::make_shared<Step>(Step{t, times[i], tried});
      const auto take = [course, step](const VarList<T>& from, const VarList<T>& p) {
        return take_step<T>(*course, *step, from, p);
      };
      state = checkpoint(take)(state, theta);
      tried = step->before;
      t = step->h == times[i] - t ? times[i] : t + step->h;
    }
    ys.push_back(state[0]);
  }
  return ys;
}

// The solution at all times by as many equal steps between two of them; each interval is a checkpoint.
template <class T>
VarList<T> by_runge_kutta_4(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0,
                            std::span<const double> times, const VarList<T>& theta) {
  VarList<T> ys{y0};
  for (std::size_t i = 1; i < times.size(); ++i) {
    const auto interval = [f, options, t0 = times[i - 1], t1 = times[i]](const Var<T>& y, const VarList<T>& p) {
      return runge_kutta_4<T>(f, y, t0, t1, p, options.steps);
    };
    ys.push_back(checkpoint(interval)(ys.back(), theta));
  }
  return ys;
}

}  // namespace

template <class T>
Var<T> by_steps(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::span<const double> times,
                const VarList<T>& theta) {
  const bool pair = options.method == OdeMethod::kDormandPrince;
  return stack(pair ? by_dormand_prince<T>(f, options, y0, times, theta)
                    : by_runge_kutta_4<T>(f, options, y0, times, theta));
}

#define XTAPE_STEPS(T)                                                                                       \
  template Var<T> slope_at(const OdeFunction<T>&, const Var<T>&, double, const VarList<T>&);                 \
  template Var<T> by_steps(const OdeFunction<T>&, const OdeOptions&, const Var<T>&, std::span<const double>, \
                           const VarList<T>&);
XTAPE_STEPS(float)
XTAPE_STEPS(double)
#undef XTAPE_STEPS

}  // namespace xtape::detail
