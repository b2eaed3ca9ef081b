// The models' bounds and weights, against the formulas computed number by number from their parameters.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/models/cvae.hpp"
#include "examples/programs/models/vae.hpp"

namespace {

using namespace programs;
using xtape::Array;
using xtape::Random;
using xtape::Var;
namespace nn = xtape::nn;

using Numbers = std::vector<double>;

constexpr std::size_t kPixels = 6, kHidden = 5, kLatent = 3, kClasses = 4, kBatch = 7, kSamples = 2;
constexpr double kTolerance = 2e-5;  // sums of a few dozen numbers in float
const double kLogTwoPi = std::log(2 * std::numbers::pi);

double sigmoid_of(double x) {
  return 1 / (1 + std::exp(-x));
}

Numbers row(const Array<float>& matrix, std::size_t i) {
  const std::size_t width = matrix.shape().back();
  return {matrix.data() + i * width, matrix.data() + (i + 1) * width};
}

Numbers joined(Numbers a, const Numbers& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// ln of the density of N(mu, diag(exp(s)²)).
double log_normal(const Numbers& x, const Numbers& mu, const Numbers& s) {
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double u = (x[j] - mu[j]) / std::exp(s[j]);
    sum -= 0.5 * (u * u + kLogTwoPi) + s[j];
  }
  return sum;
}

double log_bernoulli(const Numbers& x, const Numbers& logits) {
  double sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double p = sigmoid_of(logits[j]);
    sum += x[j] * std::log(p) + (1 - x[j]) * std::log(1 - p);
  }
  return sum;
}

/// What a model with the weights of another computes, in double and without a library.
class ByHand {
 public:
  ByHand(const nn::Module<float>& model, bool sigmoid_mean) : sigmoid_mean_(sigmoid_mean) {
    for (const auto& [name, parameter] : model.named_parameters()) weights_.emplace(name, parameter.value());
  }

  Numbers affine(const std::string& layer, const Numbers& x) const {
    const Array<float>&w = weights_.at(layer + ".weight"), &b = weights_.at(layer + ".bias");
    Numbers y(b.size());
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = double(b(i));
      for (std::size_t j = 0; j < x.size(); ++j) y[i] += double(w(i, j)) * x[j];
    }
    return y;
  }
  Numbers relu(Numbers x) const {
    for (double& number : x) number = std::max(number, 0.0);
    return x;
  }

  Numbers mu(const Numbers& x) const {
    Numbers mu = affine("mean_head", relu(affine("encoder.0", x)));
    if (sigmoid_mean_)
      for (double& number : mu) number = sigmoid_of(number);
    return mu;
  }
  Numbers log_sigma(const Numbers& x) const { return affine("log_sigma_head", relu(affine("encoder.0", x))); }
  Numbers decode(const Numbers& z) const { return affine("decoder.1", relu(affine("decoder.0", z))); }

  Numbers code(const Numbers& x, const Numbers& epsilon) const {
    Numbers z = mu(x);
    const Numbers s = log_sigma(x);
    for (std::size_t j = 0; j < z.size(); ++j) z[j] += std::exp(s[j]) * epsilon[j];
    return z;
  }
  double kl(const Numbers& x) const {
    const Numbers m = mu(x), s = log_sigma(x);
    double sum = 0;
    for (std::size_t j = 0; j < m.size(); ++j) sum += 0.5 * (m[j] * m[j] + std::exp(2 * s[j]) - 2 * s[j] - 1);
    return sum;
  }
  /// ln [p(z) / q(z|x)].
  double log_prior_ratio(const Numbers& x, const Numbers& z) const {
    const Numbers zero(z.size(), 0);
    return log_normal(z, zero, zero) - log_normal(z, mu(x), log_sigma(x));
  }

 private:
  std::map<std::string, Array<float>> weights_;
  bool sigmoid_mean_;
};

/// Larger weights than those that training starts with, so that all terms count.
void scale_up(nn::Module<float>& model) {
  for (const auto& parameter : model.parameters()) parameter.set(Var<float>(parameter.value() * 3.0f).value());
}

struct Inputs {
  Array<float> x = Random(2).uniform<float>({kBatch, kPixels});
  Array<float> epsilon = Random(3).normal<float>({kSamples, kBatch, kLatent});
  Numbers epsilon_of(std::size_t k, std::size_t i) const { return row(epsilon, k * kBatch + i); }
};

std::unique_ptr<nn::Likelihood<float>> bernoulli() {
  return std::make_unique<nn::BernoulliLikelihood<float>>();
}

void expect_vae(const Vae& model, bool sigmoid_mean,
                const std::function<double(const Numbers&, const Numbers&)>& log_p) {
  const ByHand hand(model, sigmoid_mean);
  const Inputs in;
  const auto [reconstruction, kl] = model.negative_bound(in.x, in.epsilon);
  const Array<float> weights = model.log_weights(in.x, in.epsilon).value();
  ASSERT_EQ(reconstruction.shape(), (xtape::Shape{kBatch}));
  ASSERT_EQ(kl.shape(), (xtape::Shape{kBatch}));
  ASSERT_EQ(xtape::shape_of(weights), (xtape::Shape{kSamples, kBatch}));
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Numbers x = row(in.x, i);
    double mean = 0;
    for (std::size_t k = 0; k < kSamples; ++k) {
      const Numbers z = hand.code(x, in.epsilon_of(k, i));
      const double log_x = log_p(x, hand.decode(z)), log_weight = log_x + hand.log_prior_ratio(x, z);
      mean -= log_x / kSamples;
      EXPECT_NEAR(double(weights(k, i)), log_weight, kTolerance * (1 + std::abs(log_weight)));
    }
    EXPECT_NEAR(double(reconstruction.value()(i)), mean, kTolerance * (1 + std::abs(mean)));
    EXPECT_NEAR(double(kl.value()(i)), hand.kl(x), kTolerance * (1 + hand.kl(x)));
  }
}

TEST(Vae, BoundAndWeightsAreTheFormulas) {
  for (const bool sigmoid_mean : {false, true}) {
    Random rng(1);
    Vae model({kPixels, kHidden, kLatent, sigmoid_mean}, bernoulli(), rng);
    scale_up(model);
    expect_vae(model, sigmoid_mean, log_bernoulli);
  }
}

// What a file is held against, before a model of its size is made.
TEST(Models, SayTheirTensorsBeforeTheyAreMade) {
  Random rng(1);
  const auto expect_same = [](const ExpectedTensors& said, const nn::Module<float>& model) {
    const auto made = model.named_parameters();
    ASSERT_EQ(said.size(), made.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      EXPECT_EQ(said[i].name, made[i].name);
      EXPECT_EQ(said[i].shape, made[i].parameter.shape()) << made[i].name;
    }
  };
  for (const std::size_t hidden : {0u, 4u}) {
    const AutoencoderShape shape{6, hidden, 3};
    expect_same(shape.tensors(), Autoencoder(shape, rng));
  }
  const VaeShape vae{6, 4, 3};
  expect_same(vae.tensors(), Vae(vae, bernoulli(), rng));
  const CvaeShape cvae{6, 4, 3, 2};
  expect_same(cvae.tensors(), Cvae(cvae, rng));
}

TEST(Vae, WithGaussianPixelsToo) {
  Random rng(1);
  const Vae model({kPixels, kHidden, kLatent},
                  std::make_unique<nn::GaussianLikelihood<float>>(nn::Sigma::kEach, kPixels, 1, 0.1), rng);
  const Array<float> s = Random(4).normal<float>({kPixels});
  model.likelihood().parameters()[0].set(s);
  Numbers log_sigma;
  for (const float free : s) log_sigma.push_back(std::log(0.1 + std::exp(double(free))));
  expect_vae(model, false, [&](const Numbers& x, const Numbers& mean) { return log_normal(x, mean, log_sigma); });
  EXPECT_EQ(model.named_parameters().back().name, "likelihood.log_sigma");
}

TEST(Vae, SigmoidMeanKeepsMuBetweenZeroAndOne) {
  Random rng(1), same(1);
  Vae kept({kPixels, kHidden, kLatent, true}, bernoulli(), rng), free({kPixels, kHidden, kLatent}, bernoulli(), same);
  for (Vae* model : {&kept, &free}) scale_up(*model);
  const Inputs in;
  const Array<float> mu = kept.posterior(in.x).mu.value(), anywhere = free.posterior(in.x).mu.value();
  EXPECT_LT(*std::min_element(anywhere.begin(), anywhere.end()), 0);
  EXPECT_EQ(mu, Var<float>(sigmoid(Var<float>(anywhere))).value());
  EXPECT_EQ(kept.posterior(in.x).log_sigma.value(), free.posterior(in.x).log_sigma.value());
}

// E_q[ln w] = -(reconstruction + KL), the KL integrated on one side and drawn on the other.
TEST(Vae, MeanLogWeightIsTheBound) {
  constexpr std::size_t kMany = 4000;
  Random rng(1);
  const Vae model({kPixels, kHidden, kLatent}, bernoulli(), rng);
  const Array<float> x = Inputs().x, epsilon = Random(5).normal<float>({kMany, kBatch, kLatent});
  const auto [reconstruction, kl] = model.negative_bound(x, epsilon);
  const Array<float> weights = model.log_weights(x, epsilon).value();
  for (std::size_t i = 0; i < kBatch; ++i) {
    double mean = 0, squares = 0, sum = 0;
    for (std::size_t k = 0; k < kMany; ++k) {
      const double w = double(weights(k, i));
      mean += w / kMany;
      squares += w * w / kMany;
      sum += std::exp(w) / kMany;
    }
    const double bound = -double(reconstruction.value()(i) + kl.value()(i));
    const double error = std::sqrt((squares - mean * mean) / kMany);
    EXPECT_GT(error, 1e-4) << "the weights vary";
    EXPECT_NEAR(mean, bound, 5 * error);
    EXPECT_GT(std::log(sum), bound) << "ln of the mean weight is the tighter bound";
  }
}

TEST(Vae, MeanImageIsThatOfTheLikelihood) {
  Random rng(1);
  const Vae model({kPixels, kHidden, kLatent}, bernoulli(), rng);
  const Array<float> z = Random(6).normal<float>({kBatch, kLatent}), image = model.mean_image(z).value();
  const Numbers logits = ByHand(model, false).decode(row(z, 2));
  for (std::size_t j = 0; j < kPixels; ++j) EXPECT_NEAR(double(image(2, j)), sigmoid_of(logits[j]), 1e-6);
}

TEST(Cvae, BoundAndWeightsAreTheFormulas) {
  Random rng(1);
  Cvae model({kPixels, kHidden, kLatent, kClasses}, rng);
  scale_up(model);
  const ByHand hand(model, false);
  const Inputs in;
  Array<float> y = xtape::zeros<float>({kBatch, kClasses});
  for (std::size_t i = 0; i < kBatch; ++i) y(i, i % kClasses) = 1;
  const auto [reconstruction, kl] = model.negative_bound(in.x, y, in.epsilon);
  const Array<float> weights = model.log_weights(in.x, y, in.epsilon).value();
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Numbers x = row(in.x, i), label = row(y, i), told = joined(x, label);
    double mean = 0;
    for (std::size_t k = 0; k < kSamples; ++k) {
      const Numbers z = hand.code(told, in.epsilon_of(k, i));
      const double log_x = log_bernoulli(x, hand.decode(joined(z, label)));
      const double log_weight = log_x + hand.log_prior_ratio(told, z);
      mean -= log_x / kSamples;
      EXPECT_NEAR(double(weights(k, i)), log_weight, kTolerance * (1 + std::abs(log_weight)));
    }
    EXPECT_NEAR(double(reconstruction.value()(i)), mean, kTolerance * (1 + std::abs(mean)));
    EXPECT_NEAR(double(kl.value()(i)), hand.kl(told), kTolerance * (1 + hand.kl(told)));
  }
}

TEST(Cvae, TheLabelChangesCodeAndImage) {
  Random rng(1);
  const Cvae model({kPixels, kHidden, kLatent, kClasses}, rng);
  const Array<float> x = Random(2).uniform<float>({1, kPixels}), z = Random(3).normal<float>({1, kLatent});
  Array<float> one = xtape::zeros<float>({1, kClasses}), other = one;
  one(0, 1) = other(0, 2) = 1;
  EXPECT_NE(model.posterior(x, one).mu.value(), model.posterior(x, other).mu.value());
  EXPECT_NE(model.mean_image(z, one).value(), model.mean_image(z, other).value());
}

TEST(Models, SayWhatShapeTheyHave) {
  EXPECT_EQ((VaeShape{784, 400, 20}.to_text()), "784-400-20");
  EXPECT_EQ((CvaeShape{784, 400, 20, 10}.to_text()), "784+10-400-20");
}

}  // namespace
