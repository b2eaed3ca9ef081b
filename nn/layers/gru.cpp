#include "nn/layers/gru.hpp"

#include "nn/layers/recurrent_walk.hpp"

namespace xtape::nn {

namespace {

const auto kGruStep = []<class T>(const Var<T>& from_x, const Var<T>& from_h, const std::vector<Var<T>>& state) {
  const std::vector<Var<T>> a = split(from_x, 3, -1), u = split(from_h, 3, -1);
  const auto next = [](auto ar, auto ur, auto az, auto uz, auto an, auto un, auto h) {
    const auto z = sigmoid(az + uz), n = tanh(an + sigmoid(ar + ur) * un);
    return n + z * (h - n);
  };
  return std::vector<Var<T>>{map(next, a[0], u[0], a[1], u[1], a[2], u[2], state[0])};
};

}  // namespace

template <class T>
Gru<T>::Gru(std::size_t in, std::size_t hidden, Random& rng, const RecurrentOptions& options)
    : Recurrent<T>("Gru", 3, in, hidden, rng, options) {}

template <class T>
Recurrence<T> Gru<T>::operator()(const Var<T>& x) const {
  const auto [output, last] = this->run(x, {}, 1, kGruStep);
  return {output, last[0]};
}

template <class T>
Recurrence<T> Gru<T>::operator()(const Var<T>& x, const Var<T>& h) const {
  const auto [output, last] = this->run(x, {h}, 1, kGruStep);
  return {output, last[0]};
}

template <class T>
Recurrence<T> Gru<T>::operator()(const Var<T>& x, RecurrentState<T>& state) const {
  const auto [output, last] = this->run_on(x, state, 1, kGruStep);
  return {output, last[0]};
}

template class Gru<float>;
template class Gru<double>;

}  // namespace xtape::nn
