// The linear VAE: its bound against simulation and the exact likelihood, and training against closed forms and EM.

#include "nn/classical/linear_vae.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "nn/classical/eigen.hpp"
#include "nn/optim/minimize.hpp"
#include "samples_for_tests.hpp"
#include "tests/sanitized.hpp"
#include "tests/testing.hpp"

namespace xtape::nn {
namespace {

constexpr std::size_t kSize = 10, kLatent = 3;

Moments fixture() {
  return moments(anisotropic_samples(300, kSize));
}

LinearGaussian random_start(const Moments& of_samples, std::uint64_t seed) {
  Random rng(seed);
  return LinearGaussian::start(of_samples, kLatent, rng);
}

/// The same distribution of x from other latent axes: the columns of W turned.
LinearGaussian rotated(LinearGaussian model) {
  const double c = std::cos(0.7), s = std::sin(0.7);
  const Array<double> turn{{c, -s, 0.0}, {s * c, c * c, -s}, {s * s, c * s, c}};
  model.weight = Var<double>(matmul(Var<double>(model.weight), Var<double>(turn))).value();
  return model;
}

/// By how much the best diagonal encoder falls short: ½ (Σ ln G_kk - ln|G|), G the inverse of the posterior's Σ.
double shortfall(const LinearGaussian& model) {
  const auto [g, log_det_of_sigma] = detail::inverse_of(posterior(model).covariance);
  return 0.5 * (sum(log(Var<double>(xt::diagonal(g)))).item() + log_det_of_sigma);
}

template <class T>
std::vector<Parameter<T>> named(const LinearVae<T>& model, const std::vector<std::string>& names) {
  std::vector<Parameter<T>> found;
  for (const auto& [name, parameter] : model.named_parameters()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) found.push_back(parameter);
  }
  EXPECT_EQ(found.size(), names.size());
  return found;
}

double train(const LinearVae<double>& model, const std::vector<Parameter<double>>& parameters, const Moments& m) {
  const auto objective = [&] {
    Tape<double> tape;
    const Var<double> loss = -model.bound(m);
    return std::pair(loss.item(), tape.gradient(loss, parameters));
  };
  return -minimize<double>(parameters, objective, {.max_iterations = 5000, .history = 30, .gradient_tolerance = 1e-6})
              .value;
}

/// Every parameter moved by numbers from N(0, 0.1²).
template <class T>
void disturb(const std::vector<Parameter<T>>& parameters) {
  Random rng(9);
  for (const Parameter<T>& parameter : parameters) {
    parameter.set(Var<T>(parameter.value() + T(0.1) * rng.normal<T>(parameter.shape())).value());
  }
}

std::vector<LinearVaeOptions> kinds() {
  return {{NoiseKind::kIsotropic, PosteriorKind::kDiagonal, 0},
          {NoiseKind::kIsotropic, PosteriorKind::kFull, 0.05},
          {NoiseKind::kDiagonal, PosteriorKind::kDiagonal, 0.05},
          {NoiseKind::kDiagonal, PosteriorKind::kFull, 0}};
}

TEST(LinearVae, BoundIsTheMeanOverSimulatedLatents) {
  const Array<double> x = anisotropic_samples(300, kSize);
  const Moments m = moments(x);
  constexpr std::size_t kDraws = kSanitized ? 400 : 2000;
  for (const LinearVaeOptions& options : kinds()) {
    const LinearVae<double> model(random_start(m, 1), options);
    disturb(model.parameters());
    const Parameter<double> v = named(model, {"encoder_weight"})[0];
    v.set(2.0 * v.value());  // codes wider than N(0, I), or |mu|² + tr Σ - q would be about 0 whatever its factor
    Random rng(2);
    const Array<double> bounds = model.bound(Var<double>(x), rng.normal<double>({kDraws, 300, kLatent})).value();
    ASSERT_EQ(shape_of(bounds), (Shape{kDraws, 300}));
    const Var<double> of_draws = mean(Var<double>(bounds), 1);
    const double error = std::sqrt(var(of_draws).item() / double(kDraws)), expected = model.bound(m).item();
    EXPECT_NEAR(mean(of_draws).item(), expected, 4 * error);
    EXPECT_LT(error, 0.0447 / std::sqrt(double(kDraws)) * std::abs(expected));
  }
}

TEST(LinearVae, BoundOfTheExactEncoderIsTheLikelihood) {
  const Moments m = fixture();
  const LinearGaussian pca = probabilistic_pca(m, kLatent);  // its G is diagonal
  const double highest = log_likelihood(pca, m);
  EXPECT_NEAR(LinearVae<double>(pca).bound(m).item(), highest, 1e-8 * std::abs(highest));
  for (const LinearGaussian& model : {rotated(pca), random_start(m, 2)}) {
    const LinearVae<double> full(model, {NoiseKind::kDiagonal, PosteriorKind::kFull, 0});
    const double exact = log_likelihood(model, m);
    EXPECT_NEAR(full.bound(m).item(), exact, 1e-8 * std::abs(exact));
  }
}

TEST(LinearVae, DiagonalEncoderFallsShortOfARotatedDecoder) {
  const Moments m = fixture();
  const LinearGaussian decoder = rotated(probabilistic_pca(m, kLatent));
  const double exact = log_likelihood(decoder, m), short_by = shortfall(decoder);
  EXPECT_GT(short_by, 0.1);  // else the rest says nothing
  const LinearVae<double> model(decoder);
  EXPECT_NEAR(exact - model.bound(m).item(), short_by, 1e-8 * std::abs(exact));
  // Found by training too, of the encoder alone.
  const std::vector<Parameter<double>> encoder = named(model, {"encoder_weight", "log_sigma"});
  disturb(encoder);
  EXPECT_GT(exact - model.bound(m).item(), short_by + 0.01);
  EXPECT_NEAR(exact - train(model, encoder, m), short_by, 1e-6 * std::abs(exact));
  EXPECT_TRUE(close(model.encoder().weight, posterior(decoder).weight, 1e-4));
}

TEST(LinearVae, TrainingComesToProbabilisticPca) {
  const Moments m = fixture();
  const double highest = log_likelihood(probabilistic_pca(m, kLatent), m);
  for (const PosteriorKind kind : {PosteriorKind::kDiagonal, PosteriorKind::kFull}) {
    const LinearVae<double> model(random_start(m, 3), {.posterior = kind});
    disturb(model.parameters());  // the mean as well
    ASSERT_LT(model.bound(m).item(), highest - 1);
    const double bound = train(model, model.parameters(), m);
    EXPECT_NEAR(bound, highest, 1e-6 * std::abs(highest));
    EXPECT_LE(bound, highest + 1e-10);
    EXPECT_NEAR(log_likelihood(model.decoder(), m), highest, 1e-6 * std::abs(highest));
    EXPECT_TRUE(close(model.encoder().weight, posterior(model.decoder()).weight, 1e-3));
    EXPECT_TRUE(close(model.encoder().covariance, posterior(model.decoder()).covariance, 1e-3));
    EXPECT_TRUE(close(model.decoder().mean, m.mean, 1e-3));
    if (kind == PosteriorKind::kFull) continue;
    EXPECT_LT(shortfall(model.decoder()), 1e-5);  // it had to find the principal axes
  }
}

TEST(LinearVae, TrainingComesToFactorAnalysis) {
  const Moments m = fixture();
  constexpr double kFloor = 0.02;
  const EmResult em = expectation_maximization(
      random_start(m, 4), m, {.max_iterations = 50'000, .change_tolerance = 1e-14, .noise_floor = kFloor});
  const LinearVae<double> model(random_start(m, 5), {NoiseKind::kDiagonal, PosteriorKind::kFull, kFloor});
  const double bound = train(model, model.parameters(), m);
  EXPECT_GT(em.log_likelihood, log_likelihood(probabilistic_pca(m, kLatent), m) + 0.1);
  EXPECT_NEAR(bound, em.log_likelihood, 1e-6 * std::abs(em.log_likelihood));
  EXPECT_NEAR(log_likelihood(model.decoder(), m), em.log_likelihood, 1e-6 * std::abs(em.log_likelihood));
  EXPECT_TRUE(close(model.decoder().noise, em.model.noise, 1e-3));
  EXPECT_TRUE(close(model.encoder().weight, posterior(model.decoder()).weight, 1e-3));
}

TEST(LinearVae, FloorHoldsWhereANumberNeverVaries) {
  Array<double> x = anisotropic_samples(300, kSize);
  for (std::size_t i = 0; i < 300; ++i) x(i, 7) = 0.1;
  const Moments m = moments(x);
  LinearGaussian start = random_start(m, 6);
  const LinearVaeOptions options{NoiseKind::kDiagonal, PosteriorKind::kFull, 0.01};
  const LinearVae<double> model(start, options);
  EXPECT_DOUBLE_EQ(model.decoder().noise(7), 0.02);
  train(model, model.parameters(), m);
  for (const double variance : model.decoder().noise) EXPECT_GE(variance, 0.01);
  EXPECT_NEAR(model.decoder().noise(7), 0.01, 1e-4);
  start.noise(7) = 0;
  EXPECT_TRUE(has(message_of<NumericError>([&] { LinearVae<double>(start, {.noise = NoiseKind::kDiagonal}); }),
                  {"[LinearVae]", "number 7"}));
}

TEST(LinearVae, InFloatToo) {
  const Array<double> x = anisotropic_samples(300, kSize);
  const Array<float> x_f = xt::cast<float>(x);
  const Moments m = moments(x);
  Random rng(7);
  const Array<double> epsilon = rng.normal<double>({300, kLatent});
  const Array<float> epsilon_f = xt::cast<float>(epsilon);
  for (const LinearVaeOptions& options : kinds()) {
    const LinearVae<double> model(random_start(m, 8), options);
    const LinearVae<float> model_f(random_start(m, 8), options);
    const double expected = model.bound(m).item();
    EXPECT_NEAR(double(model_f.bound(m).item()), expected, 1e-5 * std::abs(expected));
    EXPECT_TRUE(
        close(model_f.bound(Var<float>(x_f), epsilon_f).value(), model.bound(Var<double>(x), epsilon).value(), 1e-4));
    EXPECT_TRUE(close(model_f.encoder().covariance, model.encoder().covariance, 1e-6));
    EXPECT_TRUE(close(model_f.decoder().noise, model.decoder().noise, 1e-6));
  }
}

TEST(LinearVae, RefusesBadInput) {
  const Moments m = fixture();
  const LinearGaussian start = random_start(m, 1);
  const LinearVae<double> model(start);
  const Var<double> x(anisotropic_samples(5, kSize));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { static_cast<void>(model.bound(moments(anisotropic_samples(9, 4)))); }),
                  {"[LinearVae]", "10", "(4,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    static_cast<void>(model.bound(x, zeros<double>({4, kLatent})));
                  }),
                  {"[LinearVae]", "(batch, 10)", "(5, 10)", "(4, 3)"}));
  EXPECT_THROW(static_cast<void>(model.bound(x, zeros<double>({5, 2}))), ShapeError);
  EXPECT_THROW(static_cast<void>(model.bound(x, zeros<double>({kLatent}))), ShapeError);
  EXPECT_THROW(static_cast<void>(model.bound(Var<double>(zeros<double>({kSize})), zeros<double>({1, 3}))), ShapeError);
  EXPECT_THROW(LinearVae<double>(start, {.noise_floor = -1}), Error);
  EXPECT_THROW(LinearVae<double>(start, {.noise_floor = std::nan("")}), Error);
  LinearGaussian short_mean = start;
  short_mean.mean = zeros<double>({3});
  EXPECT_THROW(LinearVae<double>{short_mean}, ShapeError);
}

}  // namespace
}  // namespace xtape::nn
