#pragma once
// Nonlinearities as objects, for Sequential and Mlp: the functions of their names.

#include "autodiff/autodiff.hpp"

#include <cstddef>

namespace xtape::nn {

/// max(x, 0).
struct Relu {
  auto operator()(const Variable auto& x) const { return relu(x); }
};
/// x above 0, else `negative_slope` x.
struct LeakyRelu {
  double negative_slope = 0.01;
  auto operator()(const Variable auto& x) const { return leaky_relu(x, negative_slope); }
};
/// x above 0, else `alpha` (eˣ - 1).
struct Elu {
  double alpha = 1;
  auto operator()(const Variable auto& x) const { return elu(x, alpha); }
};
/// x Φ(x).
struct Gelu {
  auto operator()(const Variable auto& x) const { return gelu(x); }
};
/// x sigmoid x.
struct Silu {
  auto operator()(const Variable auto& x) const { return silu(x); }
};
/// 1 / (1 + e⁻ˣ).
struct Sigmoid {
  auto operator()(const Variable auto& x) const { return sigmoid(x); }
};
/// tanh x.
struct Tanh {
  auto operator()(const Variable auto& x) const { return tanh(x); }
};
/// ln(1 + eˣ).
struct Softplus {
  auto operator()(const Variable auto& x) const { return softplus(x); }
};
/// eˣ / Σ eˣ along `axis`.
struct Softmax {
  std::ptrdiff_t axis = -1;
  auto operator()(const Variable auto& x) const { return softmax(x, axis); }
};

}  // namespace xtape::nn
