#include "nn/distributions/multivariate_normal.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

#include <cmath>
#include <numbers>

namespace xtape::nn {

namespace {

const double kLogTwoPi = std::log(2 * std::numbers::pi);

void check_vector(const char* operation, const Shape& x, const Shape& shape) {
  if (!x.empty() && x.back() == shape.back()) return;
  throw ShapeError(std::string("[") + operation + "] vectors of " + std::to_string(shape.back()) +
                   " numbers expected along the last dimension, got shape " + to_string(x));
}

/// m v for matrices m (..., n, k) and vectors v (..., k): of one matrix by one product.
template <class T>
Var<T> times(const Var<T>& m, const Var<T>& v) {
  if (m.dimension() == 2) return matmul(v, transpose(m));
  return squeeze(Var<T>(matmul(m, expand_dims(v, -1))), -1);
}

/// l⁻¹ v, likewise.
template <class T>
Var<T> solved(const Var<T>& l, const Var<T>& v) {
  if (l.dimension() > 2) return squeeze(Var<T>(solve_triangular(l, expand_dims(v, -1), {.lower = true})), -1);
  const Var<T> rows = reshape(v, {-1, std::ptrdiff_t(v.shape(-1))});
  return reshape(transpose(solve_triangular(l, transpose(rows), {.lower = true})), v.shape());
}

template <class T>
Var<T> log_diagonal(const Var<T>& l) {
  return sum(log(diagonal(l, 0, -2, -1)), -1);
}

}  // namespace

template <class T>
MultivariateNormal<T>::MultivariateNormal(const Var<T>& mu, const Var<T>& scale_tril)
    : EventDims<MultivariateNormal<T>>("MultivariateNormal", 1, 1), mu_(mu) {
  const Shape& l = scale_tril.shape();
  if (mu.dimension() == 0 || l.size() < 2 || l.back() != mu.shape(-1) || l[l.size() - 2] != mu.shape(-1)) {
    throw ShapeError("[MultivariateNormal] mu (..., d) and scale_tril (..., d, d) expected, got " +
                     to_string(mu.shape()) + " and " + to_string(l));
  }
  const Shape rows(l.begin(), l.end() - 1);
  shape_ = detail::shape_of_draw("MultivariateNormal", {&mu.shape(), &rows});
  scale_tril_ = tril(scale_tril);
  detail::check_domain("MultivariateNormal", {"the diagonal of scale_tril", detail::Domain::kPositive},
                       Var<T>(diagonal(stop_gradient(scale_tril), 0, -2, -1)));
}

template <class T>
Var<T> MultivariateNormal<T>::log_det() const {
  return log_diagonal(scale_tril_);
}

template <class T>
Var<T> MultivariateNormal<T>::squared_distance(const Var<T>& v) const {
  return sum(square(solved(scale_tril_, v)), -1);
}

template <class T>
Var<T> MultivariateNormal<T>::log_prob(const Var<T>& x) const {
  check_vector("MultivariateNormal::log_prob", x.shape(), shape_);
  this->check_further("MultivariateNormal::log_prob", x.shape());
  const double constant = 0.5 * double(shape_.back()) * kLogTwoPi;
  return this->summed(Var<T>(-0.5 * squared_distance(x - mu_) - log_det() - constant));
}

template <class T>
Var<T> MultivariateNormal<T>::sample(Random& rng, const Shape& leading) const {
  return mu_ + times(scale_tril_, Var<T>(rng.normal<T>(detail::joined(leading, shape_))));
}

template <class T>
Var<T> MultivariateNormal<T>::variance() const {
  return broadcast_to(sum(square(scale_tril_), -1), shape_);
}

template <class T>
Var<T> MultivariateNormal<T>::entropy() const {
  const Var<T> of_vector = log_det() + 0.5 * double(shape_.back()) * (1 + kLogTwoPi);
  return this->summed(Var<T>(broadcast_to(of_vector, Shape(shape_.begin(), shape_.end() - 1))));
}

template <class T>
Var<T> kl(const MultivariateNormal<T>& p, const MultivariateNormal<T>& q) {
  check_vector("kl of MultivariateNormal", p.shape(), q.shape());
  const std::size_t event_dims =
      detail::same_event_dims("kl of MultivariateNormal", p.shape(), p.event_dims(), q.shape(), q.event_dims());
  // The columns of L_q⁻¹ L_p, as rows; of their squares the trace.
  const Var<T> columns = solve_triangular(q.scale_tril(), p.scale_tril(), {.lower = true});
  const Var<T> distance = sum(square(columns), {-2, -1}) + q.squared_distance(p.mu() - q.mu());
  const Var<T> of_vectors = q.log_det() - p.log_det() + 0.5 * (distance - double(p.shape().back()));
  return detail::sum_last(of_vectors, event_dims - 1);
}

template <class T>
LowRankNormal<T>::LowRankNormal(const Var<T>& mu, const Var<T>& factor, const Var<T>& log_sigma)
    : EventDims<LowRankNormal<T>>("LowRankNormal", 1, 1), mu_(mu), factor_(factor), log_sigma_(log_sigma) {
  if (mu.dimension() == 0 || factor.dimension() != 2 || factor.shape(0) != mu.shape(-1) ||
      (log_sigma.dimension() > 0 && log_sigma.shape(-1) != mu.shape(-1))) {
    throw ShapeError("[LowRankNormal] mu (..., d), factor (d, k) and log_sigma (..., d) expected, got " +
                     to_string(mu.shape()) + ", " + to_string(factor.shape()) + " and " + to_string(log_sigma.shape()));
  }
  shape_ = detail::shape_of_draw("LowRankNormal", {&mu.shape(), &log_sigma.shape()});
}

template <class T>
Var<T> LowRankNormal<T>::scaled_factor() const {
  return expand_dims(
             exp(-broadcast_to(log_sigma_, log_sigma_.dimension() == 0 ? Shape{shape_.back()} : log_sigma_.shape())),
             -1) *
         factor_;
}

template <class T>
Var<T> LowRankNormal<T>::inner(const Var<T>& scaled) const {
  return cholesky(eye<T>(factor_.shape(1)) + matmul(swapaxes(scaled, -1, -2), scaled));
}

template <class T>
Var<T> LowRankNormal<T>::log_prob(const Var<T>& x) const {
  check_vector("LowRankNormal::log_prob", x.shape(), shape_);
  this->check_further("LowRankNormal::log_prob", x.shape());
  const Var<T> scaled = scaled_factor(), l = inner(scaled), z = (x - mu_) * exp(-log_sigma_);
  const Var<T> explained = solved(l, times(Var<T>(swapaxes(scaled, -1, -2)), z));
  const Var<T> log_det = log_diagonal(l) + sum(broadcast_to(log_sigma_, shape_), -1);
  const double constant = 0.5 * double(shape_.back()) * kLogTwoPi;
  return this->summed(Var<T>(-0.5 * (sum(square(z), -1) - sum(square(explained), -1)) - log_det - constant));
}

template <class T>
Var<T> LowRankNormal<T>::sample(Random& rng, const Shape& leading) const {
  const Shape whole = detail::joined(leading, shape_);
  Shape few = whole;
  few.back() = factor_.shape(1);
  const Var<T> common(rng.normal<T>(few)), own(rng.normal<T>(whole));
  return mu_ + times(factor_, common) + exp(log_sigma_) * own;
}

template <class T>
Var<T> LowRankNormal<T>::variance() const {
  return broadcast_to(sum(square(factor_), -1) + exp(2.0 * log_sigma_), shape_);
}

template <class T>
Var<T> LowRankNormal<T>::entropy() const {
  const Var<T> log_det = log_diagonal(inner(scaled_factor())) + sum(broadcast_to(log_sigma_, shape_), -1);
  return this->summed(Var<T>(log_det + 0.5 * double(shape_.back()) * (1 + kLogTwoPi)));
}

#define XTAPE_INSTANTIATE(T)            \
  template class MultivariateNormal<T>; \
  template class LowRankNormal<T>;      \
  template Var<T> kl(const MultivariateNormal<T>&, const MultivariateNormal<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
