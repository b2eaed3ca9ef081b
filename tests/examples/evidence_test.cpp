// Estimates of ln p(x): of a model whose ln p(x) is known, and which images are compared.

#include "examples/programs/report/evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "autodiff/autodiff.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::Random;

/// x = w z + sigma e in each of the pixels, z and e from N(0, 1): ln p(x) = Σ ln N(x; 0, w² + sigma²).
struct LinearGaussian {
  static constexpr double kWeight = 0.8, kSigma = 0.6;

  static double log_normal(double x, double mean, double sigma) {
    const double u = (x - mean) / sigma;
    return -0.5 * (u * u + std::log(2 * std::numbers::pi)) - std::log(sigma);
  }
  static double log_prob(const Array<float>& x, std::size_t i) {
    double sum = 0;
    for (std::size_t j = 0; j < x.shape(1); ++j) sum += log_normal(double(x(i, j)), 0, std::hypot(kWeight, kSigma));
    return sum;
  }
  /// With the posterior's mean, and `widening` times its standard deviation.
  static LogWeights log_weights(double widening) {
    return [=](const Array<float>& x, std::size_t samples, Random& rng) {
      const double precision = 1 + kWeight * kWeight / (kSigma * kSigma), spread = widening / std::sqrt(precision);
      Array<float> logs = xtape::zeros<float>({samples, x.shape(0)});
      for (std::size_t k = 0; k < samples; ++k)
        for (std::size_t i = 0; i < x.shape(0); ++i) {
          double sum = 0;
          const Array<double> epsilon = rng.normal<double>({x.shape(1)});
          for (std::size_t j = 0; j < x.shape(1); ++j) {
            const double mu = kWeight * double(x(i, j)) / (kSigma * kSigma) / precision, z = mu + spread * epsilon(j);
            sum += log_normal(double(x(i, j)), kWeight * z, kSigma) + log_normal(z, 0, 1) - log_normal(z, mu, spread);
          }
          logs(k, i) = float(sum);
        }
      return logs;
    };
  }
};

TEST(Evidence, IsUnknownWhereAWeightIsNotFinite) {
  const xtape::nn::ImageSet images(2, 2, std::vector<std::uint8_t>(40, 0), std::vector<std::uint8_t>(10));
  const LogWeights of_black = [](const Array<float>& x, std::size_t samples, Random&) {
    Array<float> logs = xtape::zeros<float>({samples, x.shape(0)});
    if (x(0, 0) > 0) logs(0, 0) = std::nanf("");
    return logs;
  };
  const EvidencePlan plan{10, 5, {}, "", 1};
  const std::vector<Evidence> evidence = compare_evidence({"black", "/nowhere", images, images}, plan, of_black);
  EXPECT_EQ(evidence[0].log_prob, 0);
  EXPECT_EQ(evidence[2].images, "noise");
  EXPECT_TRUE(std::isnan(evidence[2].log_prob));
  EXPECT_EQ(to_table(evidence, plan).rows[2],
            (std::vector<std::string>{"noise", "unknown", "unknown", "unknown", "unknown"}));
}

TEST(Evidence, OfTheExactPosteriorIsLogPWithoutSampling) {
  const Array<float> x = Random(1).normal<float>({5, 3});
  Random rng(2);
  const Evidence evidence = estimate_evidence("some", x, 120, LinearGaussian::log_weights(1), rng);
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const double log_prob = LinearGaussian::log_prob(x, i);
    mean += log_prob / 5;
    squares += log_prob * log_prob / 5;
  }
  EXPECT_EQ(evidence.images, "some");
  EXPECT_NEAR(evidence.log_prob, mean, 1e-5);
  EXPECT_NEAR(evidence.standard_error, std::sqrt((squares - mean * mean) / 4), 1e-5);
  EXPECT_LT(evidence.sampling_error, 1e-6);
  EXPECT_NEAR(evidence.effective_samples, 120, 1e-3) << "all weights are alike, and there are as many as asked for";
}

TEST(Evidence, ApproachesLogPFromAnotherPosterior) {
  const Array<float> x = Random(1).normal<float>({5, 3});
  Random rng(2);
  const Evidence evidence = estimate_evidence("some", x, 4000, LinearGaussian::log_weights(1.5), rng);
  double mean = 0;
  for (std::size_t i = 0; i < 5; ++i) mean += LinearGaussian::log_prob(x, i) / 5;
  EXPECT_GT(evidence.sampling_error, 1e-3);
  EXPECT_LT(evidence.sampling_error, 0.05);
  EXPECT_NEAR(evidence.log_prob, mean, 4.5 * evidence.sampling_error);
  EXPECT_GT(evidence.effective_samples, 400);
  EXPECT_LT(evidence.effective_samples, 3600);
}

/// Says of images how many of their pixels are neither 0 nor 1, and how bright they are.
struct Looks {
  std::vector<double> grey, bright;
  LogWeights log_weights() {
    return [this](const Array<float>& x, std::size_t samples, Random&) {
      double between = 0, sum = 0;
      for (const float level : x) {
        between += level != 0 && level != 1 ? 1 : 0;
        sum += double(level);
      }
      grey.push_back(between);
      bright.push_back(sum / double(x.size()));
      return Array<float>(xtape::zeros<float>({samples, x.shape(0)}));
    };
  }
};

struct ComparedEvidence : testing::Test {
  const xtape::nn::ImageSet images{2, 2, std::vector<std::uint8_t>(4 * 30, 100)};
  const Dataset data{"tiny", "/tiny", images, images};
};

TEST_F(ComparedEvidence, IsOfTestImagesShuffledOnesAndNoise) {
  Looks looks;
  const auto evidence = compare_evidence(data, {20, 10, {}, "", 1}, looks.log_weights());
  ASSERT_EQ(evidence.size(), 3u) << "no data set has images of two by two pixels";
  EXPECT_EQ(evidence[0].images, "test images");
  EXPECT_EQ(evidence[1].images, "the same, pixels shuffled");
  EXPECT_EQ(evidence[2].images, "noise");
  for (const Evidence& e : evidence) EXPECT_EQ(e.log_prob, 0);
  EXPECT_EQ(looks.grey, (std::vector<double>{80, 80, 80}));
  EXPECT_NEAR(looks.bright[0], 100 / 255.0, 1e-6);
  EXPECT_NEAR(looks.bright[1], 100 / 255.0, 1e-6);
  EXPECT_NEAR(looks.bright[2], 0.5, 4.5 / std::sqrt(12.0 * 80));
}

TEST_F(ComparedEvidence, IsOfOutcomesWhereTheModelNeedsThem) {
  Looks drawn, cut;
  compare_evidence(data, {30, 10, xtape::nn::random_binarization<float>(), "binarized at random", 1},
                   drawn.log_weights());
  EXPECT_EQ(drawn.grey, (std::vector<double>{0, 0, 0}));
  EXPECT_NEAR(drawn.bright[0], 100 / 255.0, 4.5 * std::sqrt(0.24 / 120));
  compare_evidence(data, {30, 10, xtape::nn::threshold_binarization<float>(), "binarized at 0.5", 1},
                   cut.log_weights());
  EXPECT_EQ(cut.grey, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(cut.bright[0], 0) << "100 of 255 is below the threshold";
  EXPECT_NEAR(cut.bright[2], 0.5, 4.5 * std::sqrt(0.25 / 120));
}

TEST_F(ComparedEvidence, TableSaysWhatItIsOf) {
  const Evidence one{"noise", -12.345, 0.5, 0.25, 1234.56};
  const Table table = to_table({one}, {20, 5000, {}, "", 1});
  EXPECT_EQ(table.title, "Estimated ln p(x), nats, of 20 images each from 5,000 codes");
  EXPECT_EQ(to_table({one}, {20, 5000, {}, "binarized at 0.5", 1}).title,
            "Estimated ln p(x), nats, of 20 images each, binarized at 0.5, from 5,000 codes");
  EXPECT_EQ(table.rows, (std::vector<std::vector<std::string>>{{"noise", "-12.35", "0.50", "0.25", "1234.6"}}));
}

TEST(Evidence, SaysWhereAnErrorIsUnknown) {
  const Array<float> one = Random(1).normal<float>({1, 3}), two = Random(1).normal<float>({2, 3});
  Random rng(2);
  const Evidence of_one_image = estimate_evidence("one", one, 50, LinearGaussian::log_weights(1.5), rng),
                 of_one_code = estimate_evidence("two", two, 1, LinearGaussian::log_weights(1.5), rng);
  const Table table = to_table({of_one_image, of_one_code}, {1, 50, {}, "", 1});
  EXPECT_EQ(table.rows[0][2], "unknown") << "nothing is known of other images";
  EXPECT_NE(table.rows[0][3], "unknown");
  EXPECT_NE(table.rows[1][2], "unknown");
  EXPECT_EQ(table.rows[1][3], "unknown") << "nothing is known of other codes";
}

}  // namespace
