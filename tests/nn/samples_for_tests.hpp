#pragma once
// Samples for the tests of linear models.

#include "autodiff/autodiff.hpp"

#include <cmath>
#include <cstddef>

namespace xtape::nn {

/// (n, d) samples with some directions stronger than others, and a mean.
inline Array<double> anisotropic_samples(std::size_t n, std::size_t d) {
  Random rng(3);
  const Array<double> z = rng.normal<double>({n, d}), mix = rng.normal<double>({d, d});
  Array<double> scale = zeros<double>({d});
  for (std::size_t i = 0; i < d; ++i) scale(i) = std::pow(0.7, double(i));
  return Var<double>(matmul(Var<double>(z) * scale, mix) + 0.5).value();
}

}  // namespace xtape::nn
