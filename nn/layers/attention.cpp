#include "nn/layers/attention.hpp"

#include "nn/init.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {

template <class T>
MultiheadAttention<T>::MultiheadAttention(std::size_t size, std::size_t heads, Random& rng,
                                          const AttentionOptions& options)
    : size_(size),
      heads_(heads),
      batch_first_(options.batch_first),
      in_proj_weight_(xavier_uniform<T>({3 * size, size}, rng)),
      out_proj_(size, size, rng, {.bias = options.bias}),
      dropout_(options.dropout, rng) {
  if (heads == 0 || size % heads != 0) {
    throw Error("[MultiheadAttention] a size that is a multiple of the heads expected, got " + std::to_string(size) +
                " and " + std::to_string(heads) + " heads");
  }
  this->add("in_proj_weight", in_proj_weight_);
  if (options.bias) {
    this->add("in_proj_bias", in_proj_bias_.emplace(zeros<T>({3 * size})));
    out_proj_.bias().set(zeros<T>({size}));
  }
  this->add("out_proj", out_proj_);
  this->add("dropout", dropout_);
}

template <class T>
void MultiheadAttention<T>::check(const char* what, const Var<T>& x) const {
  if (x.dimension() == 3 && x.shape(-1) == size_) return;
  throw ShapeError("[multihead_attention] a " + std::string(what) + " of shape (" +
                   (batch_first_ ? "batch, time" : "time, batch") + ", " + std::to_string(size_) + ") expected, got " +
                   to_string(x.shape()));
}

// (batch, heads, time, size / heads).
template <class T>
Var<T> MultiheadAttention<T>::heads_of(const Var<T>& projected) const {
  const Var<T> apart = reshape(projected, {projected.shape(0), projected.shape(1), heads_, size_ / heads_});
  return batch_first_ ? transpose(apart, {0, 2, 1, 3}) : transpose(apart, {1, 2, 0, 3});
}

template <class T>
Var<T> MultiheadAttention<T>::attend(const Var<T>& q, const Var<T>& k, const Var<T>& v,
                                     const AttentionMask<T>& mask) const {
  const Var<T> queries = heads_of(q), keys = heads_of(k), values = heads_of(v);
  const std::size_t batch = queries.shape(0), times = queries.shape(2), sources = keys.shape(2);
  if (keys.shape(0) != batch || values.shape() != keys.shape()) {
    throw ShapeError(
        "[multihead_attention] query, key and value of one batch, the last two of one length, expected, got " +
        to_string(q.shape()) + ", " + to_string(k.shape()) + " and " + to_string(v.shape()));
  }
  const T scale = T(1 / std::sqrt(double(size_ / heads_)));
  Var<T> scores = matmul(queries * scale, transpose(keys, {0, 1, 3, 2}));  // (batch, heads, times, sources)
  constexpr T kHidden = -std::numeric_limits<T>::infinity();
  if (mask.scores) scores = scores + broadcast_to(*mask.scores, scores.shape());
  if (mask.padding) {
    if (shape_of(*mask.padding) != Shape{batch, sources}) {
      throw ShapeError("[multihead_attention] a padding of shape (batch, sources) = " +
                       to_string(Shape{batch, sources}) + " expected, got " + to_string(shape_of(*mask.padding)));
    }
    const Var<T> hides(evaluated<T>(*mask.padding));
    scores = where(reshape(hides, {batch, std::size_t(1), std::size_t(1), sources}), kHidden, scores);
  }
  if (mask.causal) scores = where(Var<T>(tri<T>(times, sources, 0)), scores, kHidden);
  Var<T> weights;
  if ((mask.scores || mask.padding) && sources > 0) {  // where a time may see nothing, softmax would be 0 / 0
    const Var<T> blind = equal(max(stop_gradient(scores), -1, true), kHidden);
    weights = where(blind, T(0), softmax(where(blind, T(0), scores), -1));
  } else {
    weights = softmax(scores, -1);
  }
  const Var<T> seen = matmul(dropout_(weights), values);  // (batch, heads, times, size / heads)
  const Var<T> together = batch_first_ ? transpose(seen, {0, 2, 1, 3}) : transpose(seen, {2, 0, 1, 3});
  return out_proj_(reshape(together, q.shape()));
}

template <class T>
Var<T> MultiheadAttention<T>::operator()(const Var<T>& x, const AttentionMask<T>& mask) const {
  return this->located([&] {
    check("sequence", x);
    const Var<T> all = in_proj_bias_ ? linear(x, in_proj_weight_.var(), in_proj_bias_->var())
                                     : matmul(x, transpose(in_proj_weight_.var()));
    const std::vector<Var<T>> qkv = split(all, 3, -1);
    return attend(qkv[0], qkv[1], qkv[2], mask);
  });
}

template <class T>
Var<T> MultiheadAttention<T>::operator()(const Var<T>& query, const Var<T>& key, const Var<T>& value,
                                         const AttentionMask<T>& mask) const {
  return this->located([&] {
    check("query", query);
    check("key", key);
    check("value", value);
    const std::vector<Var<T>> weights = split(in_proj_weight_, 3, 0);
    const std::vector<Var<T>> biases = in_proj_bias_ ? split(*in_proj_bias_, 3, 0) : std::vector<Var<T>>();
    const auto project = [&](const Var<T>& x, std::size_t k) {
      return biases.empty() ? matmul(x, transpose(weights[k])) : linear(x, weights[k], biases[k]);
    };
    return attend(project(query, 0), project(key, 1), project(value, 2), mask);
  });
}

template class MultiheadAttention<float>;
template class MultiheadAttention<double>;

}  // namespace xtape::nn
