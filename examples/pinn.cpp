// A differential equation solved by a network, whose loss holds the network's second derivative in its input:
// M. Raissi, P. Perdikaris and G. Karniadakis, "Physics-informed neural networks", 2019.
//
// Solves u'' = -pi² sin(pi x) with u(0) = u(1) = 0. Prints the largest difference from the exact solution, sin(pi x),
// at 1,001 points: below 1e-4.

#include <nn/nn.hpp>

#include <iostream>
#include <numbers>
#include <utility>

using namespace xtape;
using std::numbers::pi;

int main() {
  Random rng(1);
  const auto activation = [](const Var<double>& h) { return tanh(h); };
  const nn::Mlp<double> network({1, 16, 16, 1}, activation, rng);

  // 0 at both ends, whatever the network is; and its second derivative at each x, on which no other number depends
  const auto u = [&](const Var<double>& x) { return x * (1 - x) * network(x); };
  const auto total = [&](const Var<double>& x) { return sum(u(x)); };
  const auto slopes = [&](const Var<double>& x) { return sum(grad(total)(x)); };
  const auto curvature = [&](const Var<double>& x) { return grad(slopes)(x); };

  const Var<double> inside = expand_dims(Var<double>(xt::linspace<double>(0, 1, 41)), 1);  // (41, 1)
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = mean(square(curvature(inside) + pi * pi * sin(pi * inside)));
    return std::pair(loss.item(), tape.gradient(loss, network.parameters()));
  };
  const nn::MinimizeResult result = nn::minimize<double>(network.parameters(), objective, {.max_iterations = 500});

  const Var<double> everywhere = expand_dims(Var<double>(xt::linspace<double>(0, 1, 1001)), 1);
  std::cout << "after " << result.iterations << " iterations: mean squared residual " << result.value
            << ", largest difference from sin(pi x) " << max(abs(u(everywhere) - sin(pi * everywhere))) << "\n";
}
