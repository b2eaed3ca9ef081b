#include "nn/classical/linear_vae.hpp"

#include "autodiff/text.hpp"
#include "nn/classical/eigen.hpp"
#include "nn/distributions/normal.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace xtape::nn {

namespace {

template <class T>
Parameter<T> parameter(const Array<double>& start) {
  return Parameter<T>(Array<T>(xt::cast<T>(start)));
}

template <class T>
Array<double> as_double(const Array<T>& array) {
  return xt::cast<double>(array);
}

// The model with the noise that the options allow, some way above the floor, where its logarithm is still finite.
LinearGaussian allowed(LinearGaussian model, const LinearVaeOptions& options) {
  if (!(options.noise_floor >= 0 && std::isfinite(options.noise_floor))) {
    throw Error("[LinearVae] a finite noise_floor >= 0 expected, got " + text::number(options.noise_floor));
  }
  if (options.noise == NoiseKind::kIsotropic) model.noise.fill(mean(Var<double>(model.noise)).item());
  for (double& variance : model.noise) variance = std::max(variance, 2 * options.noise_floor);
  detail::check_model(model, "LinearVae");
  return model;
}

// L of the best encoder of that kind; of a diagonal one only the diagonal counts.
Array<double> best_factor(const LinearPosterior& exact, PosteriorKind kind) {
  if (kind == PosteriorKind::kFull) return cholesky(exact.covariance).value();
  Array<double> g = detail::inverse_of(exact.covariance).inverse;
  for (std::size_t k = 0; k < g.shape(0); ++k) g(k, k) = 1 / std::sqrt(g(k, k));
  return g;
}

}  // namespace

template <class T>
LinearVae<T>::LinearVae(const LinearGaussian& start, const LinearVaeOptions& options) : options_(options) {
  const LinearGaussian model = allowed(start, options);
  const LinearPosterior exact = posterior(model);
  const Array<double> l = best_factor(exact, options.posterior);
  const std::size_t d = model.mean.size(), variances = options.noise == NoiseKind::kIsotropic ? 1 : d;
  Array<double> log_noise = empty<double>({variances});
  for (std::size_t i = 0; i < variances; ++i) log_noise(i) = std::log(model.noise(i) - options.noise_floor);

  this->add("mean", mean_ = parameter<T>(model.mean));
  this->add("weight", weight_ = parameter<T>(model.weight));
  this->add("log_noise", log_noise_ = parameter<T>(log_noise));
  this->add("encoder_weight", encoder_weight_ = parameter<T>(exact.weight));
  this->add("log_sigma", log_sigma_ = parameter<T>(xt::log(xt::diagonal(l))));
  if (options.posterior == PosteriorKind::kFull) this->add("factor", factor_ = parameter<T>(l));
}

template <class T>
Var<T> LinearVae<T>::noise() const {
  return exp(log_noise_.var()) + T(options_.noise_floor);
}

template <class T>
Var<T> LinearVae<T>::factor() const {
  const std::size_t q = log_sigma_.size();
  const Var<T> diagonal = Var<T>(xt::eye<T>(q)) * exp(log_sigma_.var());
  return options_.posterior == PosteriorKind::kFull ? diagonal + tril(factor_.var(), -1) : diagonal;
}

template <class T>
Var<T> LinearVae<T>::bound(const Moments& of_samples) const {
  const std::size_t d = mean_.size(), q = log_sigma_.size();
  detail::check_moments(of_samples, d, "LinearVae");
  const Var<T> w = weight_.var(), v = encoder_weight_.var(), l = factor(), psi = noise();
  // A = S + δ δᵀ only ever in products: S is constant, and needs no gradient.
  const Var<T> offset = Var<T>(of_samples.mean) - mean_.var();
  const Var<T> v_a = matmul(v, Var<T>(of_samples.covariance)) + reshape(matmul(v, offset), {-1, 1}) * offset;  // (q, d)
  const Var<T> m = matmul(l, transpose(l)) + matmul(v_a, transpose(v));                                        // (q, q)
  const Var<T> residual = Var<T>(xt::diagonal(of_samples.covariance)) + square(offset) +
                          sum(w * (matmul(w, m) - T(2) * transpose(v_a)), 1);  // diag(A - 2 W V A + W M Wᵀ): (d)
  const Var<T> reconstruction = sum(residual / psi + log(psi) + T(std::log(2 * std::numbers::pi)));
  const Var<T> divergence = sum(m * Var<T>(xt::eye<T>(q))) - T(q) - T(2) * sum(log_sigma_.var());
  return T(-0.5) * (reconstruction + divergence);
}

template <class T>
Var<T> LinearVae<T>::bound(const Var<T>& x, const Array<T>& epsilon) const {
  const auto [log_prob, divergence] = terms(x, epsilon);
  return log_prob - divergence;
}

template <class T>
typename LinearVae<T>::Terms LinearVae<T>::terms(const Var<T>& x, const Array<T>& epsilon) const {
  check_fit(x.shape(), shape_of(epsilon));
  const Var<T> mean = mean_.var(), l = factor();
  const Var<T> mu = matmul(x - mean, transpose(encoder_weight_.var()));  // (batch, q)
  const Var<T> z = mu + matmul(Var<T>(epsilon), transpose(l));           // (..., batch, q)
  Var<T> log_prob =
      normal_log_prob(x, matmul(z, transpose(weight_.var())) + mean, T(0.5) * log(noise()));  // (..., batch)
  Var<T> divergence = T(0.5) * (sum(square(mu), -1) + sum(square(l)) - T(log_sigma_.size())) - sum(log_sigma_.var());
  return {std::move(log_prob), std::move(divergence)};
}

template <class T>
void LinearVae<T>::check_fit(const Shape& x, const Shape& epsilon) const {
  const std::size_t d = mean_.size(), q = log_sigma_.size(), rank = epsilon.size();
  if (x.size() == 2 && x[1] == d && rank >= 2 && epsilon[rank - 2] == x[0] && epsilon[rank - 1] == q) return;
  throw ShapeError("[LinearVae] x (batch, " + std::to_string(d) + ") and epsilon (..., batch, " + std::to_string(q) +
                   ") expected, got " + to_string(x) + " and " + to_string(epsilon));
}

template <class T>
LinearGaussian LinearVae<T>::decoder() const {
  const Array<T> every = Var<T>(noise() + zeros<T>(mean_.shape())).value();
  return {as_double(mean_.value()), as_double(weight_.value()), as_double(every)};
}

template <class T>
LinearPosterior LinearVae<T>::encoder() const {
  const Var<double> l(as_double(factor().value()));
  return {as_double(encoder_weight_.value()), Var<double>(matmul(l, transpose(l))).value()};
}

template class LinearVae<float>;
template class LinearVae<double>;

}  // namespace xtape::nn
