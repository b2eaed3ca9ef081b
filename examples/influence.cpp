// Influence functions of a network: what leaving out a training example would change, without training anew.
//
//   influence [COUNT]    examples that are left out, one by one, to compare; by default all 150
//
// P. W. Koh and P. Liang, "Understanding black-box predictions via influence functions", arXiv:1703.04730.
//
// At a minimum of the training loss, mean(l_i) and a penalty with Hessian H together, the loss l of a new point grows
// by about gᵀ H⁻¹ g_i / n where example i of n is left out, g and g_i being the gradients of l and l_i. That is one
// system H s = g for all examples, by conjugate gradients, which ask for products with H alone, and then a product of s
// with each g_i. Prints the largest growths beside what training without the example comes to, and the correlation of
// the two, above 0.99.

#include <nn/nn.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace xtape;

constexpr std::size_t kCount = 150;

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::clamp<std::size_t>(std::stoul(argv[1]), 2, kCount) : kCount;
  Random rng(8);
  const Var<double> x = 1.5 * rng.normal({kCount, 2}),
                    x_new = Var<double>(std::vector<std::vector<double>>{{1.5, 1.2}});
  const Var<double> y = sum(square(x), -1, true) < 3.0;  // inside a circle, or outside as x_new is
  const auto activation = [](const Var<double>& h) { return tanh(h); };
  nn::Mlp<double> network({2, 6, 1}, activation, rng), other({2, 6, 1}, activation, rng);

  Array<double> counted = ones<double>({kCount});  // 0 for an example that is left out
  const auto losses = [&](const nn::Mlp<double>& m) { return -nn::bernoulli_log_prob(y, m(x)); };  // (count)
  const auto loss_new = [&](const nn::Mlp<double>& m) { return softplus(sum(m(x_new))); };         // it is outside
  const auto training = [&](const nn::Mlp<double>& m) {
    Var<double> squares(0.0);
    for (const auto& parameter : m.parameters()) squares = squares + sum(square(parameter));
    return sum(counted * losses(m)) / double(kCount) + 0.004 * squares;
  };
  const auto train = [&](const nn::Mlp<double>& m) {
    const auto objective = [&] {
      Tape<double> tape;
      const Var<double> loss = training(m);
      return std::pair(loss.item(), tape.gradient(loss, m.parameters()));
    };
    return nn::minimize<double>(m.parameters(), objective).gradient;
  };
  const double size = train(network);
  std::cout << "trained: |gradient| " << size << ", right of 150 " << sum((network(x) > 0) == y).item() << "\n";

  // The predictions, from derivatives at the trained weights
  const auto g = grad(loss_new)(network);
  const auto product = [&](const Var<double>& v) {
    return ravel_structure(hvp(training)(network, unravel_structure(v, network)));
  };
  const auto s = unravel_structure(linear_solve(product, {.symmetric = true})(ravel_structure(g)), network);
  Var<double> predicted = zeros<double>({kCount});
  for (const auto& [name, gradients] : jacobian(losses)(network)) {  // of each example: (count, ...)
    predicted = predicted + matmul(reshape(Var<double>(gradients), {kCount, -1}), ravel(s.at(name))) / double(kCount);
  }

  // And the truth: training without the example
  Array<double> actual = zeros<double>({count});
  for (std::size_t i = 0; i < count; ++i) {
    nn::copy_parameters(network, other);
    counted(i) = 0;
    train(other);
    counted(i) = 1;
    actual(i) = (loss_new(other) - loss_new(network)).item();
  }
  predicted = slice(predicted, {{0, std::ptrdiff_t(count)}});
  for (const bool largest : {true, false}) {
    const Indices places = topk(predicted, 2, -1, largest).indices;
    for (const std::ptrdiff_t i : places.values()) {
      std::cout << "without example " << i << ": " << predicted(i).item() << " predicted, " << actual(i) << " found\n";
    }
  }
  const Var<double> p = predicted - mean(predicted), a = actual - mean(Var<double>(actual));
  std::cout << "correlation " << (dot(p, a) / (norm(p) * norm(a))).item() << "\n";
}
