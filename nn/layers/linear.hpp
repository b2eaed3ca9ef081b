#pragma once
// The affine layer.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// What a Linear has.
struct LinearOptions {
  bool bias = true;
};

/// y = x Wᵀ + b with W: (out, in) and b: (out); x: (..., in) gives (..., out). Weight and bias start uniform in ±1/√in,
/// as PyTorch's do, and have PyTorch's shapes, so that weights exchange.
template <class T>
class Linear : public Layer<T> {
 public:
  /// Draws weight and bias from `rng`, in this order.
  Linear(std::size_t in, std::size_t out, Random& rng, const LinearOptions& options = {});

  /// y = x Wᵀ + b: x: (..., in) gives (..., out). Throws ShapeError where the last dimension of x is not `in`, or x has
  /// none.
  Var<T> operator()(const Var<T>& x) const {
    return this->located(
        [&] { return bias_ ? linear(x, weight_.var(), bias_->var()) : matmul(x, transpose(weight_.var())); });
  }

  const Parameter<T>& weight() const { return weight_; }  ///< W: (out, in)
  bool has_bias() const { return bias_.has_value(); }     ///< unless it was made without
  /// b: (out). Throws Error where there is none.
  const Parameter<T>& bias() const;

 private:
  Parameter<T> weight_;
  std::optional<Parameter<T>> bias_;
};

extern template class Linear<float>;
extern template class Linear<double>;

}  // namespace xtape::nn
