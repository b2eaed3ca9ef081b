#pragma once
// What the methods of minimization share: functions of a row of numbers, and the search along a line.

#include "nn/optim/minimize.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace xtape::nn::detail {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b);
/// The largest |element|.
double largest(const Vector& v);
/// a + factor b
Vector along(const Vector& a, double factor, const Vector& b);

/// The value and the gradient at a point.
struct Sample {
  Vector x, gradient;
  double value = 0;

  bool finite() const;
};

/// By how much the value may change by rounding alone: of terms some thousand times as large as it, or as 1.
double noise_of(const Sample& sample);

/// What is minimized, as a function of all numbers in a row.
class Function {
 public:
  virtual ~Function() = default;

  Sample operator()(Vector x) {
    ++evaluations_;
    return evaluate(std::move(x));
  }
  /// v -> H v at a point.
  std::function<Vector(const Vector&)> hessian(const Vector& x) {
    return [this, product = product_at(x)](const Vector& v) {
      ++products_;
      return product(v);
    };
  }

  std::size_t evaluations() const { return evaluations_; }
  std::size_t products() const { return products_; }

 private:
  virtual Sample evaluate(Vector x) = 0;
  virtual std::function<Vector(const Vector&)> product_at(const Vector& x) = 0;

  std::size_t evaluations_ = 0, products_ = 0;
};

/// A step along a direction of descent that meets the strong Wolfe conditions; none where rounding, or a function that
/// is not smooth, leaves none. `step` is the first that is tried.
std::optional<Sample> search_line(Function& function, const Sample& from, const Vector& direction, double step,
                                  const MinimizeOptions& options);

/// A way from one point to the next, lower one.
class Descent {
 public:
  virtual ~Descent() = default;
  /// None where no lower value is found.
  virtual std::optional<Sample> next(const Sample& now) = 0;
};

std::unique_ptr<Descent> make_lbfgs(Function& function, const MinimizeOptions& options);
std::unique_ptr<Descent> make_newton_cg(Function& function, const MinimizeOptions& options);
std::unique_ptr<Descent> make_trust_region(Function& function, const MinimizeOptions& options);

}  // namespace xtape::nn::detail
