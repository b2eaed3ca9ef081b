#pragma once
// A VAE of images of 28 by 28 pixels with convolutions: two halve height and width, two transposed ones double them.

#include <nn/nn.hpp>

namespace xtape::benchmarks {

/// Weight and bias of a convolution. The benchmark sets them: they start as zeros.
struct Kernel : nn::Module<float> {
  nn::Parameter<float> weight, bias;

  Kernel(const Shape& shape, std::size_t out) : weight(zeros<float>(shape)), bias(zeros<float>({out})) {
    add("weight", weight);
    add("bias", bias);
  }
};

struct ConvVae : nn::Module<float> {
  static constexpr std::size_t kPixels = 784, kLatent = 20, kInner = 64 * 7 * 7;

  Kernel first{{32, 1, 4, 4}, 32}, second{{64, 32, 4, 4}, 64};
  nn::Linear<float> heads, hidden;
  Kernel third{{64, 32, 4, 4}, 32}, last{{32, 1, 4, 4}, 1};

  explicit ConvVae(Random& rng) : heads(kInner, 2 * kLatent, rng), hidden(kLatent, kInner, rng) {
    add("first", first);
    add("second", second);
    add("heads", heads);
    add("hidden", hidden);
    add("third", third);
    add("last", last);
  }

  std::size_t latent() const { return kLatent; }

  /// The evidence lower bound of each image: (batch, pixels) -> (batch).
  Var<float> elbo(const Var<float>& x, const Var<float>& epsilon) const {
    const ConvOptions halving{.stride = 2, .padding = 1};
    const ConvTransposeOptions doubling{.stride = 2, .padding = 1};
    const Var<float> images = reshape(x, {-1, 1, 28, 28});
    const Var<float> half = relu(conv2d(images, first.weight, first.bias, halving));
    const Var<float> h = relu(conv2d(half, second.weight, second.bias, halving));
    const std::vector<Var<float>> parts = split(heads(reshape(h, {-1, std::ptrdiff_t(kInner)})), 2, 1);
    const Var<float>&mu = parts[0], &log_sigma = parts[1];
    const Var<float> z = mu + exp(log_sigma) * epsilon;
    const Var<float> inner = reshape(relu(hidden(z)), {-1, 64, 7, 7});
    const Var<float> doubled = relu(conv_transpose2d(inner, third.weight, third.bias, doubling));
    const Var<float> logits = conv_transpose2d(doubled, last.weight, last.bias, doubling);
    return nn::bernoulli_log_prob(x, reshape(logits, {-1, std::ptrdiff_t(kPixels)})) -
           nn::kl_standard_normal(mu, log_sigma);
  }
};

}  // namespace xtape::benchmarks
