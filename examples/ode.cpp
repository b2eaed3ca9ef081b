// The parameters of a differential equation, found from its solution: gradients through Runge and Kutta's method.
//
// A pendulum with friction, a'' = -k sin a - c a', is seen 100 times in five seconds. Prints the k and c that L-BFGS
// finds from there, beginning with 6 and 0: 9.81 and 0.25, which it was computed with, to within 1e-6.

#include <nn/nn.hpp>

#include <iostream>
#include <utility>
#include <vector>

using namespace xtape;

/// The derivative of the state (a, a').
Var<double> slope(const Var<double>& state, const Var<double>& k, const Var<double>& c) {
  return stack({state(1), -k * sin(state(0)) - c * state(1)});
}

/// The angle at each of the times: (100).
Var<double> trajectory(const Var<double>& k, const Var<double>& c) {
  const double h = 0.05;
  Var<double> state(std::vector{1.0, 0.0});
  std::vector<Var<double>> angles;
  for (int step = 0; step < 100; ++step) {
    const Var<double> k1 = slope(state, k, c);
    const Var<double> k2 = slope(state + h / 2 * k1, k, c);
    const Var<double> k3 = slope(state + h / 2 * k2, k, c);
    const Var<double> k4 = slope(state + h * k3, k, c);
    state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    angles.push_back(state(0));
  }
  return stack(angles);
}

int main() {
  const Var<double> watched = trajectory(9.81, 0.25);  // no tape: values alone
  const nn::Parameter<double> k(6.0), c(0.0);
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = mean(square(trajectory(k, c) - watched));
    return std::pair(loss.item(), tape.gradient(loss, {k, c}));
  };
  const nn::MinimizeResult result = nn::minimize<double>({k, c}, objective);
  std::cout << "k = " << k << ", c = " << c << " after " << result.iterations << " iterations, mean squared error "
            << result.value << "\n";
}
