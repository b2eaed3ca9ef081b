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
#include "nn/optim/lbfgs.hpp"
#include "samples_for_tests.hpp"

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
    constexpr int kDraws = 2000;
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

TEST(LinearDenoising, TrainingComesToTheOptimumFromAbove) {
  for (const Case& c : cases()) {
    for (const std::size_t q : {1u, 3u}) {
      Random rng(q);
      const Linear<double> encoder(kSize, q, rng), decoder(q, kSize, rng);
      std::vector<Parameter<double>> parameters = encoder.parameters();
      for (const auto& parameter : decoder.parameters()) parameters.push_back(parameter);
      const LbfgsResult result = minimize<double>(parameters, [&] {
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
