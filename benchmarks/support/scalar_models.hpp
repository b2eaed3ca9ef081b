#pragma once
// Code on single numbers, generic in their type, as it is written for double.

#include <array>
#include <cstddef>
#include <vector>

namespace xtape::benchmarks {

template <class S>
std::array<S, 3> lorenz_rate(const std::array<S, 3>& x, const S& sigma, const S& rho, const S& beta) {
  return {sigma * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - beta * x[2]};
}

/// Lorenz's equations by Runge and Kutta's method: 71 operations a step. p: sigma, rho, beta.
template <class S>
std::array<S, 3> lorenz(std::array<S, 3> x, const std::array<S, 3>& p, std::size_t steps) {
  const double h = 0.01;
  const auto rate = [&p](const std::array<S, 3>& at) { return lorenz_rate(at, p[0], p[1], p[2]); };
  const auto along = [](const std::array<S, 3>& from, double length, const std::array<S, 3>& k) {
    return std::array<S, 3>{from[0] + length * k[0], from[1] + length * k[1], from[2] + length * k[2]};
  };
  for (std::size_t i = 0; i < steps; ++i) {
    const auto k1 = rate(x), k2 = rate(along(x, h / 2, k1)), k3 = rate(along(x, h / 2, k2)), k4 = rate(along(x, h, k3));
    for (std::size_t j = 0; j < 3; ++j) x[j] = x[j] + (h / 6) * (k1[j] + 2.0 * k2[j] + 2.0 * k3[j] + k4[j]);
  }
  return x;
}

template <class S>
S product(const std::vector<S>& x) {
  S y = x[0];
  for (std::size_t i = 1; i < x.size(); ++i) y = y * x[i];
  return y;
}

/// A cell of long short-term memory on n numbers; w: (4 n, 2 n + 1) row by row, the last column added. The sum of the
/// next h and c.
template <class S>
S lstm(const std::vector<S>& w, const std::vector<S>& x, const std::vector<S>& h, const std::vector<S>& c) {
  const std::size_t n = x.size();
  const auto gate = [&](std::size_t row) {
    const std::size_t first = row * (2 * n + 1);
    S sum = w[first + 2 * n];
    for (std::size_t i = 0; i < n; ++i) sum = sum + w[first + i] * x[i];
    for (std::size_t i = 0; i < n; ++i) sum = sum + w[first + n + i] * h[i];
    return sum;
  };
  S total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const S next = sigmoid(gate(n + i)) * c[i] + sigmoid(gate(i)) * tanh(gate(2 * n + i));
    total = total + next + sigmoid(gate(3 * n + i)) * tanh(next);
  }
  return total;
}

}  // namespace xtape::benchmarks
