// Code on single numbers as one operation: the parameters of Lorenz's equations, through an integrator written for
// doubles.
//
// A classical Runge-Kutta loop over three numbers runs on `vectorize`: 71 operations a step, recorded on a tape of
// numbers. The parameters are fitted by L-BFGS to noisy observations of 64 short trajectories at once. Prints the
// parameters that made the data and those found, and what the gradient of one long trajectory takes.

#include <nn/nn.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>

using namespace xtape;

template <class S>
std::array<S, 3> rate(const std::array<S, 3>& x, const S& sigma, const S& rho, const S& beta) {
  return {sigma * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - beta * x[2]};
}

template <class S>
std::array<S, 3> along(const std::array<S, 3>& x, double h, const std::array<S, 3>& k) {
  return {x[0] + h * k[0], x[1] + h * k[1], x[2] + h * k[2]};
}

/// Where x comes to in `steps` steps of h = 0.01.
template <class S>
std::array<S, 3> lorenz(std::array<S, 3> x, const S& sigma, const S& rho, const S& beta, int steps) {
  const double h = 0.01;
  for (int i = 0; i < steps; ++i) {
    const auto k1 = rate(x, sigma, rho, beta), k2 = rate(along(x, h / 2, k1), sigma, rho, beta);
    const auto k3 = rate(along(x, h / 2, k2), sigma, rho, beta), k4 = rate(along(x, h, k3), sigma, rho, beta);
    for (std::size_t j = 0; j < 3; ++j) x[j] = x[j] + (h / 6) * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
  }
  return x;
}

/// (..., 3), (), (), () -> (..., 3)
auto trajectory(int steps) {
  return vectorize<"(3),(),(),()->(3)">(
      [steps](const auto& x, auto sigma, auto rho, auto beta) { return lorenz(x, sigma, rho, beta, steps); });
}

int main() {
  const auto solve = trajectory(50);
  Random rng(1);
  const Array<double> starts = 5.0 * rng.normal<double>({64, 3}), truth = xt::xarray<double>{10.0, 28.0, 8.0 / 3.0};
  const Var<double> clean = solve(starts, truth(0), truth(1), truth(2));
  const Var<double> seen = clean + 0.01 * rng.normal<double>({64, 3});

  const auto loss = [&](const Var<double>& p) { return mean(square(solve(starts, p(0), p(1), p(2)) - seen)); };
  const auto fit = nn::minimize(loss, xt::xarray<double>{8.0, 25.0, 2.0});
  std::cout << "made with " << Var<double>(truth) << ", found " << Var<double>(fit.x) << "\n";

  const auto last = [&, far = trajectory(1000)](const Var<double>& x) {
    return sum(far(x, truth(0), truth(1), truth(2)));
  };
  const auto derivative = grad(last);
  const Array<double> start = xt::ones<double>({3});
  double least = 1e300;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    derivative(start);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    least = std::min(least, took.count());
  }
  std::cout << "gradient of 1000 steps: " << least / 71000 << " ns an operation\n";
}
