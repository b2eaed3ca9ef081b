// Regression by a Gaussian process, whose hyperparameters are where the marginal likelihood is largest: C. Rasmussen
// and C. Williams, "Gaussian processes for machine learning", 2006, chapters 2 and 5.
//
//   y = f(x) + noise,  f ~ GP(0, k),  k(a, b) = s² exp(-(a - b)² / (2 l²))
//
// ln p(y) goes through the Cholesky factor of y's covariance, and so do its derivatives in (ln s, ln l, ln noise): the
// gradient leads L-BFGS to the maximum, the Hessian there says how well the data determine each of the three. The 60
// points, around sin x with noise of 0.2 and a gap in the middle, are formulas, so that other programs have the same.
//
// Prints where the maximum is, and predictions of f with their standard deviations, which grow in the gap and beyond
// the data. All are SciPy's and PyTorch's to 1e-6 and better.

#include <nn/nn.hpp>

#include <iomanip>
#include <iostream>

using namespace xtape;

constexpr std::size_t kPoints = 60;

/// k(a, b) for each a, a row, and each b, a column. theta: ln s, ln l, ln noise.
Var<double> covariance(const Var<double>& a, const Var<double>& b, const Var<double>& theta) {
  const Var<double> distance = (expand_dims(a, 1) - b) / exp(theta[1]);
  return exp(2 * theta[0] - square(distance) / 2);
}

int main() {
  // A Kronecker sequence: multiples of two irrational numbers, whose fractions fill the square evenly.
  const Var<double> i = arange<double>(1, kPoints + 1);
  const Var<double> u = mod(0.7548776662466927 * i, 1.0), v = mod(0.5698402909980532 * i, 1.0);
  const Var<double> x = 8 * u + where(u < 0.5, 0.0, 2.0);  // in [0, 4] and [6, 10]
  const Var<double> y = sin(x) + 0.2 * ndtri(v);           // a quantile of the normal distribution each

  const auto factor = [&](const Var<double>& theta) {
    return cholesky(covariance(x, x, theta) + exp(2 * theta[2]) * eye<double>(kPoints));
  };
  const auto energy = [&](const Var<double>& theta) {
    return -nn::MultivariateNormal(zeros<double>({kPoints}), factor(theta)).log_prob(y);
  };
  const nn::Minimum<double> found = nn::minimize(energy, std::vector{0.0, 0.0, -1.0});
  const Var<double> theta = found.x, best = exp(theta), doubt = sqrt(diag(inv(hessian(energy)(theta))));
  std::cout << std::setprecision(10) << "after " << found.iterations << " iterations " << found.message()
            << ": ln p(y) = " << -found.value << "\n";
  const char* const names[] = {"signal", "length", "noise"};
  for (std::size_t k = 0; k < 3; ++k) {
    std::cout << names[k] << " " << best[k].item() << ", its logarithm to +- " << doubt[k].item() << "\n";
  }

  // f at other points, given y: its mean K* (K + noise² I)⁻¹ y, and its variance, what the data leave of s².
  const Var<double> points = std::vector{1.0, 3.0, 5.0, 7.0, 12.0};
  const Var<double> l = factor(theta), across = covariance(points, x, theta);  // (points, data)
  const Var<double> mean = matmul(across, cho_solve(l, y));
  const Var<double> explained = sum(square(solve_triangular(l, transpose(across), {.lower = true})), 0);
  const Var<double> deviation = sqrt(square(best[0]) - explained);
  for (std::size_t k = 0; k < points.size(); ++k) {
    std::cout << "at " << points[k].item() << ": " << mean[k].item() << " +- " << deviation[k].item() << "\n";
  }
}
