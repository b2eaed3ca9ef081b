#include "nn/optim/minimize.hpp"

#include "autodiff/text.hpp"
#include "nn/optim/descent.hpp"
#include "nn/optim/parameter_list.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace xtape::nn {

namespace {

using detail::largest, detail::Sample, detail::Vector;

template <class T>
void append(Vector& row, const Array<T>& array) {
  row.insert(row.end(), array.begin(), array.end());
}

template <class T>
class OfParameters : public detail::Function {
 public:
  OfParameters(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective)
      : parameters_(parameters), objective_(objective) {}

  Vector start() const {
    Vector x;
    for (const Parameter<T>& parameter : parameters_) append(x, parameter.value());
    return x;
  }

  void move_to(const Vector& x) const {
    std::size_t at = 0;
    for (const Parameter<T>& parameter : parameters_) {
      T* const to = parameter.mutable_data();
      for (std::size_t i = 0; i < parameter.size(); ++i) to[i] = T(x[at++]);
    }
  }

 private:
  Sample evaluate(Vector x) override {
    move_to(x);
    auto [value, gradients] = objective_();
    detail::check_fit("minimize", "gradients", parameters_, gradients);
    Sample sample{std::move(x), {}, double(value)};
    sample.gradient.reserve(sample.x.size());
    for (const Array<T>& g : gradients) append(sample.gradient, g);
    return sample;
  }
  std::function<Vector(const Vector&)> product_at(const Vector&) override {
    throw Error("[minimize] an objective of parameters gives no Hessian: L-BFGS expected, or a function of an array");
  }

  const std::vector<Parameter<T>>& parameters_;
  const Objective<T>& objective_;
};

template <class T>
class OfArray : public detail::Function {
 public:
  OfArray(const detail::ArrayFunction<T>& f, const Array<T>& start) : f_(f), shape_(shape_of(start)) {}

  Array<T> array_of(const Vector& x) const {
    Array<T> array = empty<T>(shape_);
    std::transform(x.begin(), x.end(), array.begin(), [](double number) { return T(number); });
    return array;
  }

 private:
  Sample evaluate(Vector x) override {
    const auto [value, gradient] = f_.value_and_gradient(array_of(x));
    Sample sample{std::move(x), {}, value};
    append(sample.gradient, gradient);
    return sample;
  }
  std::function<Vector(const Vector&)> product_at(const Vector& x) override {
    return [this, product = f_.hessian(array_of(x))](const Vector& v) {
      Vector image;
      append(image, product(array_of(v)));
      return image;
    };
  }

  const detail::ArrayFunction<T>& f_;
  Shape shape_;
};

void check(const MinimizeOptions& o) {
  if (o.history == 0 || !(o.gradient_tolerance >= 0) || !(o.change_tolerance >= 0) || !(o.sufficient_decrease > 0) ||
      !(o.curvature > o.sufficient_decrease) || !(o.curvature < 1)) {
    throw Error("[minimize] history > 0, tolerances >= 0 and 0 < sufficient_decrease < curvature < 1 expected, got " +
                std::to_string(o.history) + ", " + text::number(o.gradient_tolerance) + ", " +
                text::number(o.change_tolerance) + ", " + text::number(o.sufficient_decrease) + ", " +
                text::number(o.curvature));
  }
  if (!(o.radius > 0) || !(o.max_radius >= o.radius) || !std::isfinite(o.max_radius)) {
    throw Error("[minimize] 0 < radius <= max_radius expected, got " + text::number(o.radius) + ", " +
                text::number(o.max_radius));
  }
}

std::unique_ptr<detail::Descent> make_descent(detail::Function& function, const MinimizeOptions& options) {
  switch (options.method) {
    case MinimizeMethod::kLbfgs:
      return detail::make_lbfgs(function, options);
    case MinimizeMethod::kNewtonCg:
      return detail::make_newton_cg(function, options);
    case MinimizeMethod::kTrustRegion:
      return detail::make_trust_region(function, options);
  }
  throw Error("[minimize] no such method");
}

// From x on, which is left at the end.
MinimizeResult descend(detail::Function& function, Vector& x, const MinimizeOptions& options) {
  const auto method = make_descent(function, options);
  Sample now = function(std::move(x));
  if (!now.finite()) throw NumericError("[minimize] the function or its gradient is not finite at the start");
  MinimizeResult result;
  while (true) {
    if (largest(now.gradient) <= options.gradient_tolerance) {
      result.end = MinimizeEnd::kGradient;
      break;
    }
    if (result.iterations == options.max_iterations) break;
    ++result.iterations;
    std::optional<Sample> next = method->next(now);
    if (!next) {
      result.end = MinimizeEnd::kNoDecrease;
      break;
    }
    const double change = now.value - next->value;
    now = *std::move(next);
    if (change <= options.change_tolerance * std::max(std::abs(now.value), 1.0) && options.change_tolerance > 0) {
      result.end = MinimizeEnd::kChange;
      break;
    }
  }
  result.value = now.value;
  result.gradient = largest(now.gradient);
  result.evaluations = function.evaluations();
  result.products = function.products();
  x = std::move(now.x);
  return result;
}

}  // namespace

const char* MinimizeResult::message() const {
  switch (end) {
    case MinimizeEnd::kGradient:
      return "the gradient is as small as asked for";
    case MinimizeEnd::kChange:
      return "the value changes as little as asked for";
    case MinimizeEnd::kIterations:
      return "max_iterations are over";
    case MinimizeEnd::kNoDecrease:
      return "no lower value was found: rounding hides it, or the function is not smooth";
  }
  return "";
}

template <class T>
MinimizeResult minimize(const std::vector<Parameter<T>>& parameters, const Objective<T>& objective,
                        const MinimizeOptions& options) {
  check(options);
  detail::check_list("minimize", parameters);
  OfParameters<T> function(parameters, objective);
  Vector x = function.start();
  const MinimizeResult result = descend(function, x, options);
  function.move_to(x);
  return result;
}

template <class T>
Minimum<T> detail::minimum(const ArrayFunction<T>& f, const Array<T>& start, const MinimizeOptions& options) {
  check(options);
  OfArray<T> function(f, start);
  Vector x;
  append(x, start);
  const MinimizeResult result = descend(function, x, options);
  return {result, function.array_of(x)};
}

template MinimizeResult minimize<float>(const std::vector<Parameter<float>>&, const Objective<float>&,
                                        const MinimizeOptions&);
template MinimizeResult minimize<double>(const std::vector<Parameter<double>>&, const Objective<double>&,
                                         const MinimizeOptions&);
template Minimum<float> detail::minimum(const ArrayFunction<float>&, const Array<float>&, const MinimizeOptions&);
template Minimum<double> detail::minimum(const ArrayFunction<double>&, const Array<double>&, const MinimizeOptions&);

}  // namespace xtape::nn
