#pragma once
// The gated recurrent unit.

#include "nn/layers/recurrent.hpp"

namespace xtape::nn {

/// h' = (1 - z) n + z h with r = sigmoid(a_r + u_r), z = sigmoid(a_z + u_z), n = tanh(a_n + r u_n), where a = W_ih x +
/// b_ih and u = W_hh h + b_hh, over the times of x and through all layers. The order of gates is r, z, n. Source: K.
/// Cho and others, "Learning phrase representations using RNN encoder-decoder", EMNLP 2014, with the reset gate behind
/// the product, as PyTorch's.
template <class T>
class Gru : public Recurrent<T> {
 public:
  Gru(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options = {});

  /// x: (time, batch, in); from states of 0. Throws ShapeError for other shapes.
  Recurrence<T> operator()(const Var<T>& x) const;
  /// The same from h: (layers, batch, hidden).
  Recurrence<T> operator()(const Var<T>& x, const Var<T>& h) const;
  /// The same from where the sequences before x have ended; `state` moves on.
  Recurrence<T> operator()(const Var<T>& x, RecurrentState<T>& state) const;
};

extern template class Gru<float>;
extern template class Gru<double>;

}  // namespace xtape::nn
