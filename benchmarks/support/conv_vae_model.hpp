#pragma once
// A VAE of images of 28 by 28 pixels with convolutions: two halve height and width, two transposed ones double them.

#include <nn/nn.hpp>

namespace xtape::benchmarks {

struct ConvVae : nn::Module<float> {
  static constexpr std::size_t kPixels = 784, kLatent = 20, kFirst = 32, kSecond = 64, kKernel = 4, kInner = 3136;

  // What is drawn here does not matter: the benchmark sets all weights.
  nn::Parameter<float> first{zeros<float>({kFirst, 1, kKernel, kKernel})}, first_bias{zeros<float>({kFirst})};
  nn::Parameter<float> second{zeros<float>({kSecond, kFirst, kKernel, kKernel})}, second_bias{zeros<float>({kSecond})};
  nn::Linear<float> heads, hidden;
  nn::Parameter<float> third{zeros<float>({kSecond, kFirst, kKernel, kKernel})}, third_bias{zeros<float>({kFirst})};
  nn::Parameter<float> last{zeros<float>({kFirst, 1, kKernel, kKernel})}, last_bias{zeros<float>({1})};

  explicit ConvVae(Random& rng) : heads(kInner, 2 * kLatent, rng), hidden(kLatent, kInner, rng) {
    add("first", first);
    add("first_bias", first_bias);
    add("second", second);
    add("second_bias", second_bias);
    add("heads", heads);
    add("hidden", hidden);
    add("third", third);
    add("third_bias", third_bias);
    add("last", last);
    add("last_bias", last_bias);
  }

  std::size_t latent() const { return kLatent; }

  /// The evidence lower bound of each image: (batch, pixels) -> (batch).
  Var<float> elbo(const Var<float>& x, const Var<float>& epsilon) const {
    const ConvOptions halving{.stride = 2, .padding = 1};
    const ConvTransposeOptions doubling{.stride = 2, .padding = 1};
    const Var<float> images = reshape(x, {-1, 1, 28, 28});
    const Var<float> h = relu(conv2d(relu(conv2d(images, first, first_bias, halving)), second, second_bias, halving));
    const std::vector<Var<float>> parts = split(heads(reshape(h, {-1, std::ptrdiff_t(kInner)})), 2, 1);
    const Var<float>&mu = parts[0], &log_sigma = parts[1];
    const Var<float> z = mu + exp(log_sigma) * epsilon;
    const Var<float> inner = reshape(relu(hidden(z)), {-1, std::ptrdiff_t(kSecond), 7, 7});
    const Var<float> logits =
        conv_transpose2d(relu(conv_transpose2d(inner, third, third_bias, doubling)), last, last_bias, doubling);
    return nn::bernoulli_log_prob(x, reshape(logits, {-1, std::ptrdiff_t(kPixels)})) -
           nn::kl_standard_normal(mu, log_sigma);
  }
};

}  // namespace xtape::benchmarks
