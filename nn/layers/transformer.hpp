#pragma once
// The layer that encoders of transformers are stacks of.

#include "nn/layers/attention.hpp"
#include "nn/layers/layer_norm.hpp"

#include <cstddef>
#include <functional>

namespace xtape::nn {

/// What a TransformerEncoderLayer has.
template <class T>
struct TransformerOptions {
  std::size_t feedforward = 2048;  ///< numbers between linear1 and linear2
  double dropout = 0.1;            ///< of the attention's weights and behind each step, in training
  std::function<Var<T>(const Var<T>&)> activation = {};  ///< between linear1 and linear2; relu where none is given
  double epsilon = 1e-5;                                 ///< of the LayerNorms
  bool batch_first = false;  ///< whether x is (batch, time, size) in place of (time, batch, size)
  bool norm_first = false;   ///< whether the norms come before the steps, and not behind the sums
  bool bias = true;          ///< whether the affine layers and norms have biases
};

/// x₁ = norm1(x + self_attn(x)), y = norm2(x₁ + linear2(f(linear1(x₁)))); with norm_first x₁ = x + self_attn(norm1(x)),
/// y = x₁ + linear2(f(linear1(norm2(x₁)))). Its parts have PyTorch's names. Source: A. Vaswani and others, "Attention
/// is all you need", NeurIPS 2017; R. Xiong and others, "On layer normalization in the transformer architecture", ICML
/// 2020.
template <class T>
class TransformerEncoderLayer : public Module<T> {
 public:
  /// Throws Error unless `size` is a multiple of the heads.
  TransformerEncoderLayer(std::size_t size, std::size_t heads, Random& rng, const TransformerOptions<T>& options = {});

  /// x: (time, batch, size) gives the same shape. Throws ShapeError for others.
  Var<T> operator()(const Var<T>& x, const AttentionMask<T>& mask = {}) const;

 private:
  MultiheadAttention<T> self_attn_;
  Linear<T> linear1_, linear2_;
  LayerNorm<T> norm1_, norm2_;
  Dropout<T> dropout_, dropout1_, dropout2_;
  std::function<Var<T>(const Var<T>&)> activation_;
  bool norm_first_;
};

extern template class TransformerEncoderLayer<float>;
extern template class TransformerEncoderLayer<double>;

}  // namespace xtape::nn
