// A curve fitted by gradient descent, with a tape by hand.
//
// Draws 200 points of y = 2 exp(-1.5 x) + 0.5 with noise of standard deviation 0.05, and finds the three numbers again:
// prints them, each within 0.03 of what it was, and the mean squared error, about the variance of the noise, 0.0025.

#include <autodiff/autodiff.hpp>

#include <iostream>

using namespace xtape;

int main() {
  Random rng(1);
  const xt::xarray<double> x = rng.uniform({200}, 0, 4);
  const xt::xarray<double> y = 2 * xt::exp(-1.5 * x) + 0.5 + 0.05 * rng.normal({200});

  xt::xarray<double> guess{1, 1, 0};
  double error = 0;
  for (int step = 0; step < 2000; ++step) {
    Tape<double> tape;  // records until the end of the step
    const Var<double> p = tape.watch(guess);
    const Var<double> curve = p(0) * exp(-p(1) * x) + p(2);
    const Var<double> loss = mean(square(curve - y));
    guess -= 0.2 * tape.gradient(loss, p);
    error = loss.item();
  }
  std::cout << "y = " << guess(0) << " exp(-" << guess(1) << " x) + " << guess(2) << ", mean squared error " << error
            << "\n";
}
