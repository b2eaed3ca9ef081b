// A hyperparameter by its gradient: derivatives of a minimum, without a look at how it was found.
//
// The penalty of a ridge regression is chosen so that the error on data that were not trained on is least. The
// regression's weights are `minimize` of the training loss, a function of ln(penalty) with derivatives of every order:
// Newton's method takes two of them. Prints the penalty, the validation error's slope there, below 1e-10, and that no
// penalty of a grid does better.

#include <autodiff/autodiff.hpp>

#include <cmath>
#include <iostream>

using namespace xtape;

int main() {
  Random rng(7);
  const std::size_t features = 8;
  const Array<double> truth = rng.normal({features}), x = rng.normal({16, features}),
                      x_new = rng.normal({40, features});
  const Array<double> y = (matmul(x, Var<double>(truth)) + 1.5 * rng.normal({16})).value();
  const Array<double> y_new = (matmul(x_new, Var<double>(truth)) + 1.5 * rng.normal({40})).value();

  const auto training = [&](const auto& weights, const auto& log_penalty) {
    return sum(square(matmul(x, weights) - y)) + exp(log_penalty) * sum(square(weights));
  };
  const auto validation = [&](const auto& log_penalty) {
    const auto weights = minimize(training)(zeros<double>({features}), log_penalty);
    return mean(square(matmul(x_new, weights) - y_new));
  };

  double at = 0;
  for (int step = 1; step <= 20; ++step) {
    const double slope = grad(validation)(at)(), curvature = hessian(validation)(at)();
    if (std::abs(slope) < 1e-10) break;
    at -= curvature > 0 ? slope / curvature : slope;
    std::cout << "step " << step << ": penalty " << std::exp(at) << "\n";
  }
  const auto [error, slope] = value_and_grad(validation)(at);
  std::cout << "validation error " << error << ", its slope " << slope() << "\n";

  double best = error;
  for (double other = -6; other <= 6; other += 0.1) best = std::min(best, validation(Var<double>(other)).item());
  std::cout << "the best of a grid is better by " << error - best << "\n";
}
