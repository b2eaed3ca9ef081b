#include "nn/layers/mlp.hpp"

#include <string>
#include <utility>

namespace xtape::nn {

template <class T>
Mlp<T>::Mlp(std::vector<std::size_t> sizes, Activation activation, Random& rng) : activation_(std::move(activation)) {
  if (sizes.size() < 2) {
    throw Error("[Mlp] sizes of the input, of hidden layers and of the output expected, at least two, got " +
                std::to_string(sizes.size()));
  }
  if (!activation_) throw Error("[Mlp] an activation expected, got an empty function");
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    layers_.push_back(std::make_unique<Linear<T>>(sizes[l], sizes[l + 1], rng));
    this->add_own(std::to_string(l), *layers_.back());
  }
}

template <class T>
Mlp<T>::Mlp(std::vector<std::size_t> sizes, Random& rng)
    : Mlp(
          std::move(sizes), [](const Var<T>& h) { return relu(h); }, rng) {}

template <class T>
Var<T> Mlp<T>::operator()(const Var<T>& x) const {
  Var<T> h = (*layers_.front())(x);
  for (std::size_t l = 1; l < layers_.size(); ++l) h = (*layers_[l])(activation_(h));
  return h;
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace xtape::nn
