#include "nn/layers/transformer.hpp"

#include <string>

namespace xtape::nn {

template <class T>
TransformerEncoderLayer<T>::TransformerEncoderLayer(std::size_t size, std::size_t heads, Random& rng,
                                                    const TransformerOptions<T>& options)
    : self_attn_(size, heads, rng,
                 {.dropout = options.dropout, .bias = options.bias, .batch_first = options.batch_first}),
      linear1_(size, options.feedforward, rng, {.bias = options.bias}),
      linear2_(options.feedforward, size, rng, {.bias = options.bias}),
      norm1_(size, {.epsilon = options.epsilon, .bias = options.bias}),
      norm2_(size, {.epsilon = options.epsilon, .bias = options.bias}),
      dropout_(options.dropout, rng),
      dropout1_(options.dropout, rng),
      dropout2_(options.dropout, rng),
      activation_(options.activation),
      norm_first_(options.norm_first) {
  if (!activation_) activation_ = [](const Var<T>& h) { return relu(h); };
  this->add("self_attn", self_attn_);
  this->add("linear1", linear1_);
  this->add("dropout", dropout_);
  this->add("linear2", linear2_);
  this->add("norm1", norm1_);
  this->add("norm2", norm2_);
  this->add("dropout1", dropout1_);
  this->add("dropout2", dropout2_);
}

template <class T>
Var<T> TransformerEncoderLayer<T>::operator()(const Var<T>& x, const AttentionMask<T>& mask) const {
  const auto attention = [&](const Var<T>& h) { return dropout1_(self_attn_(h, mask)); };
  const auto feedforward = [&](const Var<T>& h) { return dropout2_(linear2_(dropout_(activation_(linear1_(h))))); };
  if (norm_first_) {
    const Var<T> between = x + attention(norm1_(x));
    return between + feedforward(norm2_(between));
  }
  const Var<T> between = norm1_(x + attention(x));
  return norm2_(between + feedforward(between));
}

template <class T>
TransformerEncoder<T>::Stack::Stack(std::size_t count, std::size_t size, std::size_t heads, Random& rng,
                                    const TransformerOptions<T>& options) {
  if (count == 0) throw Error("[TransformerEncoder] one layer or more expected, got 0");
  for (std::size_t l = 0; l < count; ++l) {
    layers.push_back(std::make_unique<TransformerEncoderLayer<T>>(size, heads, rng, options));
    this->add_own(std::to_string(l), *layers.back());
  }
}

template <class T>
TransformerEncoder<T>::TransformerEncoder(std::size_t layers, std::size_t size, std::size_t heads, Random& rng,
                                          const TransformerOptions<T>& options)
    : stack_(layers, size, heads, rng, options) {
  this->add("layers", stack_);
}

template <class T>
Var<T> TransformerEncoder<T>::operator()(const Var<T>& x, const AttentionMask<T>& mask) const {
  Var<T> h = x;
  for (const auto& layer : stack_.layers) h = (*layer)(h, mask);
  return h;
}

#define XTAPE_INSTANTIATE(T)                 \
  template class TransformerEncoderLayer<T>; \
  template class TransformerEncoder<T>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
