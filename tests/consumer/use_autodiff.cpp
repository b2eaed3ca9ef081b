// A user of xtape::autodiff alone: the gradient of a function, and the version that was found.
#include <autodiff/autodiff.hpp>
#include <autodiff/version.hpp>
#include <cmath>
#include <cstdio>

int main() {
  const xt::xarray<double> x{1.0, 2.0, 3.0};
  const auto f = [](const auto& v) { return sum(log(1.0 + square(v))); };
  const auto [value, gradient] = xtape::value_and_grad(f)(x);
  double error = std::abs(value - std::log(2.0 * 5.0 * 10.0));
  for (std::size_t i = 0; i < 3; ++i) error += std::abs(gradient(i) - 2 * x(i) / (1 + x(i) * x(i)));
  std::printf("xtape %s: error %g\n", XTAPE_VERSION, error);
  return error < 1e-12 ? 0 : 1;
}
