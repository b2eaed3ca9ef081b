#include "autodiff/transforms/odeint.hpp"

#include "autodiff/core/tape.hpp"
#include "autodiff/ops/all.hpp"
#include "autodiff/text.hpp"
#include "autodiff/transforms/custom.hpp"
#include "autodiff/transforms/grad.hpp"
#include "autodiff/transforms/ode_steps.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace xtape::detail {

namespace {

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
