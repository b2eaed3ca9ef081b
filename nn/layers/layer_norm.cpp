#include "nn/layers/layer_norm.hpp"

#include "nn/layers/normalization.hpp"

#include <algorithm>

namespace xtape::nn {

template <class T>
LayerNorm<T>::LayerNorm(const Shape& shape, const LayerNormOptions& options)
    : shape_(shape), epsilon_(detail::checked_epsilon("LayerNorm", options.epsilon)) {
  if (shape.empty()) throw Error("[LayerNorm] a shape of one dimension or more expected, got ()");
  if (!options.affine) return;
  this->add("weight", weight_.emplace(ones<T>(shape)));
  if (options.bias) this->add("bias", bias_.emplace(zeros<T>(shape)));
}

template <class T>
Var<T> LayerNorm<T>::operator()(const Var<T>& x) const {
  return this->located([&] {
    const Shape& shape = x.shape();
    if (shape.size() < shape_.size() || !std::equal(shape_.rbegin(), shape_.rend(), shape.rbegin())) {
      throw ShapeError("[layer_norm] x with the last dimensions " + to_string(shape_) + " expected, got " +
                       to_string(shape));
    }
    const std::size_t numbers = size_of(shape_), examples = numbers == 0 ? 0 : x.size() / numbers;
    if (weight_ && bias_) {
      const Var<T> w = reshape(weight_->var(), {numbers}), b = reshape(bias_->var(), {numbers});
      return Var<T>(
          reshape(detail::affine_standardized(Var<T>(reshape(x, {examples, numbers})), w, b, 1, epsilon_), shape));
    }
    const Var<T> y = detail::standardized(reshape(x, {std::size_t(1), examples, numbers}), epsilon_).y;
    std::optional<Var<T>> weight, bias;
    if (weight_) weight = weight_->var();
    if (bias_) bias = bias_->var();
    return detail::affine(reshape(y, shape), weight, bias);
  });
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace xtape::nn
