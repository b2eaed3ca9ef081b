#pragma once
// Long short-term memory.

#include "nn/layers/recurrent.hpp"

namespace xtape::nn {

/// c' = sigmoid(f) c + sigmoid(i) tanh(g) and h' = sigmoid(o) tanh(c') with (i, f, g, o) = W_ih x + b_ih + W_hh h +
/// b_hh, over the times of x and through all layers. Source: S. Hochreiter, J. Schmidhuber, "Long short-term memory",
/// Neural Computation 9 (1997), with the forget gate of F. Gers and others (2000).
template <class T>
class Lstm : public Recurrent<T> {
 public:
  Lstm(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options = {});

  /// x: (time, batch, in); from states of 0. Throws ShapeError for other shapes.
  LstmRecurrence<T> operator()(const Var<T>& x) const;
  /// The same from h and c: (layers, batch, hidden).
  LstmRecurrence<T> operator()(const Var<T>& x, const Var<T>& h, const Var<T>& c) const;
  /// The same from where the sequences before x have ended; `state` moves on.
  LstmRecurrence<T> operator()(const Var<T>& x, RecurrentState<T>& state) const;
};

extern template class Lstm<float>;
extern template class Lstm<double>;

}  // namespace xtape::nn
