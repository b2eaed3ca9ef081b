// ImportanceSampler: against sums done directly, against an exact ln p(x), and what it refuses.

#include "nn/inference/importance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "nn/distributions/normal.hpp"
#include "tests/testing.hpp"

namespace xtape::nn {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ImportanceSampler, IsTheLogarithmOfTheMeanWeight) {
  const Array<double> w = Random(1).uniform<double>({50, 3}, 0.1, 2.0);
  ImportanceSampler at_once, in_parts;
  const Var<double> logs = log(Var<double>(w));
  at_once.add(logs.value());
  for (std::ptrdiff_t first = 0; first < 50; first += 10) {
    in_parts.add(Array<double>(slice(logs, {{first, first + 10}}).value()));
  }
  ASSERT_EQ(at_once.count(), 50u);
  const auto one = at_once.result(), other = in_parts.result();
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0, squares = 0, deviations = 0;
    for (std::size_t k = 0; k < 50; ++k) sum += w(k, i), squares += w(k, i) * w(k, i);
    for (std::size_t k = 0; k < 50; ++k) deviations += (w(k, i) - sum / 50) * (w(k, i) - sum / 50);
    EXPECT_NEAR(one[i].log_prob, std::log(sum / 50), 1e-13);
    EXPECT_NEAR(one[i].standard_error, std::sqrt(deviations / 49 / 50) / (sum / 50), 1e-13);
    EXPECT_NEAR(one[i].effective_sample_size, sum * sum / squares, 1e-11);
    EXPECT_NEAR(other[i].log_prob, one[i].log_prob, 1e-13);
    EXPECT_NEAR(other[i].standard_error, one[i].standard_error, 1e-13);
    EXPECT_NEAR(other[i].effective_sample_size, one[i].effective_sample_size, 1e-11);
  }
}

TEST(ImportanceSampler, TakesWeightsThatWouldOverflow) {
  ImportanceSampler sampler;
  sampler.add(Array<double>{{-2000.0, 3000.0}, {-2000.0 + std::log(3.0), -3000.0}, {-kInfinity, 3000.0}});
  const auto result = sampler.result();
  EXPECT_NEAR(result[0].log_prob, -2000 + std::log(4.0 / 3), 1e-12);
  EXPECT_NEAR(result[0].effective_sample_size, 16.0 / 10, 1e-12);
  EXPECT_NEAR(result[1].log_prob, 3000 + std::log(2.0 / 3), 1e-12);
}

// x = w z + sigma e in one dimension: ln p(x) = ln N(x; 0, w² + sigma²).
TEST(ImportanceSampler, ApproachesAnExactLogLikelihood) {
  constexpr double kWeight = 1.5, kSigma = 0.7;
  const std::vector<double> xs{-2.0, 0.3, 1.1};
  Random rng(5);
  ImportanceSampler sampler;
  for (int part = 0; part < 20; ++part) {
    Array<double> logs = zeros<double>({500, 3});
    for (std::size_t i = 0; i < 3; ++i) {
      // q(z|x) with the posterior's mean and twice its deviation
      const double precision = 1 + kWeight * kWeight / (kSigma * kSigma);
      const double mu = kWeight * xs[i] / (kSigma * kSigma) / precision, spread = 2 / std::sqrt(precision);
      const Array<double> epsilon = rng.normal<double>({500});
      for (std::size_t k = 0; k < 500; ++k) {
        const double z = mu + spread * epsilon(k), residual = (xs[i] - kWeight * z) / kSigma;
        const auto log_normal = [](double u, double s) {
          return -0.5 * u * u - std::log(s) - 0.5 * std::log(2 * std::numbers::pi);
        };
        logs(k, i) = log_normal(residual, kSigma) + log_normal(z, 1) - log_normal(epsilon(k), spread);
      }
    }
    sampler.add(logs);
  }
  const auto result = sampler.result();
  for (std::size_t i = 0; i < 3; ++i) {
    const double variance = kWeight * kWeight + kSigma * kSigma;
    const double exact = -0.5 * (xs[i] * xs[i] / variance + std::log(2 * std::numbers::pi * variance));
    EXPECT_GT(result[i].standard_error, 0.002);
    EXPECT_LT(result[i].standard_error, 0.02);
    EXPECT_NEAR(result[i].log_prob, exact, 4 * result[i].standard_error);
    EXPECT_GT(result[i].effective_sample_size, 3000);
    EXPECT_LT(result[i].effective_sample_size, 9000);
  }
}

TEST(LogEvidence, OfARangeIsThatOfEachBatch) {
  const std::vector<Array<double>> batches{{0.0, 1.0, 2.0}, {3.0, 4.0}};
  std::size_t calls = 0;
  const auto weights = [&](const Array<double>& batch) {  // of each x its own number and that with ln 3 added
    ++calls;
    return Var<double>(stack({Var<double>(batch), batch + std::log(3.0)}));
  };
  const std::vector<LogEvidence> evidence = log_evidence(batches, weights, 3);
  EXPECT_EQ(calls, 4u);  // two of two weights for each batch
  ASSERT_EQ(evidence.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(evidence[i].log_prob, double(i) + std::log(2.0), 1e-13);
    EXPECT_NEAR(evidence[i].effective_sample_size, 16.0 / 5, 1e-12);
  }
}

TEST(LogEvidence, RefusesARangeWithoutWeights) {
  const std::vector<Array<double>> batches{{0.0, 1.0}};
  const auto none = [](const Array<double>&) { return Var<double>(zeros<double>({0, 2})); };
  EXPECT_TRUE(has(message_of<Error>([&] { log_evidence(batches, none, 1); }), {"[log_evidence]", "k > 0"}));
}

TEST(ImportanceSampler, SaysWhatItDoesNotKnow) {
  ImportanceSampler sampler;
  EXPECT_THROW(static_cast<void>(sampler.result()), Error);
  sampler.add(Array<double>{{-1.0, -kInfinity}});
  EXPECT_EQ(sampler.result()[0].standard_error, kInfinity);
  EXPECT_EQ(sampler.result()[1].log_prob, -kInfinity);
  EXPECT_EQ(sampler.result()[1].effective_sample_size, 0);
}

TEST(ImportanceSampler, RefusesOtherShapesAndNan) {
  ImportanceSampler sampler;
  sampler.add(Array<float>{{1.0f, 2.0f}});
  EXPECT_THROW(sampler.add(Array<float>{{1.0f, 2.0f, 3.0f}}), ShapeError);
  EXPECT_THROW(sampler.add(Array<float>{1.0f, 2.0f}), ShapeError);
  EXPECT_THROW(sampler.add(Array<float>{{1.0f, std::numeric_limits<float>::quiet_NaN()}}), NumericError);
  EXPECT_THROW(sampler.add(Array<float>{{1.0f, std::numeric_limits<float>::infinity()}}), NumericError);
  EXPECT_EQ(sampler.count(), 1u);
}

}  // namespace
}  // namespace xtape::nn
