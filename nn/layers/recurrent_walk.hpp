#pragma once
// Recurrent's definitions, for the files that instantiate its layers.

#include "autodiff/text.hpp"
#include "nn/init.hpp"
#include "nn/layers/recurrent.hpp"

#include <string>
#include <utility>

namespace xtape::nn {

template <class T>
Recurrent<T>::Recurrent(const char* name, std::size_t gates, std::size_t in, std::size_t hidden, Random& rng,
                        const RecurrentOptions& options)
    : name_(name), in_(in), hidden_(hidden), batch_first_(options.batch_first) {
  if (options.layers == 0 || hidden == 0) {
    throw Error(text::bracketed(name) + "one layer or more of one hidden number or more expected, got " +
                std::to_string(options.layers) + " layers of " + std::to_string(hidden));
  }
  for (std::size_t l = 0; l < options.layers; ++l) {
    const auto add = [&](const char* kind, const Shape& shape) {
      Parameter<T> parameter(fan_in_uniform<T>(shape, hidden, rng));
      Module<T>::add(kind + ("_l" + std::to_string(l)), parameter);
      return parameter;
    };
    Weights& weights = weights_.emplace_back();
    weights.of_input = add("weight_ih", {gates * hidden, l == 0 ? in : hidden});
    weights.of_hidden = add("weight_hh", {gates * hidden, hidden});
    if (!options.bias) continue;
    weights.input_bias = add("bias_ih", {gates * hidden});
    weights.hidden_bias = add("bias_hh", {gates * hidden});
  }
}

template <class T>
Var<T> Recurrent<T>::affine(const Var<T>& x, const Parameter<T>& weight, const std::optional<Parameter<T>>& bias) {
  return bias ? linear(x, weight.var(), bias->var()) : matmul(x, transpose(weight.var()));
}

template <class T>
void Recurrent<T>::check(const Var<T>& x, const State& start, std::size_t batch) const {
  const Shape& shape = x.shape();
  if (shape.size() != 3 || shape[2] != in_ || shape[batch_first_ ? 1 : 0] == 0) {
    throw ShapeError(text::bracketed(name_) + "x of shape (" + (batch_first_ ? "batch, time" : "time, batch") + ", " +
                     std::to_string(in_) + ") and at least one time expected, got " + to_string(shape));
  }
  const Shape expected{layers(), batch, hidden_};
  for (const Var<T>& state : start) {
    if (state.shape() == expected) continue;
    throw ShapeError(text::bracketed(name_) + "a state of shape (layers, batch, hidden) = " + to_string(expected) +
                     " expected, got " + to_string(state.shape()));
  }
}

template <class T>
template <class Step>
typename Recurrent<T>::Result Recurrent<T>::run(const Var<T>& x, const State& start, std::size_t states,
                                                const Step& step) const {
  return this->located([&] {
    const std::size_t batch = x.dimension() == 3 ? x.shape(batch_first_ ? 0 : 1) : 0;
    check(x, start, batch);
    Var<T> sequence = batch_first_ ? transpose(x, {1, 0, 2}) : x;  // (time, batch, in)
    std::vector<State> last(states);
    for (std::size_t l = 0; l < layers(); ++l) {
      const Weights& weights = weights_[l];
      State state;
      for (std::size_t k = 0; k < states; ++k) {
        state.push_back(start.empty() ? Var<T>(zeros<T>({batch, hidden_})) : take(start[k], l));
      }
      // The inputs' part of all times is one product.
      const std::vector<Var<T>> from_x = unstack(affine(sequence, weights.of_input, weights.input_bias), 0);
      std::vector<Var<T>> outputs;
      for (const Var<T>& now : from_x) {
        state = step(now, affine(state[0], weights.of_hidden, weights.hidden_bias), state);
        outputs.push_back(state[0]);
      }
      sequence = stack(outputs, 0);
      for (std::size_t k = 0; k < states; ++k) last[k].push_back(state[k]);
    }
    Result result{batch_first_ ? transpose(sequence, {1, 0, 2}) : sequence, {}};
    for (const State& of_layers : last) result.last.push_back(stack(of_layers, 0));
    return result;
  });
}

template <class T>
template <class Step>
typename Recurrent<T>::Result Recurrent<T>::run_on(const Var<T>& x, RecurrentState<T>& state, std::size_t states,
                                                   const Step& step) const {
  const State start(state.parts.begin(), state.parts.end());
  if (!start.empty() && start.size() != states) {
    this->located([&] {
      throw ShapeError(text::bracketed(name_) + "a state of parts (layers, batch, hidden), " + std::to_string(states) +
                       " or none, expected, got " + std::to_string(start.size()));
    });
  }
  Result result = run(x, start, states, step);
  state.parts.clear();
  for (const Var<T>& part : result.last) state.parts.push_back(part.value());
  return result;
}

}  // namespace xtape::nn
