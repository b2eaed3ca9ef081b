// Newton's method without a Hessian: each step solves H p = g by conjugate gradients, which ask for products H v alone.
//
// Minimizes the loss of a logistic regression with 500 samples of 50 features. Prints the norm of the gradient before
// each step; after six it is below 1e-10.

#include <autodiff/autodiff.hpp>

#include <cmath>
#include <iostream>

using namespace xtape;

/// Solves A p = b by the method of conjugate gradients, `product` being v -> A v.
template <class Product>
Array<double> conjugate_gradients(const Product& product, const Array<double>& b) {
  Array<double> p = zeros<double>(shape_of(b)), residual = b, direction = b;
  double squares = dot(residual, residual).item();
  const double enough = 1e-20 * squares;
  while (squares > enough) {
    const Array<double> image = product(direction);
    const double length = squares / dot(direction, image).item();
    p += length * direction;
    residual -= length * image;
    const double before = squares;
    squares = dot(residual, residual).item();
    direction = residual + squares / before * direction;
  }
  return p;
}

int main() {
  Random rng(1);
  const Array<double> x = rng.normal({500, 50});
  const Array<double> truth = rng.normal({50});
  const Array<double> y = rng.bernoulli(sigmoid(matmul(x, truth)).value());

  const auto loss = [&](const auto& w) {
    const auto logits = matmul(x, w);
    return mean(softplus(logits) - y * logits) + 0.005 * sum(square(w));
  };
  Array<double> w = zeros<double>({50});
  for (int step = 0; step < 20; ++step) {
    const auto [value, gradient] = value_and_grad(loss)(w);
    const double size = std::sqrt(dot(gradient, gradient).item());
    std::cout << "step " << step << ": loss " << value << ", |gradient| " << size << "\n";
    if (size < 1e-10) return 0;
    w -= conjugate_gradients([&](const Array<double>& v) { return hvp(loss)(w, v); }, gradient);
  }
  return 1;
}
