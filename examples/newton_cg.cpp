// Newton's method for a network, without a Hessian: J. Martens, "Deep learning via Hessian-free optimization", 2010;
// the line search Newton-CG method of J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., algorithm 7.1.
//
// Each step solves H p = -g by conjugate gradients on products hvp(loss)(network, v), as exactly as the gradient is
// small, and only until a direction of negative curvature, along which the loss falls as well. A network learns what
// another one of the same form says, so that the least loss is 0. Prints loss and gradient's norm before each step, at
// last below 1e-10; how far the two networks are from each other at points that were not trained on, below 1e-6; and
// the same of Adam after as many gradients, for which a product counts twice: above 1e-5.

#include <nn/nn.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <string>
#include <vector>

using namespace xtape;
using Parts = std::map<std::string, Array<double>>;

void change(const nn::Module<double>& model, double step, const Parts& along) {
  for (const auto& [name, parameter] : model.named_parameters()) {
    parameter.set(parameter.value() + step * along.at(name));
  }
}
double inner(const Array<double>& a, const Array<double>& b) {
  return dot(a, b).item();
}

/// About the p with H p = -g, along which a function with this gradient falls; `product` is v -> H v.
Array<double> newton_direction(const auto& product, const Array<double>& g) {
  Array<double> p = zeros<double>(shape_of(g)), residual = -g, direction = residual;
  double squares = inner(g, g);
  const double enough = squares * std::min(0.25, std::sqrt(squares));  // (|g| min(1/2, sqrt|g|))²
  while (squares > enough) {
    const Array<double> image = product(direction);
    const double curvature = inner(direction, image);
    if (curvature <= 0) return inner(p, p) == 0 ? direction : p;
    p += squares / curvature * direction;
    residual -= squares / curvature * image;
    const double before = squares;
    squares = inner(residual, residual);
    direction = residual + squares / before * direction;
  }
  return p;
}

int main() {
  Random rng(1);
  const auto activation = [](const Var<double>& h) { return tanh(h); };
  nn::Mlp<double> teacher({6, 3, 1}, activation, rng), student({6, 3, 1}, activation, rng),
      other({6, 3, 1}, activation, rng);
  for (const auto& parameter : teacher.parameters()) parameter.set(3 * parameter.value());  // less linear
  nn::copy_parameters(student, other);
  const Var<double> x = rng.normal({200, 6}), x_new = rng.normal({200, 6}), y = teacher(x);
  const auto loss = [&](const nn::Mlp<double>& model) { return mean(square(model(x) - y)); };
  const auto report = [&](const std::string& who, const nn::Mlp<double>& model) {
    std::cout << who << ": loss " << loss(model).item() << ", elsewhere off by at most "
              << max(abs(model(x_new) - teacher(x_new))).item() << "\n";
  };

  int gradients = 0;
  for (int step = 0; step < 100; ++step) {
    const auto both = value_and_grad(loss)(student);
    const Array<double> g = ravel_structure(both.gradient);
    const double size = std::sqrt(inner(g, g));
    std::cout << "step " << step << ": loss " << both.value << ", |gradient| " << size << "\n";
    if (size < 1e-10) break;
    const auto product = [&](const Array<double>& v) {
      gradients += 2;
      return ravel_structure(hvp(loss)(student, unravel_structure(v, student)));
    };
    const Array<double> p = newton_direction(product, g);
    const Parts along = unravel_structure(p, student);
    double length = 1;
    change(student, length, along);
    while (loss(student).item() > both.value + 1e-4 * length * inner(p, g) && length > 1e-6) {
      change(student, -length / 2, along);
      length /= 2;
    }
    ++gradients;
  }
  report("Newton's method", student);

  nn::Adam<double> adam(other.parameters(), {.learning_rate = 0.1});
  for (int i = 0; i < gradients; ++i) {
    Tape<double> tape;
    adam.step(tape.gradient(loss(other), other.parameters()));
  }
  report("Adam after " + std::to_string(gradients) + " gradients", other);
}
