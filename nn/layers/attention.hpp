#pragma once
// Attention with several heads.

#include "nn/layers/dropout.hpp"
#include "nn/layers/linear.hpp"

#include <cstddef>
#include <optional>

namespace xtape::nn {

/// What a MultiheadAttention has.
struct AttentionOptions {
  double dropout = 0;        ///< of the attention's weights, in training
  bool bias = true;          ///< whether the projections have biases
  bool batch_first = false;  ///< whether sequences are (batch, time, size) in place of (time, batch, size)
};

/// Which times see which. One that sees none is given 0 by every head, so that out_proj's bias comes of it, and has no
/// gradient.
template <class T>
struct AttentionMask {
  bool causal = false;  ///< each time only itself and those before
  /// (batch, source times): true at those which nobody sees, that fill up a sequence.
  std::optional<Array<bool>> padding = {};
  /// What is added to the scores, broadcast to (batch, heads, times, source times): -∞ hides. May be a variable.
  std::optional<Var<T>> scores = {};
};

/// softmax(q kᵀ / √d + mask) v for each of the heads, whose queries, keys and values, d = size / heads numbers long,
/// are affine functions of the sequences, and an affine function out_proj of all heads together. in_proj_weight (3
/// size, size) and in_proj_bias (3 size) stand for queries, keys and values, in this order, as PyTorch's. Source: A.
/// Vaswani and others, "Attention is all you need", NeurIPS 2017.
///
/// in_proj_weight starts by xavier_uniform, the biases as 0, out_proj.weight as a Linear's.
template <class T>
class MultiheadAttention : public Module<T> {
 public:
  /// Throws Error unless `size` is a multiple of the heads.
  MultiheadAttention(std::size_t size, std::size_t heads, Random& rng, const AttentionOptions& options = {});

  /// Of a sequence to itself. x: (time, batch, size) gives the same shape. Throws ShapeError for others.
  Var<T> operator()(const Var<T>& x, const AttentionMask<T>& mask = {}) const;
  /// Of the query (times, batch, size) to key and value (source times, batch, size). Throws ShapeError for others.
  Var<T> operator()(const Var<T>& query, const Var<T>& key, const Var<T>& value,
                    const AttentionMask<T>& mask = {}) const;

 private:
  Var<T> heads_of(const Var<T>& projected) const;
  Var<T> attend(const Var<T>& q, const Var<T>& k, const Var<T>& v, const AttentionMask<T>& mask) const;
  void check(const char* what, const Var<T>& x) const;

  std::size_t size_, heads_;
  bool batch_first_;
  Parameter<T> in_proj_weight_;
  std::optional<Parameter<T>> in_proj_bias_;
  Linear<T> out_proj_;
  Dropout<T> dropout_;
};

extern template class MultiheadAttention<float>;
extern template class MultiheadAttention<double>;

}  // namespace xtape::nn
