// Natural gradient descent: steps of a length in what a model says, not in its parameters, so that units do not matter.
// S. Amari, "Natural gradient works efficiently in learning", 1998; J. Martens, arXiv:1412.1193.
//
// The gradient g is multiplied by the inverse of the Fisher matrix F = Jᵀ H J, J being the outputs' derivatives in the
// parameters and H the loss's second derivative in the outputs, which is their Fisher matrix for a softmax as for a
// normal distribution. Nobody forms F: F v is a product with J, one by hvp, and one with Jᵀ, and F d = g is solved by
// conjugate gradients. A step along -d is at most so long that the distribution moves by a given divergence, about
// step² dᵀF d / 2.
//
// A network of two affine layers, with features in units that differ a hundredfold, has to classify; it comes to the
// likelihood's maximum, which is softmax regression's (T. Laurent and J. von Brecht, arXiv:1712.01473) and found by
// L-BFGS as well. Prints how far the loss is above it: below 1e-10 after twelve steps, above 0.01 after 400 of gradient
// descent. And how far one step of a normal model is from least squares: below 1e-5.

#include <nn/nn.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

using namespace xtape;
using Parts = std::map<std::string, Array<double>>;

void change(const nn::Module<double>& model, double step, const Parts& along) {
  for (const auto& [name, parameter] : model.named_parameters()) {
    parameter.set(parameter.value() + step * along.at(name));
  }
}

/// A step that lowers loss(model(x)), by a divergence of at most `most`.
void natural_step(const auto& model, const Array<double>& x, const auto& loss, double most) {
  const auto outputs = [&](const auto& m) { return m(x); };
  const auto forward = linearize(outputs)(model);  // v -> J v
  const auto back = vjp(outputs)(model);           // u -> Jᵀ u
  const Parts gradient = back.pullback(grad(loss)(back.value));
  const auto fisher = [&](const Var<double>& v) {
    const Array<double> along = forward.pushforward(unravel_structure(v.value(), model));
    return ravel_structure(back.pullback(hvp(loss)(back.value, along))) + 1e-8 * v;  // F may be singular
  };
  const auto g = ravel_structure(gradient);
  const auto d = linear_solve(fisher, {.symmetric = true, .tolerance = 1e-6})(g);
  change(model, -std::min(1.0, std::sqrt(2 * most / dot(g, d).item())), unravel_structure(d.value(), model));
}

int main() {
  Random rng(1);
  const Array<double> plain = rng.normal({300, 6}), x = plain * xt::xarray<double>{0.1, 1, 1, 1, 1, 10};
  const nn::Linear<double> truth(6, 3, rng), regression(6, 3, rng);
  const Indices labels = argmax(4 * truth(plain) - log(-log(Var<double>(rng.uniform({300, 3})))), -1);
  const auto loss = [&](const Var<double>& logits) { return nn::nll_loss(log_softmax(logits), labels); };

  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> value = loss(regression(x));
    return std::pair(value.item(), tape.gradient(value, regression.parameters()));
  };
  const double least = nn::minimize<double>(regression.parameters(), objective).value;
  std::cout << "the least loss: " << least << "\n";

  const auto identity = [](const Var<double>& h) { return h; };
  nn::Mlp<double> natural({6, 4, 3}, identity, rng), other({6, 4, 3}, identity, rng);
  nn::copy_parameters(natural, other);
  for (int step = 1; step <= 12; ++step) {
    natural_step(natural, x, loss, 0.05);
    std::cout << "natural step " << step << ": above it by " << loss(natural(x)).item() - least << "\n";
  }
  const auto loss_of = [&](const nn::Mlp<double>& model) { return loss(model(x)); };
  for (int step = 0; step < 400; ++step) change(other, -0.2, grad(loss_of)(other));  // at twice the rate it diverges
  std::cout << "400 steps of gradient descent: by " << loss_of(other).item() - least << "\n";

  const nn::Linear<double> normal(6, 1, rng);
  const Array<double> y = rng.normal({300, 1});
  natural_step(
      normal, x, [&](const Var<double>& mu) { return mean(square(y - mu)) / 2; }, 1e6);
  const auto columns = concatenate({ones<double>({300, 1}), Var<double>(x)}, -1);
  const Var<double> exact = ravel(lstsq(columns, y));
  std::cout << "one step, of a normal model: off least squares by "
            << max(abs(concatenate({normal.bias(), ravel(normal.weight())}) - exact)).item() << "\n";
}
