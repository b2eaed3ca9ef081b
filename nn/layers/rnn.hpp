#pragma once
// The plain recurrent layer.

#include "nn/layers/recurrent.hpp"

namespace xtape::nn {

/// h' = tanh(W_ih x + b_ih + W_hh h + b_hh), over the times of x and through all layers. Source: J. Elman, "Finding
/// structure in time", Cognitive Science 14 (1990).
template <class T>
class Rnn : public Recurrent<T> {
 public:
  Rnn(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options = {});

  /// x: (time, batch, in); from states of 0. Throws ShapeError for other shapes.
  Recurrence<T> operator()(const Var<T>& x) const;
  /// The same from h: (layers, batch, hidden).
  Recurrence<T> operator()(const Var<T>& x, const Var<T>& h) const;
  /// The same from where the sequences before x have ended; `state` moves on.
  Recurrence<T> operator()(const Var<T>& x, RecurrentState<T>& state) const;
};

extern template class Rnn<float>;
extern template class Rnn<double>;

}  // namespace xtape::nn
