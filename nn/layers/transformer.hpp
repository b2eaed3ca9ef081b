#pragma once
// The encoder of transformers, and the layer that it is a stack of.

#include "nn/layers/attention.hpp"
#include "nn/layers/layer_norm.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

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

/// Layers of one kind, one after the other, all with the same mask; each has starting values of its own. Their
/// parameters have PyTorch's names: "layers.0.self_attn.in_proj_weight". With norm_first a LayerNorm behind them, which
/// is not a part, is usual.
template <class T>
class TransformerEncoder : public Module<T> {
 public:
  /// Throws Error for no layer, and unless `size` is a multiple of the heads.
  TransformerEncoder(std::size_t layers, std::size_t size, std::size_t heads, Random& rng,
                     const TransformerOptions<T>& options = {});

  /// x: (time, batch, size) gives the same shape. Throws ShapeError for others.
  Var<T> operator()(const Var<T>& x, const AttentionMask<T>& mask = {}) const;

  std::size_t depth() const { return stack_.layers.size(); }  ///< layers
  /// index < depth()
  const TransformerEncoderLayer<T>& layer(std::size_t index) const { return *stack_.layers[index]; }

 private:
  struct Stack : Module<T> {
    std::vector<std::unique_ptr<TransformerEncoderLayer<T>>> layers;
    Stack(std::size_t count, std::size_t size, std::size_t heads, Random& rng, const TransformerOptions<T>& options);
  };
  Stack stack_;
};

#define XTAPE_EXTERN(T)                             \
  extern template class TransformerEncoderLayer<T>; \
  extern template class TransformerEncoder<T>;
XTAPE_EXTERN(float)
XTAPE_EXTERN(double)
#undef XTAPE_EXTERN

}  // namespace xtape::nn
