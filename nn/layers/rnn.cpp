#include "nn/layers/rnn.hpp"

#include "nn/layers/recurrent_walk.hpp"

namespace xtape::nn {

namespace {

const auto kRnnStep = []<class T>(const Var<T>& from_x, const Var<T>& from_h, const std::vector<Var<T>>&) {
  return std::vector<Var<T>>{map([](auto a, auto b) { return tanh(a + b); }, from_x, from_h)};
};

}  // namespace

template <class T>
Rnn<T>::Rnn(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options)
    : Recurrent<T>("Rnn", 1, in, hidden, rng, options) {}

template <class T>
Recurrence<T> Rnn<T>::operator()(const Var<T>& x) const {
  const auto [output, last] = this->run(x, {}, 1, kRnnStep);
  return {output, last[0]};
}

template <class T>
Recurrence<T> Rnn<T>::operator()(const Var<T>& x, const Var<T>& h) const {
  const auto [output, last] = this->run(x, {h}, 1, kRnnStep);
  return {output, last[0]};
}

template <class T>
Recurrence<T> Rnn<T>::operator()(const Var<T>& x, RecurrentState<T>& state) const {
  const auto [output, last] = this->run_on(x, state, 1, kRnnStep);
  return {output, last[0]};
}

template class Rnn<float>;
template class Rnn<double>;

}  // namespace xtape::nn
