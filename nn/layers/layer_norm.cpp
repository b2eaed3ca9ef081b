#include "nn/layers/layer_norm.hpp"

#include "nn/layers/normalization.hpp"

#include <algorithm>
#include <vector>

namespace xtape::nn {

template <class T>
LayerNorm<T>::LayerNorm(const Shape& shape, const LayerNormOptions& options)
    : shape_(shape), epsilon_(options.epsilon) {
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
    std::vector<std::ptrdiff_t> axes;
    for (std::size_t d = 0; d < shape_.size(); ++d) axes.push_back(-1 - std::ptrdiff_t(d));
    const auto [variance, mean_of_x] = var_mean(x, axes, true);
    std::optional<Var<T>> weight, bias;
    if (weight_) weight = weight_->var();
    if (bias_) bias = bias_->var();
    return detail::normalized(x, mean_of_x, variance, epsilon_, weight ? &*weight : nullptr, bias ? &*bias : nullptr);
  });
}

template class LayerNorm<float>;
template class LayerNorm<double>;

}  // namespace xtape::nn
