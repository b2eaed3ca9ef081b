#include "autodiff/transforms/odeint.hpp"

#include "autodiff/core/apply.hpp"
#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/checkpoint.hpp"
#include "autodiff/transforms/custom.hpp"
#include "autodiff/transforms/grad.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace xtape::detail {

namespace {

template <class T>
double relative(const OdeOptions& options) {
  return options.relative_tolerance > 0 ? options.relative_tolerance : std::same_as<T, float> ? 1e-5 : 1e-8;
}
template <class T>
double absolute(const OdeOptions& options) {
  return options.absolute_tolerance > 0 ? options.absolute_tolerance : std::same_as<T, float> ? 1e-5 : 1e-8;
}

template <class T>
Var<T> slope_at(const OdeFunction<T>& f, const Var<T>& y, double t, const VarList<T>& theta) {
  Var<T> slope = f(y, T(t), theta);
  if (slope.shape() == y.shape()) return slope;
  throw ShapeError("[odeint] the function must give the shape of y, " + to_string(y.shape()) + ", got shape " +
                   to_string(slope.shape()));
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
  return y;
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

// The pair of Dormand and Prince, its steps chosen by the values; the derivative is that of the steps that were taken.
template <class T>
Var<T> dormand_prince(const OdeFunction<T>& f, Var<T> y, double t, double t1, const VarList<T>& theta,
                      const OdeOptions& options) {
  const double direction = t1 < t ? -1 : 1, largest_time = std::max(std::abs(t), std::abs(t1));
  VarList<T> k{slope_at(f, y, t, theta)};
  double h = std::min(first_step<T>(f, y, k[0], t, t1 - t, theta, options), std::abs(t1 - t)), last_error = 1e-4;
  bool rejected = false;
  for (std::size_t step = 0; std::abs(t1 - t) > 0; ++step) {
    if (step == options.max_steps || !(h > 1e-15 * largest_time)) {
      throw NumericError("[odeint] " +
                         (step == options.max_steps ? "more than " + std::to_string(step) + " steps are needed"
                                                    : std::string("the steps became too small")) +
                         " at t = " + text::number(t) + ", of " + text::number(h) +
                         "; is the equation stiff, or its solution infinite there?");
    }
    const bool last = h >= std::abs(t1 - t);
    const double s = direction * std::min(h, std::abs(t1 - t));
    k.resize(1);
    k.push_back(slope_at(f, advanced<T, 1>(y, s, {1.0 / 5}, k), t + s / 5, theta));
    k.push_back(slope_at(f, advanced<T, 2>(y, s, {3.0 / 40, 9.0 / 40}, k), t + s * 3 / 10, theta));
    k.push_back(slope_at(f, advanced<T, 3>(y, s, {44.0 / 45, -56.0 / 15, 32.0 / 9}, k), t + s * 4 / 5, theta));
    k.push_back(slope_at(f, advanced<T, 4>(y, s, {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729}, k),
                         t + s * 8 / 9, theta));
    k.push_back(
        slope_at(f, advanced<T, 5>(y, s, {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656}, k),
                 t + s, theta));
    Var<T> next = advanced<T, 6>(y, s, {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}, k);
    k.push_back(slope_at(f, next, t + s, theta));
    constexpr std::array<double, 7> kError{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                           -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    Array<T> error = zeros<T>(y.shape());
    for (std::size_t i = 0; i < kError.size(); ++i) {
      for (std::size_t j = 0; j < error.size(); ++j)
        error.data()[j] += T(s * kError[i] * double(k[i].value().data()[j]));
    }
    const double size = error_norm<T>(error, y.value(), next.value(), options);
    if (!std::isfinite(size)) {
      h *= 0.1;
      rejected = true;
      continue;
    }
    if (size <= 1) {
      t = last ? t1 : t + s;
      y = std::move(next);
      k[0] = k[6];
      const double factor = 0.9 * std::pow(std::max(size, 1e-10), -0.17) * std::pow(last_error, 0.04);
      h = std::abs(s) * std::clamp(factor, 0.2, rejected ? 1.0 : 10.0);
      last_error = std::max(size, 1e-4);
      rejected = false;
    } else {
      h = std::abs(s) * std::max(0.2, 0.9 * std::pow(size, -0.2));
      rejected = true;
    }
  }
  return y;
}

template <class T>
Var<T> over_interval(const OdeFunction<T>& f, const Var<T>& y, double t0, double t1, const VarList<T>& theta,
                     const OdeOptions& options) {
  if (options.method == OdeMethod::kRungeKutta4) {
    Var<T> next = runge_kutta_4<T>(f, y, t0, t1, theta, options.steps);
    const Array<T>& values = next.value();
    if (std::all_of(values.data(), values.data() + values.size(), [](T v) { return std::isfinite(v); })) return next;
    throw NumericError("[odeint] the solution is not finite at t = " + text::number(t1));
  }
  return dormand_prince<T>(f, y, t0, t1, theta, options);
}

// Each interval a checkpoint: a sweep takes its steps once more.
template <class T>
Var<T> by_steps(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::span<const double> times,
                const VarList<T>& theta) {
  VarList<T> ys{y0};
  for (std::size_t i = 1; i < times.size(); ++i) {
    const auto interval = [f, options, t0 = times[i - 1], t1 = times[i]](const Var<T>& y, const VarList<T>& p) {
      return over_interval<T>(f, y, t0, t1, p, options);
    };
    ys.push_back(checkpoint(interval)(ys.back(), theta));
  }
  return stack(ys);
}

template <class T>
Var<T> flat(const VarList<T>& parts) {
  VarList<T> lines;
  for (const Var<T>& part : parts) lines.push_back(reshape(part, {-1}));
  return concatenate(lines);
}
// The parts of a flat array, of the shapes of `like`.
template <class T>
VarList<T> taken_apart(const Var<T>& all, const VarList<T>& like) {
  VarList<T> parts;
  std::ptrdiff_t begin = 0;
  for (const Var<T>& part : like) {
    const std::ptrdiff_t end = begin + std::ptrdiff_t(part.size());
    parts.push_back(reshape(slice(all, {Range(begin, end)}), part.shape()));
    begin = end;
  }
  return parts;
}

// The slopes of y, of λ with dλ/dt = -λᵀ ∂f/∂y, and of what belongs to theta, -λᵀ ∂f/∂θ: all flat, one after the other.
template <class T>
OdeFunction<T> adjoint_equation(const OdeFunction<T>& f, const Var<T>& y_like, const VarList<T>& theta_like) {
  return [f, y_like, theta_like](const Var<T>& state, T t, const VarList<T>& theta) {
    VarList<T> like{y_like, y_like};
    like.insert(like.end(), theta_like.begin(), theta_like.end());
    const VarList<T> parts = taken_apart<T>(state, like);
    VarList<T> inputs = theta;
    inputs.push_back(state);
    return on_tape_of<T>("odeint", inputs, [&](Record<T>& record) -> VarList<T> {
      const VarList<T> own = own_leaves<T>("odeint", record, parts[0], theta);
      const Var<T> slope = slope_at<T>(f, own[0], double(t), VarList<T>(own.begin() + 1, own.end()));
      VarList<T> all;
      all.reserve(1 + own.size());
      all.push_back(slope);
      for (const Var<T>& d : recorded_gradients<T>(record, slope, parts[1], std::span<const Var<T>>(own))) {
        all.push_back(-d);
      }
      return {flat<T>(all)};
    })[0];
  };
}

// One node, whose derivative is the solution of another equation: so that every order has its node.
template <class T>
Var<T> by_adjoint(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::vector<double> times,
                  const VarList<T>& theta) {
  const ListFunction<T> value = [&](const VarList<T>& x) -> VarList<T> {
    return {by_steps<T>(f, options, x[0], times, VarList<T>(x.begin() + 1, x.end()))};
  };
  const DerivativeRule<T> rule = [f, options, times](const VarList<T>& g, const VarList<T>& y, const VarList<T>& x) {
    const VarList<T> parameters(x.begin() + 1, x.end());
    const Var<T> like = x[0].constant();
    VarList<T> theta_like, state{y[0][-1], g[0][-1]};
    for (const Var<T>& p : parameters) {
      theta_like.push_back(p.constant());
      state.push_back(Var<T>(zeros<T>(p.shape())));
    }
    VarList<T> all_like{like, like};
    all_like.insert(all_like.end(), theta_like.begin(), theta_like.end());
    const OdeFunction<T> back = adjoint_equation<T>(f, like, theta_like);
    for (std::size_t i = times.size() - 1; i > 0; --i) {
      const std::vector<double> interval{times[i], times[i - 1]};
      const Var<T> solved = by_adjoint<T>(back, options, flat<T>(state), interval, parameters);
      state = taken_apart<T>(Var<T>(solved[1]), all_like);
      state[0] = y[0][i - 1];  // as it was, and not as it was found on the way back
      state[1] = state[1] + g[0][i - 1];
    }
    return VarList<T>(state.begin() + 1, state.end());
  };
  VarList<T> x{y0};
  x.insert(x.end(), theta.begin(), theta.end());
  return apply_custom<T>("odeint", Custom::kEquation, value, rule, x)[0];
}

}  // namespace

void check_times(const Shape& shape) {
  if (shape.size() != 1) throw ShapeError("[odeint] times in one dimension expected, got shape " + to_string(shape));
}

template <class T>
Var<T> odeint(const OdeFunction<T>& f, const OdeOptions& options, const Var<T>& y0, std::span<const double> times,
              const VarList<T>& theta) {
  if (times.empty()) throw ShapeError("[odeint] at least one time expected, got none");
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double step = times[i] - times[i - 1];
    if (step != 0 && std::isfinite(step) && (step > 0) == (times.back() > times[0])) continue;
    throw Error("[odeint] times that rise, or fall, expected; got " + text::number(times[i - 1]) + " and then " +
                text::number(times[i]));
  }
  if (options.steps == 0) throw Error("[odeint] at least one step between two times expected, got 0");
  const auto of_batch = [](const Var<T>& v) { return batch_of(v) != nullptr; };
  if (options.adjoint == OdeAdjoint::kDiscrete && !of_batch(y0) && std::none_of(theta.begin(), theta.end(), of_batch)) {
    return by_steps<T>(f, options, y0, times, theta);
  }
  if (options.adjoint == OdeAdjoint::kDiscrete) {  // each example has its steps
    const std::vector<double> at(times.begin(), times.end());
    const ListFunction<T> solve = [f, options, at](const VarList<T>& x) -> VarList<T> {
      return {by_steps<T>(f, options, x[0], at, VarList<T>(x.begin() + 1, x.end()))};
    };
    VarList<T> x{y0};
    x.insert(x.end(), theta.begin(), theta.end());
    return apply_opaque<T>("odeint", solve, std::move(x))[0];
  }
  return by_adjoint<T>(f, options, y0, std::vector<double>(times.begin(), times.end()), theta);
}

template Var<float> odeint(const OdeFunction<float>&, const OdeOptions&, const Var<float>&, std::span<const double>,
                           const VarList<float>&);
template Var<double> odeint(const OdeFunction<double>&, const OdeOptions&, const Var<double>&, std::span<const double>,
                            const VarList<double>&);

}  // namespace xtape::detail
