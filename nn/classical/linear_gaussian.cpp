#include "nn/classical/linear_gaussian.hpp"

#include "autodiff/autodiff.hpp"
#include "autodiff/text.hpp"
#include "nn/classical/eigen.hpp"
#include "nn/classical/pca.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

namespace xtape::nn {

namespace detail {

void check_model(const LinearGaussian& model, const char* operation) {
  const Shape mean = shape_of(model.mean), weight = shape_of(model.weight), noise = shape_of(model.noise);
  if (mean.size() != 1 || weight.size() != 2 || noise != mean || weight[0] != mean[0] || model.weight.size() == 0) {
    throw ShapeError(text::bracketed(operation) + "mean (d), weight (d, q) and noise (d) expected, got " +
                     to_string(mean) + ", " + to_string(weight) + " and " + to_string(noise));
  }
  for (std::size_t i = 0; i < model.noise.size(); ++i) {
    if (model.noise(i) > 0 && std::isfinite(model.noise(i))) continue;
    throw NumericError(text::bracketed(operation) + "noise above 0 expected, got " + text::number(model.noise(i)) +
                       " for number " + std::to_string(i) + "; where it does not vary, a noise_floor helps");
  }
}

void check_moments(const Moments& of_samples, std::size_t d, const char* operation) {
  if (shape_of(of_samples.mean) == Shape{d} && shape_of(of_samples.covariance) == Shape{d, d}) return;
  throw ShapeError(text::bracketed(operation) + "moments of " + std::to_string(d) +
                   " numbers a sample expected, got a mean " + to_string(shape_of(of_samples.mean)) +
                   " and a covariance " + to_string(shape_of(of_samples.covariance)));
}

}  // namespace detail

namespace {

// z given x, and what the likelihood and the M-step need besides.
struct EStep {
  LinearPosterior posterior;  // V, Σ
  Var<double> v_s;            // V S: (q, d)
  double log_likelihood = 0;
};

double noise_log_det(const LinearGaussian& model) {
  return sum(log(Var<double>(model.noise))).item();
}

std::pair<LinearPosterior, double> posterior_and_log_det(const LinearGaussian& model) {
  const std::size_t q = model.weight.shape(1);
  const Var<double> w(model.weight), precise = w / reshape(Var<double>(model.noise), {-1, 1});  // Ψ⁻¹ W: (d, q)
  const Var<double> g = matmul(transpose(w), precise) + Var<double>(xt::eye<double>(q));        // (q, q)
  detail::Inverse inverse = detail::inverse_of(g.value());
  const Var<double> v = matmul(Var<double>(inverse.inverse), transpose(precise));  // (q, d)
  return {{v.value(), std::move(inverse.inverse)}, inverse.log_det};
}

// `s`: the samples' squares and products about the model's mean, S + (m_x - m)(m_x - m)ᵀ.
EStep e_step(const LinearGaussian& model, const Array<double>& s) {
  auto [posterior, log_det] = posterior_and_log_det(model);
  const Var<double> noise(model.noise), v_s = matmul(Var<double>(posterior.weight), Var<double>(s));
  const Var<double> explained = sum(Var<double>(model.weight) * transpose(v_s), 1);  // diag(W V S): (d)
  const double trace = sum((Var<double>(xt::diagonal(s)) - explained) / noise).item();
  const double d = double(model.mean.size());
  const double log_det_c = log_det + noise_log_det(model);
  return {std::move(posterior), v_s, -0.5 * (d * std::log(2 * std::numbers::pi) + log_det_c + trace)};
}

Array<double> about(const Array<double>& mean, const Moments& of_samples) {
  const Var<double> offset = Var<double>(of_samples.mean) - Var<double>(mean);
  return Var<double>(of_samples.covariance + Var<double>(reshape(offset, {-1, 1}) * offset).value()).value();
}

// The noise nearest to `noise` that the options allow, by the likelihood of a residual with these variances.
Array<double> allowed(Array<double> noise, const EmOptions& options) {
  if (options.noise == NoiseKind::kIsotropic) noise.fill(mean(Var<double>(noise)).item());
  for (double& variance : noise) variance = std::max(variance, options.noise_floor);
  return noise;
}

LinearGaussian m_step(const EStep& e, const LinearGaussian& model, const Array<double>& s, const EmOptions& options) {
  const Var<double> v(e.posterior.weight);
  const Var<double> second = matmul(e.v_s, transpose(v)) + Var<double>(e.posterior.covariance);  // E[z zᵀ]: (q, q)
  const Var<double> w = matmul(transpose(e.v_s), Var<double>(detail::inverse_of(second.value()).inverse));  // (d, q)
  const Var<double> residual = Var<double>(xt::diagonal(s)) - sum(w * transpose(e.v_s), 1);
  return {model.mean, w.value(), allowed(residual.value(), options)};
}

void check_noise_is_left(const LinearGaussian& model, const Array<double>& s) {
  constexpr double kLeastShare = 1e-9;  // of a number's variance: below it the noise is rounding error, or soon will be
  for (std::size_t i = 0; i < model.noise.size(); ++i) {
    if (model.noise(i) > kLeastShare * s(i, i)) continue;
    throw NumericError(
        "[expectation_maximization] noise above 0 expected, got less than 1e-9 of the variance of number " +
        std::to_string(i) + ", which the latent numbers explain wholly; a noise_floor keeps it above 0");
  }
}

void check(const EmOptions& options, const Moments& of_samples) {
  if (!(options.change_tolerance >= 0 && options.noise_floor >= 0 && std::isfinite(options.noise_floor))) {
    throw Error("[expectation_maximization] change_tolerance and a finite noise_floor >= 0 expected, got " +
                text::number(options.change_tolerance) + " and " + text::number(options.noise_floor));
  }
  if (options.noise_floor > 0 || options.noise == NoiseKind::kIsotropic) return;
  for (std::size_t i = 0; i < of_samples.mean.size(); ++i) {
    const double variance = of_samples.covariance(i, i), rounding = 1e-12 * of_samples.mean(i) * of_samples.mean(i);
    if (variance > rounding) continue;
    throw Error("[expectation_maximization] numbers that vary, or a noise_floor above 0, expected, got number " +
                std::to_string(i) + " with the variance " + text::number(variance));
  }
}

}  // namespace

LinearGaussian LinearGaussian::start(const Moments& of_samples, std::size_t q, Random& rng) {
  const std::size_t d = of_samples.mean.size();
  detail::check_moments(of_samples, d, "LinearGaussian");
  if (q == 0 || q > d) {
    throw Error("[LinearGaussian] 1 to " + std::to_string(d) + " latent numbers expected, got " + std::to_string(q));
  }
  LinearGaussian model{of_samples.mean, rng.normal<double>({d, q}), empty<double>({d})};
  for (std::size_t i = 0; i < d; ++i) {
    model.noise(i) = std::max(of_samples.covariance(i, i), 0.0) / 2;
    for (std::size_t k = 0; k < q; ++k) model.weight(i, k) *= std::sqrt(model.noise(i) / double(q));
  }
  return model;
}

double log_likelihood(const LinearGaussian& model, const Moments& of_samples) {
  detail::check_model(model, "log_likelihood");
  detail::check_moments(of_samples, model.mean.size(), "log_likelihood");
  return e_step(model, about(model.mean, of_samples)).log_likelihood;
}

LinearPosterior posterior(const LinearGaussian& model) {
  detail::check_model(model, "posterior");
  return posterior_and_log_det(model).first;
}

LinearGaussian probabilistic_pca(const Moments& of_samples, std::size_t q) {
  const std::size_t d = of_samples.mean.size();
  detail::check_moments(of_samples, d, "probabilistic_pca");
  if (q == 0 || q >= d) {
    throw Error("[probabilistic_pca] at least 1 and fewer than " + std::to_string(d) +
                " latent numbers expected, got " + std::to_string(q));
  }
  const PrincipalComponents pca = principal_components(of_samples);
  const double variance = pca.residual(q) / double(d - q);
  if (!(variance > double(d) * std::numeric_limits<double>::epsilon() * pca.variances(0))) {
    throw NumericError("[probabilistic_pca] samples that vary in more than " + std::to_string(q) +
                       " directions expected, got a variance of " + text::number(variance) + " in the others");
  }
  LinearGaussian model{of_samples.mean, empty<double>({d, q}), full<double>({d}, variance)};
  for (std::size_t k = 0; k < q; ++k) {
    const double scale = std::sqrt(std::max(pca.variances(k) - variance, 0.0));
    for (std::size_t i = 0; i < d; ++i) model.weight(i, k) = pca.axes(k, i) * scale;
  }
  return model;
}

EmResult expectation_maximization(const LinearGaussian& start, const Moments& of_samples, const EmOptions& options) {
  detail::check_moments(of_samples, start.mean.size(), "expectation_maximization");
  check(options, of_samples);
  EmResult result{{of_samples.mean, start.weight, allowed(start.noise, options)}};
  detail::check_model(result.model, "expectation_maximization");
  const Array<double>& s = of_samples.covariance;
  EStep now = e_step(result.model, s);
  while (result.iterations < options.max_iterations) {
    result.model = m_step(now, result.model, s, options);
    if (options.noise_floor == 0) check_noise_is_left(result.model, s);
    EStep next = e_step(result.model, s);
    ++result.iterations;
    const double gain = next.log_likelihood - now.log_likelihood;
    now = std::move(next);
    if (gain <= options.change_tolerance * std::max(std::abs(now.log_likelihood), 1.0)) break;
  }
  result.log_likelihood = now.log_likelihood;
  return result;
}

}  // namespace xtape::nn
