#include "nn/layers/lstm.hpp"

#include "nn/layers/recurrent_walk.hpp"

namespace xtape::nn {

namespace {

const auto kLstmStep = []<class T>(const Var<T>& from_x, const Var<T>& from_h, const std::vector<Var<T>>& state) {
  const std::vector<Var<T>> gates = split(from_x + from_h, 4, -1);
  const Var<T> c = map([](auto i, auto f, auto g, auto before) { return sigmoid(f) * before + sigmoid(i) * tanh(g); },
                       gates[0], gates[1], gates[2], state[1]);
  return std::vector<Var<T>>{map([](auto o, auto cell) { return sigmoid(o) * tanh(cell); }, gates[3], c), c};
};

}  // namespace

template <class T>
Lstm<T>::Lstm(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options)
    : Recurrent<T>("Lstm", 4, in, hidden, rng, options) {}

template <class T>
LstmRecurrence<T> Lstm<T>::operator()(const Var<T>& x) const {
  const auto [output, last] = this->run(x, {}, 2, kLstmStep);
  return {output, last[0], last[1]};
}

template <class T>
LstmRecurrence<T> Lstm<T>::operator()(const Var<T>& x, const Var<T>& h, const Var<T>& c) const {
  const auto [output, last] = this->run(x, {h, c}, 2, kLstmStep);
  return {output, last[0], last[1]};
}

template <class T>
LstmRecurrence<T> Lstm<T>::operator()(const Var<T>& x, RecurrentState<T>& state) const {
  const auto [output, last] = this->run_on(x, state, 2, kLstmStep);
  return {output, last[0], last[1]};
}

template class Lstm<float>;
template class Lstm<double>;

}  // namespace xtape::nn
