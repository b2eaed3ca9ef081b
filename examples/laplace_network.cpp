// Laplace's approximation of a network: how sure it is of what it says, by second derivatives at the trained weights.
//
// With E(w) = -ln p(y | w) - ln p(w) the posterior is taken to be N(w*, H⁻¹), H being E's Hessian at its minimum w*,
// and the network to be linear around w*: its output at x has variance J H⁻¹ Jᵀ, J being the output's gradient in w. D.
// MacKay, "A practical Bayesian framework for backpropagation networks", 1992; E. Daxberger et al., "Laplace redux",
// arXiv:2106.14806. In place of H many take the generalized Gauss-Newton matrix, JᵀJ / noise² + I / prior².
//
// Prints predictions with the standard deviations by both, which grow from the data into the gap between them and
// beyond; PyTorch's are the same. The last layer's own approximation is exact, the network being linear in its weights:
// prints how far their mean, covariance and log evidence are from Bayesian linear regression's on the hidden features:
// 1e-4, as close as the training came, and 1e-8 at most.

#include <nn/nn.hpp>

#include <cmath>
#include <iostream>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

using namespace xtape;

constexpr double kNoise = 0.1, kPrior = 2;  // standard deviations: of y, and of each weight beforehand

/// Arrays (rows, ...) by the names of parameters, side by side: (rows, parameters).
Var<double> side_by_side(const std::map<std::string, Array<double>>& parts, std::size_t rows) {
  std::vector<Var<double>> columns;
  for (const auto& [name, part] : parts) columns.push_back(reshape(Var<double>(part), {std::ptrdiff_t(rows), -1}));
  return concatenate(columns, -1);
}

int main() {
  // A Kronecker sequence: multiples of two irrational numbers, whose fractions fill the square evenly.
  const Var<double> place = expand_dims(Var<double>(arange<double>(1, 41)), 1);  // (40, 1)
  const Var<double> u = mod(0.7548776662466927 * place, 1.0), v = mod(0.5698402909980532 * place, 1.0);
  const Var<double> x = where(place <= 20, -1 - u, 1 + u);  // in ±[1, 2]
  const Var<double> y = sin(2 * x) + kNoise * ndtri(v);
  Random rng(1);
  const nn::Mlp<double> network(
      {1, 6, 1}, [](const Var<double>& h) { return tanh(h); }, rng);

  // E as a function of all weights, or of a layer's alone; but for constants.
  const auto energy = [&](const auto& part) {
    Var<double> squares(0.0);
    for (const auto& parameter : part.parameters()) squares = squares + sum(square(parameter));
    return sum(square((y - network(x)) / kNoise)) / 2 + squares / (2 * kPrior * kPrior);
  };
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> value = energy(network);
    return std::pair(value.item(), tape.gradient(value, network.parameters()));
  };
  const nn::MinimizeResult result = nn::minimize<double>(network.parameters(), objective, {.max_iterations = 10000});
  std::cout << "trained in " << result.iterations << " iterations, |gradient| " << result.gradient << "\n";

  const auto hessian_in = [&](const auto& part) {  // (weights, weights)
    const auto blocks = hessian(energy)(part);
    std::vector<Var<double>> rows;
    for (const auto& [name, g] : grad(energy)(part)) rows.push_back(side_by_side(blocks.at(name), g.size()));
    return concatenate(rows);
  };
  const auto slopes_at = [&](const Var<double>& points) {  // (points, weights)
    const auto outputs = [&](const nn::Mlp<double>& model) { return ravel(model(points)); };
    return side_by_side(jacobian(outputs)(network), points.size());
  };
  const auto gauss_newton = [](const Var<double>& j) {
    return matmul(transpose(j), j) / (kNoise * kNoise) + eye<double>(j.shape(1)) / (kPrior * kPrior);
  };
  const Var<double> points = reshape(Var<double>(std::vector{0.0, 1.5, 2.5, 4.0}), {-1, 1}), j = slopes_at(points);
  const auto deviations = [&](const Var<double>& precision) {
    return sqrt(sum(matmul(j, inv(precision)) * j, -1)).value();
  };
  const Array<double> by_hessian = deviations(hessian_in(network)), by_ggn = deviations(gauss_newton(slopes_at(x)));
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::cout << "at " << points(i, 0) << ": " << network(points)(i, 0).item() << " +- " << by_hessian(i)
              << ", by Gauss and Newton's matrix +- " << by_ggn(i) << "\n";
  }

  // The last layer: its bias and weights, in the order of their names, and the features that they are the weights of.
  const nn::Linear<double>& head = network.layer(1);
  const Var<double> h = hessian_in(head), weights = concatenate({head.bias(), ravel(head.weight())});
  const double count = double(x.size()), log_2pi = std::log(2 * std::numbers::pi);
  const Var<double> evidence = -energy(head) - slogdet(h)[1] / 2 - count * (std::log(kNoise) + log_2pi / 2) -
                               double(head.parameter_count()) * std::log(kPrior);

  const Var<double> features = concatenate({ones<double>(x.shape()), tanh(network.layer(0)(x))}, -1);
  const Var<double> precision = gauss_newton(features);
  const Var<double> mean = ravel(solve(precision, matmul(transpose(features), y) / (kNoise * kNoise)));
  const Var<double> of_y =
      kNoise * kNoise * eye<double>(x.size()) + kPrior * kPrior * matmul(features, transpose(features));
  const Var<double> exact = -sum(y * solve(of_y, y)) / 2 - slogdet(of_y)[1] / 2 - count * log_2pi / 2;
  std::cout << "last layer: mean is off by " << max(abs(weights - mean)).item() << ", covariance by "
            << max(abs(inv(h) - inv(precision))).item() << ", log evidence " << evidence.item() << " by "
            << abs(evidence - exact).item() << "\n";
}
