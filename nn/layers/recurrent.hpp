#pragma once
// What the recurrent layers share: their weights, and the walk over layers and times.

#include "nn/layers/layer.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace xtape::nn {

/// What a Rnn, Gru or Lstm has.
struct RecurrentOptions {
  std::size_t layers = 1;    ///< one upon the other
  bool bias = true;          ///< whether there are biases
  bool batch_first = false;  ///< whether x is (batch, time, in) in place of (time, batch, in)
};

/// What a Rnn or Gru gives.
template <class T>
struct Recurrence {
  Var<T> output;  ///< hidden states of the last layer: (time, batch, hidden)
  Var<T> hidden;  ///< the last ones of each layer: (layers, batch, hidden)
};

/// What a Lstm gives.
template <class T>
struct LstmRecurrence {
  Var<T> output;  ///< hidden states of the last layer: (time, batch, hidden)
  Var<T> hidden;  ///< the last ones of each layer: (layers, batch, hidden)
  Var<T> cell;    ///< the last cell states of each layer, likewise
};

/// Where a layer stands in sequences that come in chunks, one after the other: zeros before the first one.
///
///   nn::RecurrentState<float> state;
///   for (const Var<float>& chunk : chunks) ... gru(chunk, state).output ...
///
/// It is a constant: the gradient of a chunk ends where the chunk begins (truncated backpropagation through time).
template <class T>
struct RecurrentState {
  std::vector<Array<T>> parts = {};  ///< h, and c of a Lstm: (layers, batch, hidden) each; none before the first chunk
};

template <class T>
class Rnn;
template <class T>
class Gru;
template <class T>
class Lstm;

/// The base of Rnn, Gru and Lstm. The weights have PyTorch's names, shapes and order of gates: weight_ih_l0 (gates
/// hidden, in), weight_hh_l0 (gates hidden, hidden), bias_ih_l0, bias_hh_l0 (gates hidden), then those of the next
/// layer, _l1. All start uniform in ±1/√hidden.
template <class T>
class Recurrent : public Layer<T> {
 public:
  std::size_t layers() const { return weights_.size(); }  ///< one upon the other
  std::size_t hidden() const { return hidden_; }          ///< numbers of a state

 private:
  friend class Rnn<T>;
  friend class Gru<T>;
  friend class Lstm<T>;
  using State = std::vector<Var<T>>;  // (batch, hidden) each: h, and c of a Lstm
  struct Result {
    Var<T> output;
    std::vector<Var<T>> last;  // (layers, batch, hidden) each
  };

  Recurrent(const char* name, std::size_t gates, std::size_t in, std::size_t hidden, Random& rng,
            const RecurrentOptions& options);

  // `start` may be empty: zeros. `step(from_x, from_h, state)` makes the next state of the gates' two parts (batch,
  // gates hidden).
  template <class Step>
  Result run(const Var<T>& x, const State& start, std::size_t states, const Step& step) const;
  template <class Step>
  Result run_on(const Var<T>& x, RecurrentState<T>& state, std::size_t states, const Step& step) const;

  struct Weights {
    Parameter<T> of_input, of_hidden;
    std::optional<Parameter<T>> input_bias, hidden_bias;
  };
  static Var<T> affine(const Var<T>& x, const Parameter<T>& weight, const std::optional<Parameter<T>>& bias);
  void check(const Var<T>& x, const State& start, std::size_t batch) const;

  const char* name_;
  std::size_t in_, hidden_;
  bool batch_first_;
  std::vector<Weights> weights_;
};

}  // namespace xtape::nn
