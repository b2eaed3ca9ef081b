#pragma once
// The multi-layer perceptron.

#include "nn/layers/linear.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace xtape::nn {

/// Affine layers with a nonlinearity between them, h_l = f(h_{l-1} W_lᵀ + b_l), and none after the last:
///
///   nn::Mlp<float> decoder({20, 400, 784}, rng);   // with ReLU
///   nn::Mlp<float> smooth({20, 400, 784}, [](const Var<float>& h) { return tanh(h); }, rng);
///
/// The layers are called "0", "1", ..., so that their weights are those of PyTorch's Sequential without its
/// nonlinearities.
template <class T>
class Mlp : public Module<T> {
 public:
  /// What happens to every number between two layers.
  using Activation = std::function<Var<T>(const Var<T>&)>;

  /// `sizes`: the numbers that go in, the width of each hidden layer, and the numbers that come out. Draws weights and
  /// biases from `rng`, layer by layer. Throws Error for fewer than two sizes and an empty activation.
  Mlp(std::vector<std::size_t> sizes, Activation activation, Random& rng);
  /// The same with ReLU.
  Mlp(std::vector<std::size_t> sizes, Random& rng);

  /// x: (..., in) gives (..., out). Throws ShapeError where the last dimension of x is another.
  Var<T> operator()(const Var<T>& x) const;

  std::size_t depth() const { return layers_.size(); }                         ///< layers
  const Linear<T>& layer(std::size_t index) const { return *layers_[index]; }  ///< index < depth()

 private:
  std::vector<std::unique_ptr<Linear<T>>> layers_;
  Activation activation_;
};

extern template class Mlp<float>;
extern template class Mlp<double>;

}  // namespace xtape::nn
