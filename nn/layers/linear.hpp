#pragma once
// The affine layer.

#include "nn/module.hpp"

namespace xtape::nn {

/// y = x Wᵀ + b with W: (out, in) and b: (out); x: (..., in) gives (..., out). Weight and bias start uniform in ±1/√in,
/// as PyTorch's do, and have PyTorch's shapes, so that weights exchange.
template <class T>
class Linear : public Module<T> {
 public:
  /// Draws weight and bias from `rng`, in this order.
  Linear(std::size_t in, std::size_t out, Random& rng);
  /// Until it is added to a module: so that a std::vector of layers can grow. Throws Error after that.
  Linear(Linear&& other)
      : Module<T>(Module<T>::Moved::kLayer, std::move(other)), weight_(other.weight_), bias_(other.bias_) {}

  /// y = x Wᵀ + b: x: (..., in) gives (..., out). Throws ShapeError where the last dimension of x is not `in`, or x has
  /// none.
  Var<T> operator()(const Var<T>& x) const {
    return this->located([&] { return linear(x, weight_.var(), bias_.var()); });
  }

  const Parameter<T>& weight() const { return weight_; }  ///< W: (out, in)
  const Parameter<T>& bias() const { return bias_; }      ///< b: (out)

 private:
  Parameter<T> weight_, bias_;
};

extern template class Linear<float>;
extern template class Linear<double>;

}  // namespace xtape::nn
