#pragma once
// How long Adam needs for the scale of a normal distribution, by itself and as its logarithm.

#include "nn/nn.hpp"

#include <cmath>

namespace tutorial {

// Adam's steps until a normal distribution is within 5% of a sigma that it is fitted to, from `times` as much; or minus
// the steps until its sigma left the positive numbers.
inline double steps(double wanted, double times, bool logarithm) {
  const xtape::nn::Parameter<double> p(xtape::Array<double>(logarithm ? std::log(wanted * times) : wanted * times));
  xtape::nn::Adam<double> adam({p}, {.learning_rate = 0.01});
  for (int step = 0;; ++step) {
    xtape::Tape<double> tape;
    const xtape::Var<double> sigma = logarithm ? xtape::exp(p) : p.var();
    if (sigma.item() <= 0) return -step;
    if (std::abs(std::log(sigma.item() / wanted)) < 0.05) return step;
    adam.step({tape.gradient(0.5 * xtape::square(sigma / wanted) - xtape::log(sigma), p)});
  }
}

}  // namespace tutorial
