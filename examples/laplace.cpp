// Bayesian regression by Laplace's approximation: the posterior as a normal distribution around its mode, whose
// covariance is the inverse Hessian of -ln p(w, y).
//
// For a straight line with known noise the posterior is normal, and the approximation exact. Prints mode and standard
// deviation of intercept and slope, the same from the normal equations, and the largest difference, below 1e-12.

#include <autodiff/autodiff.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

using namespace xtape;

constexpr double kNoise = 0.3, kPrior = 10;  // standard deviations: of y, and of w beforehand

int main() {
  Random rng(1);
  const xt::xarray<double> x = rng.uniform({50}, -1, 1);
  const xt::xarray<double> y = 0.5 - 2 * x + kNoise * rng.normal({50});

  // -ln p(y|w) - ln p(w), but for constants
  const auto energy = [&](const auto& w) {
    return sum(square((y - (w(0) + w(1) * x)) / kNoise)) / 2 + sum(square(w / kPrior)) / 2;
  };
  const Array<double> start{0, 0};
  const Array<double> covariance = inv(hessian(energy)(start));
  const Array<double> mode = matmul(-Var<double>(covariance), grad(energy)(start));  // Newton's step from 0

  // The normal equations: (X'X / noise² + I / prior²) w = X'y / noise²
  const double n = 50, sx = xt::sum(x)(), sxx = xt::sum(x * x)(), sy = xt::sum(y)(), sxy = xt::sum(x * y)();
  const double variance = kNoise * kNoise, ridge = variance / (kPrior * kPrior);
  const Array<double> exact = variance * inv(xt::xarray<double>{{n + ridge, sx}, {sx, sxx + ridge}});
  const Array<double> solution = matmul(Var<double>(exact), Array<double>{sy, sxy}) / variance;

  double difference = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    std::cout << (i == 0 ? "intercept " : "slope ") << mode(i) << " +- " << std::sqrt(covariance(i, i)) << ", exactly "
              << solution(i) << " +- " << std::sqrt(exact(i, i)) << "\n";
    difference = std::max({difference, std::abs(mode(i) - solution(i)), std::abs(covariance(i, i) - exact(i, i))});
  }
  std::cout << "largest difference: " << difference << "\n";
}
