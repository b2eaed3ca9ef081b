// The use of latent units: against sums done directly, and the distance of codes from the prior against its formula.

#include "nn/inference/latent_use.hpp"

#include "autodiff/errors.hpp"
#include "autodiff/random.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

namespace xtape::nn {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
void expect_closed_forms() {
  constexpr std::size_t kSamples = 30, kLatent = 3;
  Random rng(1);
  const Array<T> mu = rng.normal<T>({kSamples, kLatent}),
                 log_sigma = rng.uniform<T>({kSamples, kLatent}, T(-3), T(0.5));
  Array<double> kl = zeros<double>({kLatent}), variance = zeros<double>({kLatent});
  for (std::size_t j = 0; j < kLatent; ++j) {
    double mean = 0;
    for (std::size_t i = 0; i < kSamples; ++i) mean += double(mu(i, j)) / kSamples;
    for (std::size_t i = 0; i < kSamples; ++i) {
      const double m = double(mu(i, j)), s = double(log_sigma(i, j));
      kl(j) += 0.5 * (m * m + std::exp(2 * s) - 2 * s - 1) / kSamples;
      variance(j) += (m - mean) * (m - mean) / kSamples;
    }
  }
  const LatentUse use = latent_use(mu, log_sigma);
  EXPECT_TRUE(close(use.kl, kl, 1e-13)) << "of float numbers too: the sums are in double";
  EXPECT_TRUE(close(use.variance, variance, 1e-13));
}

TEST(LatentUse, IsTheClosedForm) {
  expect_closed_forms<double>();
  expect_closed_forms<float>();
}

TEST(LatentUse, OfThePriorIsNothing) {
  const LatentUse use = latent_use(zeros<float>({5, 2}), zeros<float>({5, 2}));
  EXPECT_TRUE(close(use.kl, {0, 0}, 0));
  EXPECT_TRUE(close(use.variance, {0, 0}, 0));
  EXPECT_EQ(use.active(0), 0u);
}

// Posteriors that hardly differ from the prior: ½ (μ² + σ² - 2 ln σ - 1) would lose all digits.
TEST(LatentUse, KeepsItsDigitsCloseToThePrior) {
  const LatentUse use = latent_use(Array<double>{{1e-9, 0.0}}, Array<double>{{0.0, 1e-9}});
  EXPECT_NEAR(use.kl(0), 0.5e-18, 1e-21);
  EXPECT_NEAR(use.kl(1), 1e-18, 1e-18) << "s² + O(s³)";
}

TEST(LatentUse, CountsTheUnitsWhoseMeanVaries) {
  const Array<double> mu{{-1.0, -0.11, -0.09, 7.0}, {1.0, 0.11, 0.09, 7.0}};  // variances 1, 0.0121, 0.0081 and 0
  const LatentUse use = latent_use(mu, zeros<double>({2, 4}));
  EXPECT_EQ(use.active(), 2u) << "a mean far from 0 alone makes no active unit";
  EXPECT_EQ(use.active(0.02), 1u);
  EXPECT_EQ(use.active(1), 0u) << "above the threshold, not at it";
  EXPECT_EQ(use.active(0), 3u);
}

TEST(LatentUse, RefusesOtherShapes) {
  const auto refusal = [](const Shape& mu, const Shape& log_sigma) {
    return message_of<ShapeError>([&] { latent_use(zeros<float>(mu), zeros<float>(log_sigma)); });
  };
  EXPECT_TRUE(has(refusal({3, 2}, {3, 1}), {"[latent_use]", "(3, 2)", "(3, 1)"}));
  EXPECT_TRUE(has(refusal({0, 2}, {0, 2}), {"[latent_use]", "n > 0", "(0, 2)"}));
  EXPECT_TRUE(has(refusal({3}, {3}), {"[latent_use]", "(3,)"}));
}

// tr S = 2.5, mᵀm = 1.25, det S = 2 · 0.5 - 0.6² = 0.64.
TEST(GaussianKl, OfMomentsIsTheFormula) {
  const Moments codes{{1.0, -0.5}, {{2.0, 0.6}, {0.6, 0.5}}};
  EXPECT_NEAR(normal_kl(codes), 0.5 * (2.5 + 1.25 - 2 - std::log(0.64)), 1e-13);
  EXPECT_NEAR(normal_kl(Moments{{0.0, 0.0}, {{1.0, 0.0}, {0.0, 1.0}}}), 0, 1e-15);
}

TEST(GaussianKl, IsInfiniteWhereTheCovarianceIsSingular) {
  EXPECT_EQ(normal_kl(Moments{{0.0, 0.0}, {{1.0, 0.0}, {0.0, 0.0}}}), kInfinity);
  EXPECT_EQ(normal_kl(Moments{{0.0, 0.0}, {{0.0, 0.0}, {0.0, 0.0}}}), kInfinity);
  EXPECT_EQ(normal_kl(moments(Random(1).normal<double>({5, 5}))), kInfinity) << "five samples span four dimensions";
  // Two numbers that are always alike, where rounding may leave a last eigenvalue above 0.
  const Array<double> z = Random(2).normal<double>({100, 1});
  Array<double> alike = zeros<double>({100, 3});
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j < 3; ++j) alike(i, j) = z(i, 0) * (1 + double(j) / 3);
  EXPECT_EQ(normal_kl(moments(alike)), kInfinity);
}

}  // namespace
}  // namespace xtape::nn
