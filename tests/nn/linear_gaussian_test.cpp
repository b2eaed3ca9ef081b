// Factor analysis and probabilistic PCA: against dense algebra, closed forms, and a model whose moments are known.

#include "nn/classical/linear_gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <string>

#include "autodiff/autodiff.hpp"
#include "nn/classical/eigen.hpp"
#include "nn/classical/pca.hpp"
#include "samples_for_tests.hpp"
#include "tests/testing.hpp"

namespace xtape::nn {
namespace {

constexpr std::size_t kSize = 10;

Moments fixture() {
  return moments(anisotropic_samples(300, kSize));
}

/// A model that is no optimum of anything, with noise of many sizes.
LinearGaussian any_model(std::uint64_t seed) {
  Random rng(seed);
  return {rng.normal<double>({kSize}), rng.normal<double>({kSize, 3}), rng.uniform<double>({kSize}, 0.01, 2)};
}

/// C = W Wᵀ + Ψ.
Array<double> covariance_of(const LinearGaussian& model) {
  const Var<double> w(model.weight);
  return Var<double>(matmul(w, transpose(w)) + Var<double>(xt::eye<double>(kSize)) * Var<double>(model.noise)).value();
}

/// -½ [d ln 2π + `log_det` + `trace`].
double gaussian(double log_det, double trace) {
  return -0.5 * (double(kSize) * std::log(2 * std::numbers::pi) + log_det + trace);
}

/// The largest ln p(x) of probabilistic PCA.
double closed_form(const Moments& of_samples, std::size_t q) {
  const PrincipalComponents pca = principal_components(of_samples);
  double log_det = double(kSize - q) * std::log(pca.residual(q) / double(kSize - q));
  for (std::size_t i = 0; i < q; ++i) log_det += std::log(pca.variances(i));
  return gaussian(log_det, double(kSize));
}

TEST(LinearGaussian, LogLikelihoodIsTheMeanLogDensity) {
  const Array<double> x = anisotropic_samples(300, kSize);
  const LinearGaussian model = any_model(1);
  const auto [inverse, log_det] = detail::inverse_of(covariance_of(model));
  const Var<double> centred = Var<double>(x) - Var<double>(model.mean);
  const double expected = gaussian(log_det, mean(sum(matmul(centred, Var<double>(inverse)) * centred, 1)).item());
  EXPECT_NEAR(log_likelihood(model, moments(x)), expected, 1e-10 * std::abs(expected));
}

// The conditional of jointly normal numbers: V = Wᵀ C⁻¹, Σ = I - Wᵀ C⁻¹ W.
TEST(LinearGaussian, PosteriorIsTheConditional) {
  const LinearGaussian model = any_model(2);
  const Var<double> w(model.weight), inverse(detail::inverse_of(covariance_of(model)).inverse);
  const Var<double> v = matmul(transpose(w), inverse);
  const LinearPosterior exact = posterior(model);
  EXPECT_TRUE(close(exact.weight, v.value(), 1e-10));
  EXPECT_TRUE(close(exact.covariance, Var<double>(xt::eye<double>(3) - matmul(v, w).value()).value(), 1e-10));
}

TEST(ProbabilisticPca, HasThePublishedLikelihoodAndNoNeighbourABetterOne) {
  const Moments m = fixture();
  for (const std::size_t q : {1u, 3u, 9u}) {
    const LinearGaussian best = probabilistic_pca(m, q);
    const double expected = closed_form(m, q);
    EXPECT_NEAR(log_likelihood(best, m), expected, 1e-10 * std::abs(expected)) << q;
    Random rng(q);
    for (const double by : {-0.02, 0.02}) {
      LinearGaussian noisier = best, turned = best, moved = best;
      noisier.noise *= 1 + by;
      turned.weight += rng.normal<double>({kSize, q}) * by;
      moved.mean += by;
      EXPECT_LT(log_likelihood(noisier, m), expected - 1e-6) << q;
      EXPECT_LT(log_likelihood(turned, m), expected - 1e-6) << q;
      EXPECT_LT(log_likelihood(moved, m), expected - 1e-6) << q;
    }
  }
}

TEST(ExpectationMaximization, ComesToProbabilisticPca) {
  const Moments m = fixture();
  for (const std::size_t q : {1u, 3u}) {
    Random rng(q);
    const EmResult result =
        expectation_maximization(LinearGaussian::start(m, q, rng), m,
                                 {.noise = NoiseKind::kIsotropic, .max_iterations = 20'000, .change_tolerance = 1e-14});
    const double expected = closed_form(m, q);
    EXPECT_NEAR(result.log_likelihood, expected, 1e-8 * std::abs(expected)) << q << " after " << result.iterations;
    EXPECT_EQ(result.log_likelihood, log_likelihood(result.model, m));
    EXPECT_TRUE(close(result.model.noise, probabilistic_pca(m, q).noise, 1e-4));
    EXPECT_LT(result.iterations, 20'000u);
  }
}

TEST(ExpectationMaximization, NeverLowersTheLikelihood) {
  const Moments m = fixture();
  for (const NoiseKind noise : {NoiseKind::kIsotropic, NoiseKind::kDiagonal}) {
    for (const double floor : {0.0, 0.3}) {
      LinearGaussian model = any_model(3);
      double before = -std::numeric_limits<double>::infinity();
      for (int i = 0; i < 60; ++i) {
        const EmOptions options{.noise = noise, .max_iterations = i > 0, .change_tolerance = 0, .noise_floor = floor};
        const EmResult result = expectation_maximization(model, m, options);
        EXPECT_GE(result.log_likelihood, before - 1e-12 * std::abs(before)) << "iteration " << i << ", floor " << floor;
        before = result.log_likelihood;
        model = result.model;
      }
      EXPECT_GT(before, closed_form(m, 3) - 1) << "so little was gained that nothing was tested";
    }
  }
}

// Where the covariance is that of a model, no other has a higher likelihood than it.
TEST(ExpectationMaximization, FindsTheFactorAnalysisThatTheMomentsComeFrom) {
  const LinearGaussian truth = any_model(4);
  const Moments m{truth.mean, covariance_of(truth)};
  Random rng(1);
  const EmResult result = expectation_maximization(LinearGaussian::start(m, 3, rng), m,
                                                   {.max_iterations = 50'000, .change_tolerance = 1e-15});
  const double highest = gaussian(detail::inverse_of(m.covariance).log_det, double(kSize));
  EXPECT_NEAR(result.log_likelihood, highest, 1e-6 * std::abs(highest)) << result.iterations;
  EXPECT_LE(result.log_likelihood, highest + 1e-10);
  EXPECT_TRUE(close(result.model.noise, truth.noise, 2e-2));
  EXPECT_TRUE(close(covariance_of(result.model), m.covariance, 2e-3));
}

TEST(ExpectationMaximization, KeepsTheNoiseAboveItsFloor) {
  Array<double> x = anisotropic_samples(300, kSize);
  for (std::size_t i = 0; i < 300; ++i) x(i, 7) = 0.1;  // not a binary fraction: the variance is rounding error
  const Moments m = moments(x);
  Random rng(1);
  const LinearGaussian start = LinearGaussian::start(m, 3, rng);
  const std::string message =
      message_of<Error>([&] { static_cast<void>(expectation_maximization(start, m, EmOptions{})); });
  EXPECT_TRUE(has(message, {"[expectation_maximization]", "noise_floor", "number 7"}));
  const EmResult result = expectation_maximization(start, m, {.noise_floor = 1e-3});
  EXPECT_EQ(result.model.noise(7), 1e-3);
  for (const double variance : result.model.noise) EXPECT_GE(variance, 1e-3);
  EXPECT_GT(result.model.noise(0), 1e-3);
  // One variance for all is no such problem.
  const EmResult isotropic = expectation_maximization(start, m, {.noise = NoiseKind::kIsotropic});
  EXPECT_NEAR(isotropic.log_likelihood, closed_form(m, 3), 1e-4 * std::abs(isotropic.log_likelihood));
  const EmResult floored = expectation_maximization(start, m, {.noise = NoiseKind::kIsotropic, .noise_floor = 9});
  EXPECT_EQ(floored.model.noise(0), 9);
}

TEST(LinearGaussian, StartsWithAboutTheVariancesOfTheSamples) {
  const Moments m = fixture();
  Random rng(1);
  const LinearGaussian model = LinearGaussian::start(m, 9, rng);
  const Array<double> c = covariance_of(model);
  EXPECT_TRUE(close(model.mean, m.mean));
  double ratio = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    EXPECT_EQ(model.noise(i), m.covariance(i, i) / 2);
    ratio += c(i, i) / m.covariance(i, i) / double(kSize);
  }
  EXPECT_NEAR(ratio, 1, 0.2);  // the standard deviation is ½ (2 / 90)^½ = 0.07
}

TEST(LinearGaussian, RefusesBadInput) {
  const Moments m = fixture(), smaller = moments(anisotropic_samples(50, 4));
  const LinearGaussian good = any_model(5);
  LinearGaussian silent = good, short_mean = good, negative = good;
  silent.noise(6) = 0;
  negative.noise(2) = std::numeric_limits<double>::quiet_NaN();
  short_mean.mean = zeros<double>({3});
  EXPECT_TRUE(has(message_of<NumericError>([&] { static_cast<void>(log_likelihood(silent, m)); }),
                  {"[log_likelihood]", "number 6"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { static_cast<void>(posterior(short_mean)); }),
                  {"[posterior]", "(3,)", "(10, 3)", "(10,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { static_cast<void>(log_likelihood(good, smaller)); }),
                  {"[log_likelihood]", "10", "(4,)", "(4, 4)"}));
  EXPECT_THROW(static_cast<void>(posterior(negative)), NumericError);
  EXPECT_THROW(static_cast<void>(expectation_maximization(good, smaller)), ShapeError);
  EXPECT_THROW(static_cast<void>(expectation_maximization(short_mean, m)), ShapeError);
  EXPECT_THROW(static_cast<void>(expectation_maximization(good, m, {.noise_floor = -1})), Error);
  EXPECT_THROW(static_cast<void>(expectation_maximization(good, m, {.change_tolerance = std::nan("")})), Error);
  Random rng(1);
  for (const std::size_t q : {0u, 11u}) {
    EXPECT_TRUE(has(message_of<Error>([&] { static_cast<void>(LinearGaussian::start(m, q, rng)); }),
                    {"[LinearGaussian]", "10", std::to_string(q)}));
  }
  for (const std::size_t q : {0u, 10u}) EXPECT_THROW(static_cast<void>(probabilistic_pca(m, q)), Error);
  EXPECT_THROW(static_cast<void>(probabilistic_pca({m.mean, smaller.covariance}, 2)), ShapeError);
  // Four samples differ in three directions.
  const Moments few = moments(anisotropic_samples(4, kSize));
  EXPECT_THROW(static_cast<void>(probabilistic_pca(few, 3)), NumericError);
  EXPECT_NO_THROW(static_cast<void>(probabilistic_pca(few, 2)));
}

// A Heywood case: the latent numbers explain one number wholly, and its noise goes to 0.
TEST(ExpectationMaximization, SaysWhereTheNoiseVanishes) {
  const Moments few = moments(anisotropic_samples(4, kSize));
  Random rng(1);
  const LinearGaussian start = LinearGaussian::start(few, 4, rng);
  EXPECT_TRUE(has(message_of<NumericError>([&] {
                    static_cast<void>(
                        expectation_maximization(start, few, {.max_iterations = 1'000'000, .change_tolerance = 0}));
                  }),
                  {"[expectation_maximization]", "noise_floor", "number"}));
}

}  // namespace
}  // namespace xtape::nn
