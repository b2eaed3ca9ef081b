// The yardstick of the benchmarks must itself be right: its loss against a plain evaluation of the formulas, its
// gradients against central differences of that evaluation, its Adam against the published update, on one thread and
// on several, with sizes that leave tails in every vectorised loop.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "benchmarks/support/hand_written_vae.hpp"
#include "tests/threads.hpp"

namespace xtape::benchmarks {
namespace {

constexpr Layer kLayers[] = {Layer::kEncoder, Layer::kHeads, Layer::kHidden, Layer::kDecoder};

struct Inputs {
  std::vector<double> images, epsilon;
  Inputs(const VaeSizes& sizes, std::size_t batch) : images(batch * sizes.pixels), epsilon(batch * sizes.latent) {
    std::mt19937_64 engine(11);
    std::uniform_real_distribution<double> uniform(0, 1);
    std::normal_distribution<double> normal(0, 1);
    for (double& x : images) x = uniform(engine);
    for (double& e : epsilon) e = normal(engine);
  }
};

template <class T>
std::vector<T> converted(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

// y = W x + b for one example
std::vector<double> affine(HandWrittenVae<double>& vae, Layer layer, const std::vector<double>& x) {
  const auto weight = vae.weight(layer), bias = vae.bias(layer);
  std::vector<double> y(bias.begin(), bias.end());
  for (std::size_t o = 0; o < y.size(); ++o) {
    for (std::size_t i = 0; i < x.size(); ++i) y[o] += weight[o * x.size() + i] * x[i];
  }
  return y;
}

std::vector<double> rectified(std::vector<double> values) {
  for (double& v : values) v = v > 0 ? v : 0;
  return values;
}

// The loss as the header states it, one example at a time and one number at a time.
double plain_loss(HandWrittenVae<double>& vae, const VaeSizes& sizes, std::size_t batch, const Inputs& in) {
  double total = 0;
  for (std::size_t n = 0; n < batch; ++n) {
    const auto image = in.images.begin() + std::ptrdiff_t(n * sizes.pixels);
    const std::vector<double> x(image, image + std::ptrdiff_t(sizes.pixels));
    const std::vector<double> heads = affine(vae, Layer::kHeads, rectified(affine(vae, Layer::kEncoder, x)));
    std::vector<double> z(sizes.latent);
    for (std::size_t j = 0; j < sizes.latent; ++j) {
      const double mu = heads[j], log_sigma = heads[sizes.latent + j], sigma = std::exp(log_sigma);
      z[j] = mu + sigma * in.epsilon[n * sizes.latent + j];
      total += 0.5 * (mu * mu + sigma * sigma - 2 * log_sigma - 1);
    }
    const std::vector<double> logits = affine(vae, Layer::kDecoder, rectified(affine(vae, Layer::kHidden, z)));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double p = 1 / (1 + std::exp(-logits[i]));
      total -= x[i] * std::log(p) + (1 - x[i]) * std::log(1 - p);
    }
  }
  return total / double(batch);
}

using Case = std::tuple<int, ProductThreads>;

class HandWritten : public testing::TestWithParam<Case> {
 protected:
  ProductThreads product_threads() const { return std::get<1>(GetParam()); }

 private:
  tests::Threads threads_{std::size_t(std::get<0>(GetParam()))};
};

void expect_gradients(const VaeSizes& sizes, std::size_t batch, ProductThreads product_threads, std::size_t stride) {
  HandWrittenVae<double> vae(sizes, batch, product_threads, 5);  // a seed that leaves no ReLU beside its kink
  const Inputs in(sizes, batch);
  const double loss = vae.loss_and_gradient(in.images.data(), in.epsilon.data());
  EXPECT_NEAR(loss, plain_loss(vae, sizes, batch, in), 1e-12 * loss);
  const auto expect_derivative = [&](double& parameter, double derivative, const std::string& what) {
    const double before = parameter, h = 1e-6;
    parameter = before + h;
    const double above = plain_loss(vae, sizes, batch, in);
    parameter = before - h;
    const double below = plain_loss(vae, sizes, batch, in);
    parameter = before;
    EXPECT_NEAR(derivative, (above - below) / (2 * h), 1e-6 * (1 + std::abs(derivative))) << what;
  };
  for (const Layer layer : kLayers) {
    const auto weight = vae.weight(layer), bias = vae.bias(layer);
    const std::string name = "layer " + std::to_string(int(layer));
    for (std::size_t i = 0; i < weight.size(); i += stride) {
      expect_derivative(weight[i], vae.weight_gradient(layer)[i], name + ", weight " + std::to_string(i));
    }
    for (std::size_t i = 0; i < bias.size(); i += 1 + stride / 16) {
      expect_derivative(bias[i], vae.bias_gradient(layer)[i], name + ", bias " + std::to_string(i));
    }
  }
}

TEST_P(HandWritten, GradientsAgreeWithCentralDifferences) {
  expect_gradients({7, 5, 3}, 4, product_threads(), 1);
}

TEST_P(HandWritten, GradientsAgreeWhereProductsAreShared) {  // and the batch is the shorter side of the result
  expect_gradients({211, 101, 19}, 37, product_threads(), 1999);
}

TEST_P(HandWritten, GradientsAgreeWhereTheBatchIsLonger) {
  expect_gradients({53, 37, 40}, 203, product_threads(), 661);
}

TEST_P(HandWritten, FloatAgreesWithDouble) {
  const VaeSizes sizes{211, 101, 19};
  const std::size_t batch = 37;
  const Inputs in(sizes, batch);
  HandWrittenVae<double> wide(sizes, batch, product_threads(), 3);
  HandWrittenVae<float> narrow(sizes, batch, product_threads(), 3);
  const double loss = wide.loss_and_gradient(in.images.data(), in.epsilon.data());
  const auto images = converted<float>(in.images), epsilon = converted<float>(in.epsilon);
  EXPECT_NEAR(double(narrow.loss_and_gradient(images.data(), epsilon.data())), loss, 1e-5 * loss);
  for (const Layer layer : kLayers) {
    for (std::size_t i = 0; i < wide.weight_gradient(layer).size(); ++i) {
      ASSERT_NEAR(narrow.weight_gradient(layer)[i], wide.weight_gradient(layer)[i], 2e-5);
    }
    for (std::size_t i = 0; i < wide.bias_gradient(layer).size(); ++i) {
      ASSERT_NEAR(narrow.bias_gradient(layer)[i], wide.bias_gradient(layer)[i], 2e-5);
    }
  }
}

// Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
TEST_P(HandWritten, AdamFollowsThePublishedUpdate) {
  const VaeSizes sizes{7, 5, 3};
  const std::size_t batch = 4;
  const Inputs in(sizes, batch);
  HandWrittenVae<double> vae(sizes, batch, product_threads(), 3);
  struct Moments {
    double parameter, first = 0, second = 0;
  };
  std::vector<Moments> expected;
  for (const Layer layer : kLayers) {
    for (const double w : vae.weight(layer)) expected.push_back({w});
    for (const double b : vae.bias(layer)) expected.push_back({b});
  }
  for (int step = 1; step <= 3; ++step) {
    vae.loss_and_gradient(in.images.data(), in.epsilon.data());
    std::size_t at = 0;
    const auto follow = [&](double gradient) {
      Moments& e = expected[at++];
      e.first = 0.9 * e.first + 0.1 * gradient;
      e.second = 0.999 * e.second + 0.001 * gradient * gradient;
      const double first = e.first / (1 - std::pow(0.9, step)), second = e.second / (1 - std::pow(0.999, step));
      e.parameter -= 1e-3 * first / (std::sqrt(second) + 1e-8);
    };
    for (const Layer layer : kLayers) {
      for (const double g : vae.weight_gradient(layer)) follow(g);
      for (const double g : vae.bias_gradient(layer)) follow(g);
    }
    vae.update();
    at = 0;
    for (const Layer layer : kLayers) {
      for (const double w : vae.weight(layer)) ASSERT_NEAR(w, expected[at++].parameter, 1e-13) << "step " << step;
      for (const double b : vae.bias(layer)) ASSERT_NEAR(b, expected[at++].parameter, 1e-13) << "step " << step;
    }
  }
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const bool sliced = std::get<1>(info.param) == ProductThreads::kSliced;
  return (sliced ? "Sliced" : "OpenBlas") + std::to_string(std::get<0>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Threads, HandWritten,
                         testing::Combine(testing::Values(1, 3),
                                          testing::Values(ProductThreads::kSliced, ProductThreads::kOpenBlas)),
                         name_of);

// On one thread: the steps are so short that a busy machine would spend its time in waiting at barriers.
TEST(HandWrittenOnOneThread, LearnsRandomImagesByHeart) {
  const tests::Threads one(1);
  const VaeSizes sizes{64, 32, 4};
  const std::size_t batch = 16;
  Inputs in(sizes, batch);
  for (double& x : in.images) x = x > 0.5 ? 1 : 0;
  const auto images = converted<float>(in.images), epsilon = converted<float>(in.epsilon);
  HandWrittenVae<float> vae(sizes, batch, ProductThreads::kSliced, 3);
  const float first = vae.step(images.data(), epsilon.data());
  EXPECT_NEAR(first, 64 * std::log(2.0F), 3.0F);  // an untrained decoder: each pixel costs about one bit
  float last = first;
  for (int step = 0; step < 1500; ++step) last = vae.step(images.data(), epsilon.data());
  EXPECT_LT(last, 0.7F * first);
}

}  // namespace
}  // namespace xtape::benchmarks
