#include "nn/optim/descent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace xtape::nn::detail {

namespace {

// A step p, and the product H p.
struct Step {
  Vector p, image;
  bool at_boundary = false;
};

// τ >= 0 with |p + τ d| = radius.
double to_boundary(const Vector& p, const Vector& d, double radius) {
  const double a = dot(d, d), b = dot(p, d), c = dot(p, p) - radius * radius;
  const double root = std::sqrt(std::max(b * b - a * c, 0.0));
  return b > 0 ? -c / (b + root) : (root - b) / a;  // without cancellation
}

// About the p with H p = -g, by conjugate gradients, as exactly as g is small. Within a finite radius it ends at the
// boundary, where a direction of negative curvature leads as well; without one such a direction ends it where it is.
Step newton_step(const std::function<Vector(const Vector&)>& product, const Vector& g, double radius) {
  const double inf = std::numeric_limits<double>::infinity();
  Step step{Vector(g.size(), 0.0), Vector(g.size(), 0.0)};
  Vector residual = g, d = along(Vector(g.size(), 0.0), -1, g);
  double squares = dot(g, g);
  const double size = std::sqrt(squares), enough = size * std::min(0.5, std::sqrt(size));
  const auto go = [&](double tau, const Vector& image) {
    step.p = along(step.p, tau, d);
    step.image = along(step.image, tau, image);
  };
  for (std::size_t i = 0; i < 20 * g.size() && std::sqrt(squares) > enough; ++i) {
    const Vector image = product(d);
    const double curvature = dot(d, image);
    if (!(curvature > 0)) {
      if (radius < inf) go(to_boundary(step.p, d, radius), image), step.at_boundary = true;
      if (radius == inf && i == 0) go(1, image);
      return step;
    }
    const double alpha = squares / curvature;
    if (radius < inf && dot(along(step.p, alpha, d), along(step.p, alpha, d)) >= radius * radius) {
      go(to_boundary(step.p, d, radius), image);
      step.at_boundary = true;
      return step;
    }
    go(alpha, image);
    residual = along(residual, alpha, image);
    const double before = squares;
    squares = dot(residual, residual);
    for (std::size_t k = 0; k < d.size(); ++k) d[k] = squares / before * d[k] - residual[k];
  }
  return step;
}

class NewtonCg : public Descent {
 public:
  NewtonCg(Function& function, const MinimizeOptions& options) : function_(function), options_(options) {}

  std::optional<Sample> next(const Sample& now) override {
    const double inf = std::numeric_limits<double>::infinity();
    Vector direction = newton_step(function_.hessian(now.x), now.gradient, inf).p;
    if (!(dot(direction, now.gradient) < 0)) direction = along(Vector(now.x.size(), 0.0), -1, now.gradient);
    return search_line(function_, now, direction, 1, options_);
  }

 private:
  Function& function_;
  const MinimizeOptions& options_;
};

class TrustRegion : public Descent {
 public:
  TrustRegion(Function& function, const MinimizeOptions& options)
      : function_(function), options_(options), radius_(options.radius) {}

  std::optional<Sample> next(const Sample& now) override {
    constexpr double kAccept = 0.15;  // SciPy's eta
    const auto product = function_.hessian(now.x);
    // Near the minimum values differ by less than their rounding: then both falls count as equal (Conn, Gould and
    // Toint, Trust-Region Methods, section 17.4.2).
    const double noise = noise_of(now), least = std::numeric_limits<double>::epsilon() * (1 + largest(now.x));
    while (radius_ > least) {
      const Step step = newton_step(product, now.gradient, radius_);
      const double predicted = -dot(now.gradient, step.p) - dot(step.p, step.image) / 2;
      Sample there = function_(along(now.x, 1, step.p));
      const double ratio = there.finite() ? (now.value - there.value + noise) / (predicted + noise) : -1;
      if (!(ratio >= 0.25)) radius_ = std::sqrt(dot(step.p, step.p)) / 4;
      if (ratio > 0.75 && step.at_boundary) radius_ = std::min(2 * radius_, options_.max_radius);
      if (!(ratio > kAccept)) continue;
      if (predicted <= noise && largest(there.gradient) >= largest(now.gradient)) return std::nullopt;
      return there;
    }
    return std::nullopt;
  }

 private:
  Function& function_;
  const MinimizeOptions& options_;
  double radius_;
};

}  // namespace

std::unique_ptr<Descent> make_newton_cg(Function& function, const MinimizeOptions& options) {
  return std::make_unique<NewtonCg>(function, options);
}

std::unique_ptr<Descent> make_trust_region(Function& function, const MinimizeOptions& options) {
  return std::make_unique<TrustRegion>(function, options);
}

}  // namespace xtape::nn::detail
