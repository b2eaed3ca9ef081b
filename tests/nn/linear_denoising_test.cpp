// Linear denoising: its error against simulated noise, its optimum against published forms and against training.

#include "nn/classical/linear_denoising.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "nn/classical/pca.hpp"
#include "nn/data/transforms.hpp"
#include "nn/optim/minimize.hpp"
#include "samples_for_tests.hpp"
#include "tests/sanitized.hpp"

#include <xtensor-blas/xlinalg.hpp>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace xtape::nn {
namespace {

constexpr std::size_t kSize = 10;

/// Samples whose last number never varies.
Array<double> fixture() {
  Array<double> x = anisotropic_samples(300, kSize);
  for (std::size_t i = 0; i < 300; ++i) x(i, kSize - 1) = 0;
  return x;
}

struct Case {
  const char* name;
  LinearDenoising problem;
  Transform<double> corruption;
};

std::vector<Case> cases() {
  const Moments clean = moments(fixture());
  return {{"masking", LinearDenoising::masking(clean, 0.3), random_masking<double>(0.3)},
          {"gaussian", LinearDenoising::gaussian(clean, 0.8), gaussian_noise<double>(0.8)}};
}

TEST(LinearDenoising, ErrorIsTheMeanOverSimulatedNoise) {
  const Array<double> x = fixture();
  for (const Case& c : cases()) {
    Random rng(4);
    const Linear<double> encoder(kSize, 3, rng), decoder(3, kSize, rng);
    constexpr int kDraws = kSanitized ? 400 : 2000;
    double sum_of = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const Var<double> noisy(c.corruption(x, rng));
      const double error = mean(sum(square(decoder(encoder(noisy)) - x), -1)).item();
      sum_of += error;
      squares += error * error;
    }
    const double average = sum_of / kDraws, variance = squares / kDraws - average * average;
    EXPECT_NEAR(c.problem.error(encoder, decoder).item(), average, 4 * std::sqrt(variance / kDraws)) << c.name;
  }
}

// Σ_{i≤q} λ_i s² / (λ_i + s²) + Σ_{i>q} λ_i for Gaussian noise; PCA's error without noise.
TEST(LinearDenoising, OptimumIsThePublishedOne) {
  const Moments clean = moments(fixture());
  const PrincipalComponents pca = principal_components(clean);
  for (const std::size_t q : {0u, 1u, 4u, 10u}) {
    for (const double sigma : {0.0, 0.1, 2.0}) {
      double expected = pca.residual(q);
      for (std::size_t i = 0; i < q; ++i) {
        expected += pca.variances(i) > 0 ? pca.variances(i) * sigma * sigma / (pca.variances(i) + sigma * sigma) : 0;
      }
      EXPECT_NEAR(LinearDenoising::gaussian(clean, sigma).optimum(q), expected, 1e-9 * pca.residual(0));
    }
    EXPECT_NEAR(LinearDenoising::masking(clean, 0).optimum(q), pca.residual(q), 1e-9 * pca.residual(0));
    EXPECT_NEAR(LinearDenoising::masking(clean, 1).optimum(q), pca.residual(0), 1e-9 * pca.residual(0));
  }
}

// M = U Uᵀ C A⁻¹ with the first q eigenvectors U of C A⁻¹ Cᵀ, and the bias that keeps the mean: reduced-rank
// regression.
TEST(LinearDenoising, ReducedRankRegressionHasTheLeastError) {
  const Moments clean = moments(fixture());
  const xt::xarray<double> s = clean.covariance, m = clean.mean;
  for (const double p : {0.1, 0.3, 0.8}) {
    const LinearDenoising problem = LinearDenoising::masking(clean, p);
    const xt::xarray<double> c = (1 - p) * s;
    xt::xarray<double> a = (1 - p) * c;
    for (std::size_t i = 0; i < kSize; ++i) a(i, i) += p * (1 - p) * (s(i, i) + m(i) * m(i));
    const xt::xarray<double> regression = xt::linalg::dot(c, xt::linalg::pinv(a));  // C A⁻¹
    const auto [values, vectors] = xt::linalg::eigh(xt::xarray<double>(xt::linalg::dot(regression, xt::transpose(c))));
    for (const std::size_t q : {1u, 3u, 7u}) {
      Random rng(1);
      const Linear<double> encoder(kSize, q, rng), decoder(q, kSize, rng);
      const xt::xarray<double> u = xt::view(vectors, xt::all(), xt::range(kSize - q, kSize));  // ascending
      const xt::xarray<double> into = xt::linalg::dot(xt::transpose(u), regression);
      encoder.weight().set(Array<double>(into));
      encoder.bias().set(zeros<double>({q}));
      decoder.weight().set(Array<double>(u));
      decoder.bias().set(Array<double>(m - (1 - p) * xt::linalg::dot(u, xt::linalg::dot(into, m))));
      EXPECT_NEAR(problem.error(encoder, decoder).item(), problem.optimum(q), 1e-8 * problem.optimum(q)) << p;
    }
  }
}

TEST(LinearDenoising, TrainingComesToTheOptimumFromAbove) {
  for (const Case& c : cases()) {
    for (const std::size_t q : {1u, 3u}) {
      Random rng(q);
      const Linear<double> encoder(kSize, q, rng), decoder(q, kSize, rng);
      std::vector<Parameter<double>> parameters = encoder.parameters();
      for (const auto& parameter : decoder.parameters()) parameters.push_back(parameter);
      const MinimizeResult result = minimize<double>(parameters, [&] {
        Tape<double> tape;
        const Var<double> error = c.problem.error(encoder, decoder);
        return std::pair(error.item(), tape.gradient(error, parameters));
      });
      const double least = c.problem.optimum(q);
      EXPECT_GT(result.value, least * (1 - 1e-10)) << c.name;
      EXPECT_LT(result.value, least * (1 + 1e-5)) << c.name << " after " << result.iterations;
    }
  }
}

TEST(LinearDenoising, InFloatToo) {
  const Moments clean = moments(fixture());
  const LinearDenoising problem = LinearDenoising::masking(clean, 0.3);
  Random rng(4), same(4);
  const Linear<double> encoder(kSize, 3, rng), decoder(3, kSize, rng);
  const Linear<float> encoder_f(kSize, 3, same), decoder_f(3, kSize, same);
  encoder_f.weight().set(Array<float>(xt::cast<float>(encoder.weight().value())));
  encoder_f.bias().set(Array<float>(xt::cast<float>(encoder.bias().value())));
  decoder_f.weight().set(Array<float>(xt::cast<float>(decoder.weight().value())));
  decoder_f.bias().set(Array<float>(xt::cast<float>(decoder.bias().value())));
  const double expected = problem.error(encoder, decoder).item();
  EXPECT_NEAR(double(problem.error(encoder_f, decoder_f).item()), expected, 1e-5 * expected);
}

TEST(LinearDenoising, RefusesBadInput) {
  const Moments clean = moments(fixture());
  EXPECT_THROW(LinearDenoising::masking(clean, 1.5), Error);
  EXPECT_THROW(LinearDenoising::masking(clean, std::nan("")), Error);
  EXPECT_THROW(LinearDenoising::gaussian(clean, -1), Error);
  EXPECT_THROW(static_cast<void>(LinearDenoising::gaussian(clean, 1).optimum(11)), Error);
  Random rng(1);
  const Linear<double> encoder(7, 2, rng), decoder(2, kSize, rng);
  EXPECT_THROW(static_cast<void>(LinearDenoising::gaussian(clean, 1).error(encoder, decoder)), ShapeError);
}

}  // namespace
}  // namespace xtape::nn
