#include "nn/distributions/flows.hpp"

#include <cmath>
#include <string>

namespace xtape::nn {

namespace {

template <class T>
Array<T> small(Random& rng, const Shape& shape) {
  return Var<T>(0.1 * Var<T>(rng.normal<T>(shape))).value();
}

// A log scale within ±2, which is what it was near 0: no network starts, or runs off, with scales that overflow.
template <class T>
Var<T> bounded(const Var<T>& s) {
  return 2.0 * tanh(0.5 * s);
}

template <class T>
Var<T> part(const Var<T>& v, std::size_t from, std::size_t to) {
  return view(v, xt::ellipsis(), xt::range(std::ptrdiff_t(from), std::ptrdiff_t(to)));
}

template <class T>
void check_size(const char* operation, const Var<T>& x, std::size_t size) {
  if (x.dimension() > 0 && x.shape(-1) == size) return;
  throw ShapeError(std::string("[") + operation + "] vectors of " + std::to_string(size) +
                   " numbers expected along the last dimension, got shape " + to_string(x.shape()));
}

}  // namespace

template <class T>
AffineFlow<T>::AffineFlow(std::size_t size) : shift_(zeros<T>({size})), log_scale_(zeros<T>({size})) {
  this->add("shift", shift_);
  this->add("log_scale", log_scale_);
}

template <class T>
auto AffineFlow<T>::forward(const Var<T>& z) const -> Result {
  check_size("AffineFlow", z, shift_.value().size());
  return {shift_ + z * exp(log_scale_), sum(broadcast_to(log_scale_, z.shape()), -1)};
}

template <class T>
auto AffineFlow<T>::inverse(const Var<T>& x) const -> Result {
  check_size("AffineFlow", x, shift_.value().size());
  return {(x - shift_) * exp(-log_scale_), -sum(broadcast_to(log_scale_, x.shape()), -1)};
}

template <class T>
std::pair<Var<T>, Var<T>> planar_flow(const Var<T>& z, const Var<T>& u, const Var<T>& w, const Var<T>& b) {
  const std::size_t size = z.dimension() > 0 ? z.shape(-1) : 0;
  check_size("planar_flow", z, size);
  check_size("planar_flow", u, size);
  check_size("planar_flow", w, size);
  // û = u + (m(wᵀu) - wᵀu) w / |w|² with m(a) = softplus(a) - 1, so that wᵀû > -1 and the flow is invertible.
  const Var<T> along = sum(w * u, -1), m = softplus(along) - 1.0;
  // The determinant 1 + (1 - h²) wᵀû is a sum of numbers above 0 then. With w = 0 no z matters, and it is a shift.
  const Var<T> squares = sum(square(w), -1), is_shift = squares <= 0.0;
  const Var<T> u_hat = u + expand_dims((m - along) / where(is_shift, 1.0, squares), -1) * w;
  const Var<T> h = tanh(sum(z * w, -1) + b), h2 = square(h);
  const Var<T> det = where(is_shift, 1.0, h2 + (1.0 - h2) * softplus(along));
  return {z + expand_dims(h, -1) * u_hat, log(det)};
}

template <class T>
PlanarFlow<T>::PlanarFlow(std::size_t size, Random& rng)
    : u_(small<T>(rng, {size})), w_(small<T>(rng, {size})), b_(zeros<T>({})) {
  this->add("u", u_);
  this->add("w", w_);
  this->add("b", b_);
}

template <class T>
auto PlanarFlow<T>::forward(const Var<T>& z) const -> Result {
  check_size("PlanarFlow", z, w_.value().size());
  return planar_flow(z, u_.var(), w_.var(), b_.var());
}

template <class T>
auto PlanarFlow<T>::inverse(const Var<T>&) const -> Result {
  throw Error("[PlanarFlow::inverse] has no closed form; sample_with_log_prob gives draws with their densities");
}

template <class T>
struct CouplingFlow<T>::Parts {
  Var<T> kept, changed, shift, log_scale;
};

template <class T>
CouplingFlow<T>::CouplingFlow(std::size_t size, std::size_t hidden, bool swapped, Random& rng)
    : size_(size),
      swapped_(swapped),
      network_({swapped ? size - size / 2 : size / 2, hidden, 2 * (swapped ? size / 2 : size - size / 2)}, rng) {
  if (size < 2) throw Error("[CouplingFlow] two numbers or more expected, got " + std::to_string(size));
  this->add("network", network_);
}

template <class T>
auto CouplingFlow<T>::parts(const Var<T>& v) const -> Parts {
  check_size("CouplingFlow", v, size_);
  const std::size_t half = size_ / 2;
  Parts p;
  p.kept = swapped_ ? part(v, half, size_) : part(v, 0, half);
  p.changed = swapped_ ? part(v, 0, half) : part(v, half, size_);
  const Var<T> both = network_(p.kept);
  const std::size_t n = p.changed.shape(-1);
  p.shift = part(both, 0, n);
  p.log_scale = bounded(part(both, n, 2 * n));
  return p;
}

template <class T>
Var<T> CouplingFlow<T>::joined(const Var<T>& kept, const Var<T>& changed) const {
  return swapped_ ? concatenate({changed, kept}, -1) : concatenate({kept, changed}, -1);
}

template <class T>
auto CouplingFlow<T>::forward(const Var<T>& z) const -> Result {
  const Parts p = parts(z);
  return {joined(p.kept, p.shift + p.changed * exp(p.log_scale)), sum(p.log_scale, -1)};
}

template <class T>
auto CouplingFlow<T>::inverse(const Var<T>& x) const -> Result {
  const Parts p = parts(x);
  return {joined(p.kept, (p.changed - p.shift) * exp(-p.log_scale)), -sum(p.log_scale, -1)};
}

// A hidden number of degree k sees x_1 to x_k, and is seen by the outputs of x_(k + 1) and later ones.
template <class T>
AutoregressiveFlow<T>::AutoregressiveFlow(std::size_t size, std::size_t hidden, Random& rng)
    : size_(size),
      inner_mask_(zeros<T>({hidden, size})),
      outer_mask_(zeros<T>({2 * size, hidden})),
      inner_(size, hidden, rng),
      outer_(hidden, 2 * size, rng) {
  for (std::size_t h = 0; h < hidden; ++h) {
    const std::size_t degree = size < 2 ? 0 : 1 + h % (size - 1);
    for (std::size_t i = 0; i < size; ++i) {
      inner_mask_(h, i) = T(i < degree);
      outer_mask_(i, h) = outer_mask_(size + i, h) = T(i >= degree && degree > 0);
    }
  }
  this->add("inner", inner_);
  this->add("outer", outer_);
}

template <class T>
std::pair<Var<T>, Var<T>> AutoregressiveFlow<T>::shift_and_log_scale(const Var<T>& x) const {
  const auto masked = [](const Linear<T>& layer, const Array<T>& mask, const Var<T>& v) {
    return Var<T>(matmul(v, transpose(layer.weight() * mask)) + layer.bias());
  };
  const Var<T> both = masked(outer_, outer_mask_, relu(masked(inner_, inner_mask_, x)));
  return {part(both, 0, size_), bounded(part(both, size_, 2 * size_))};
}

template <class T>
auto AutoregressiveFlow<T>::inverse(const Var<T>& x) const -> Result {
  check_size("AutoregressiveFlow", x, size_);
  const auto [shift, log_scale] = shift_and_log_scale(x);
  return {(x - shift) * exp(-log_scale), -sum(log_scale, -1)};
}

template <class T>
auto AutoregressiveFlow<T>::forward(const Var<T>& z) const -> Result {
  check_size("AutoregressiveFlow", z, size_);
  // After i passes the first i numbers are right, and the shifts and scales of the next one.
  Var<T> x = z, log_scale;
  for (std::size_t i = 0; i < size_; ++i) {
    const auto [shift, s] = shift_and_log_scale(x);
    log_scale = s;
    x = shift + z * exp(s);
  }
  return {x, sum(log_scale, -1)};
}

template <class T>
Flow<T>::Flow(std::vector<std::unique_ptr<Bijection<T>>> parts) : parts_(std::move(parts)) {
  if (parts_.empty()) throw Error("[Flow] one bijection or more expected, got none");
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i] == nullptr) throw Error("[Flow] a bijection expected, but part " + std::to_string(i) + " is null");
    this->add(std::to_string(i), *parts_[i]);
  }
}

template <class T>
auto Flow<T>::forward(const Var<T>& z) const -> Result {
  Result all = parts_.front()->forward(z);
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    auto [x, log_det] = parts_[i]->forward(all.first);
    all = {std::move(x), all.second + log_det};
  }
  return all;
}

template <class T>
auto Flow<T>::inverse(const Var<T>& x) const -> Result {
  Result all = parts_.back()->inverse(x);
  for (std::size_t i = parts_.size() - 1; i-- > 0;) {
    auto [z, log_det] = parts_[i]->inverse(all.first);
    all = {std::move(z), all.second + log_det};
  }
  return all;
}

#define XTAPE_INSTANTIATE(T)                                                                                  \
  template std::pair<Var<T>, Var<T>> planar_flow(const Var<T>&, const Var<T>&, const Var<T>&, const Var<T>&); \
  template class AffineFlow<T>;                                                                               \
  template class PlanarFlow<T>;                                                                               \
  template class CouplingFlow<T>;                                                                             \
  template class AutoregressiveFlow<T>;                                                                       \
  template class Flow<T>;
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
