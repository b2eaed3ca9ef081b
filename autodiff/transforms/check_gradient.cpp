#include "autodiff/transforms/check_gradient.hpp"

#include "autodiff/ops/all.hpp"
#include "autodiff/random.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

namespace xtape::detail {

namespace {

using Points = std::vector<Array<double>>;
using Vars = std::vector<Var<double>>;
using Names = std::vector<std::string>;

constexpr double kStep = 6e-6;  // the cube root of the rounding error: truncation and rounding are then alike

// sum(c * f) with its derivatives, at any point.
class Probe {
 public:
  Probe(const ErasedFunction<double>& f, const Points& x, Random& rng) : f_(f) {
    const Var<double> y = f(as_vars(x));
    cotangent_ = rng.normal<double>(y.shape());
  }

  static Vars as_vars(const Points& x) { return Vars(x.begin(), x.end()); }

  Var<double> operator()(std::span<const Var<double>> x) const { return sum(f_(x) * Var<double>(cotangent_)); }
  double value(const Points& x) const { return (*this)(as_vars(x)).item(); }

  Points gradient(const Points& x) const {
    Tape<double> tape;
    const Vars watched = watch(tape, x);
    return tape.gradient((*this)(watched), watched, {.allow_unused = true});
  }

  // The derivative along v[0], of it the one along v[1], and so on; and the sum of the magnitudes that the last is made
  // of.
  std::pair<double, double> derivative_along(const Points& x, const std::vector<Points>& v) const {
    Tape<double> tape;
    const Vars watched = watch(tape, x);
    Var<double> y = (*this)(watched);
    double magnitude = 0;
    for (const Points& direction : v) {
      const Vars slopes = recorded_gradients<double>(*tape.record(), y, Var<double>(1.0), watched);
      y = Var<double>(0.0);
      magnitude = 0;
      for (std::size_t k = 0; k < x.size(); ++k) {
        const Var<double> terms = slopes[k] * Var<double>(direction[k]);
        y = y + sum(terms);
        magnitude += sum(abs(terms)).item();
      }
    }
    return {y.item(), magnitude};
  }

  // The Hessian times v: the gradient of <gradient, v>.
  Points hessian_product(const Points& x, const Points& v) const {
    Tape<double> tape;
    const Vars watched = watch(tape, x);
    const Var<double> y = (*this)(watched);
    const Vars slopes = recorded_gradients<double>(*tape.record(), y, Var<double>(1.0), watched);
    Var<double> along(0.0);
    for (std::size_t k = 0; k < x.size(); ++k) along = along + sum(slopes[k] * Var<double>(v[k]));
    return tape.gradient(along, watched, {.allow_unused = true});
  }

  const Array<double>& cotangent() const { return cotangent_; }

 private:
  static Vars watch(Tape<double>& tape, const Points& x) {
    Vars watched;
    for (const Array<double>& point : x) watched.push_back(tape.watch(point));
    return watched;
  }

  const ErasedFunction<double>& f_;
  Array<double> cotangent_;
};

Points moved(const Points& x, const Points& v, double step) {
  Points result = x;
  for (std::size_t k = 0; k < x.size(); ++k) {
    for (std::size_t i = 0; i < x[k].size(); ++i) result[k].data()[i] += step * v[k].data()[i];
  }
  return result;
}

Points zeros_like(const Points& x) {
  Points result;
  for (const Array<double>& point : x) result.push_back(zeros<double>(shape_of(point)));
  return result;
}

std::string entry(const Shape& shape, std::size_t flat) {
  Shape index(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; flat /= shape[d]) index[d] = flat % shape[d];
  return to_string(index);
}

std::string number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", x);
  return text;
}

std::string describe(const char* what, const std::string& argument, const Shape& shape, std::size_t i, double got,
                     double expected) {
  return std::string("[check_gradient] ") + what + " of " + argument + " at entry " + entry(shape, i) + " is " +
         number(got) + ", expected " + number(expected) + ", off by " + number(std::abs(got - expected));
}

double relative(double got, double expected, double scale) {
  const double error = std::abs(got - expected);
  if (error == 0) return 0;
  return std::isfinite(error) ? error / std::max({scale, std::abs(got), std::abs(expected)})
                              : std::numeric_limits<double>::infinity();
}

// The difference quotient of `f` along v. Its own rounding error is about |f| / step * 1e-16.
struct Quotient {
  double value, noise;
};
Quotient quotient(const Probe& f, const Points& x, const Points& v) {
  const double above = f.value(moved(x, v, kStep)), below = f.value(moved(x, v, -kStep));
  return {(above - below) / (2 * kStep), 1e-15 * std::max(std::abs(above), std::abs(below)) / kStep};
}

// Looks for the entry of argument k whose derivative is furthest off.
std::string locate(const Probe& f, const Points& x, const Points& gradient, std::size_t k, const std::string& name) {
  double worst = -1;
  std::string message;
  for (std::size_t i = 0; i < x[k].size(); ++i) {
    Points v = zeros_like(x);
    v[k].data()[i] = 1;
    const double expected = quotient(f, x, v).value, got = gradient[k].data()[i], error = std::abs(got - expected);
    if (!(error <= worst)) {
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
      message = describe("the derivative", name, shape_of(x[k]), i, got, expected);
    }
  }
  return message;
}

void check_first_order(const Probe& f, const Points& x, const Names& names, Random& rng, double tolerance,
                       GradientReport& report) {
  const Points gradient = f.gradient(x);
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (x[k].size() == 0) continue;
    Points v = zeros_like(x);
    v[k] = rng.normal<double>(shape_of(x[k]));
    double slope = 0, magnitude = 0;
    for (std::size_t i = 0; i < x[k].size(); ++i) {
      const double term = gradient[k].data()[i] * v[k].data()[i];
      slope += term;
      magnitude += std::abs(term);
    }
    const Quotient expected = quotient(f, x, v);
    const double error = relative(slope, expected.value, magnitude + expected.noise / tolerance);
    report.first_order_error = std::max(report.first_order_error, error);
    if (error > tolerance && report.ok()) report.message = locate(f, x, gradient, k, names[k]);
  }
}

// The Hessian's product with a tangent against the difference quotient of the gradient, entry by entry.
void check_second_order(const Probe& f, const Points& x, const Names& names, Random& rng, double tolerance,
                        GradientReport& report) {
  Points v;
  for (const Array<double>& point : x) v.push_back(rng.normal<double>(shape_of(point)));
  const Points product = f.hessian_product(x, v);
  const Points above = f.gradient(moved(x, v, kStep)), below = f.gradient(moved(x, v, -kStep));
  for (std::size_t k = 0; k < x.size(); ++k) {
    // An entry's rounding error is of the size of what it was computed from, which other entries show where it cancels.
    double largest = 0, noise = 0;
    for (std::size_t i = 0; i < x[k].size(); ++i) {
      largest = std::max(largest, std::abs(product[k].data()[i]));
      noise =
          std::max({noise, 1e-15 * std::abs(above[k].data()[i]) / kStep, 1e-15 * std::abs(below[k].data()[i]) / kStep});
    }
    for (std::size_t i = 0; i < x[k].size(); ++i) {
      const double a = above[k].data()[i], b = below[k].data()[i], expected = (a - b) / (2 * kStep);
      const double error = relative(product[k].data()[i], expected, largest + noise / tolerance);
      report.second_order_error = std::max(report.second_order_error, error);
      if (error > tolerance && report.ok()) {
        report.message = describe("the second derivative (along a random tangent)", names[k], shape_of(x[k]), i,
                                  product[k].data()[i], expected);
      }
    }
  }
}

// A derivative along as many random tangents against the difference quotient of the one of an order less.
void check_order(int order, const Probe& f, const Points& x, Random& rng, double tolerance, GradientReport& report) {
  std::vector<Points> v(static_cast<std::size_t>(order));
  for (Points& direction : v) {
    for (const Array<double>& point : x) direction.push_back(rng.normal<double>(shape_of(point)));
  }
  const auto [got, magnitude] = f.derivative_along(x, v);
  const Points last = v.back();
  v.pop_back();
  const auto [above, sum_above] = f.derivative_along(moved(x, last, kStep), v);
  const auto [below, sum_below] = f.derivative_along(moved(x, last, -kStep), v);
  const double expected = (above - below) / (2 * kStep), noise = 1e-15 * std::max(sum_above, sum_below) / kStep;
  const double error = relative(got, expected, magnitude + noise / tolerance);
  report.higher_order_error = std::max(report.higher_order_error, error);
  if (error > tolerance && report.ok()) {
    report.message = "[check_gradient] the derivative of order " + std::to_string(order) +
                     " (along random tangents) is " + number(got) + ", expected " + number(expected) + ", off by " +
                     number(std::abs(got - expected));
  }
}

void check_float32(const ErasedFunction<float>& f32, const Probe& f, const Points& x, const Names& names,
                   double tolerance, GradientReport& report) {
  Points rounded = x;  // both see the same numbers
  std::vector<Var<float>> watched;
  Tape<float> tape;
  for (Array<double>& point : rounded) {
    const Var<float> in_float = tape.watch(Var<float>(point));
    std::copy_n(in_float.value().data(), point.size(), point.data());
    watched.push_back(in_float);
  }
  const Var<float> y = sum(f32(watched) * Var<float>(f.cotangent()));
  const std::vector<Array<float>> got = tape.gradient(y, watched, {.allow_unused = true});
  const Points expected = f.gradient(rounded);
  for (std::size_t k = 0; k < x.size(); ++k) {
    double largest = 0;
    for (std::size_t i = 0; i < x[k].size(); ++i) largest = std::max(largest, std::abs(expected[k].data()[i]));
    for (std::size_t i = 0; i < x[k].size(); ++i) {
      const double error = relative(double(got[k].data()[i]), expected[k].data()[i], largest);
      report.float32_error = std::max(report.float32_error, error);
      if (error > tolerance && report.ok()) {
        report.message = describe("the float32 derivative", names[k], shape_of(x[k]), i, double(got[k].data()[i]),
                                  expected[k].data()[i]);
      }
    }
  }
}

}  // namespace

GradientReport check_gradient(const ErasedFunction<double>& f, const ErasedFunction<float>& f32, const Points& x,
                              const GradientCheckOptions& options, std::vector<std::string> names) {
  for (std::size_t k = names.size(); k < x.size(); ++k) names.push_back("argument " + std::to_string(k));
  Random rng(options.seed);
  const Probe probe(f, x, rng);
  GradientReport report;
  check_first_order(probe, x, names, rng, options.tolerance, report);
  if (options.order >= 2) check_second_order(probe, x, names, rng, options.second_tolerance, report);
  for (int order = 3; order <= options.order; ++order) {
    check_order(order, probe, x, rng, options.second_tolerance, report);
  }
  if (f32) check_float32(f32, probe, x, names, options.float32_tolerance, report);
  return report;
}

}  // namespace xtape::detail
