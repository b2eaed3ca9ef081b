#pragma once
// The models of the programs, and one with convolutions, trained on given numbers: what is compared with the same
// models in PyTorch, whose side is benchmarks/peers/torch_twins.py.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autodiff/autodiff.hpp"
#include "benchmarks/support/conv_vae_model.hpp"
#include "examples/programs/models/autoencoder.hpp"
#include "examples/programs/models/cvae.hpp"
#include "examples/programs/models/vae.hpp"
#include "nn/nn.hpp"

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace programs {

/// All that goes into a training, besides weights. Step t takes batch t mod batches.
struct TwinNumbers {
  xtape::Array<float> images;         ///< (batches, batch, pixels)
  xtape::Array<std::int64_t> labels;  ///< (batches, batch)
  xtape::Array<float> epsilon;        ///< (steps, samples, batch, latent)
};

/// A model, and its loss: of x: (batch, pixels), y: (batch), epsilon: (samples, batch, latent), as far as it asks for
/// them.
struct Twin {
  using Loss = std::function<xtape::Var<float>(const xtape::Array<float>& x, const xtape::Array<std::int64_t>& y,
                                               const xtape::Array<float>& epsilon)>;
  std::string name;
  std::unique_ptr<xtape::nn::Module<float>> model;
  Loss loss;
};

inline Twin autoencoder_twin(const std::string& loss, const AutoencoderShape& shape, xtape::Random& rng) {
  auto owned = std::make_unique<Autoencoder>(shape, rng);
  const Autoencoder& model = *owned;
  return {"ae_" + loss, std::move(owned), [&model, loss](const xtape::Array<float>& x, const auto&, const auto&) {
            return mean(loss == "squared_error" ? model.squared_error(x, x) : model.cross_entropy(x, x));
          }};
}

inline Twin vae_twin(const std::string& likelihood_name, std::unique_ptr<xtape::nn::Likelihood<float>> likelihood,
                     const VaeShape& shape, xtape::Random& rng) {
  auto owned = std::make_unique<Vae>(shape, std::move(likelihood), rng);
  const Vae& model = *owned;
  return {"vae_" + likelihood_name, std::move(owned),
          [&model](const xtape::Array<float>& x, const auto&, const xtape::Array<float>& epsilon) {
            const auto [reconstruction, kl] = model.negative_bound(x, epsilon);
            return mean(reconstruction) + mean(kl);
          }};
}

inline Twin cvae_twin(const CvaeShape& shape, xtape::Random& rng) {
  auto owned = std::make_unique<Cvae>(shape, rng);
  const Cvae& model = *owned;
  return {"cvae", std::move(owned),
          [&model, classes = shape.classes](const xtape::Array<float>& x, const xtape::Array<std::int64_t>& y,
                                            const xtape::Array<float>& epsilon) {
            const auto [reconstruction, kl] = model.negative_bound(x, xtape::one_hot<float>(y, classes), epsilon);
            return mean(reconstruction) + mean(kl);
          }};
}

/// That of examples/conv_vae.cpp, of the first of the samples.
inline Twin conv_vae_twin(const xtape::Shape& image, std::size_t width, std::size_t latent, xtape::Random& rng) {
  auto owned = std::make_unique<xtape::benchmarks::ConvVae>(image, width, latent, rng);
  const xtape::benchmarks::ConvVae& model = *owned;
  return {"conv_vae", std::move(owned),
          [&model](const xtape::Array<float>& x, const auto&, const xtape::Array<float>& epsilon) {
            return -mean(model.elbo(x, xtape::Var<float>(epsilon)[0]));
          }};
}

/// How large the twins are.
struct TwinSizes {
  xtape::Shape image;  ///< (channels, height, width)
  std::size_t hidden;  ///< units of the one hidden layer a side
  std::size_t width;   ///< channels behind the first convolution
  std::size_t latent;
};

/// Every model, by the names that torch_twins.py has for them.
inline std::vector<Twin> make_twins(const TwinSizes& sizes, xtape::Random& rng) {
  using namespace xtape::nn;
  const std::size_t pixels = xtape::size_of(sizes.image), hidden = sizes.hidden, latent = sizes.latent;
  constexpr std::size_t kClasses = 10;
  constexpr double kSigmaFloor = 0.01;
  std::vector<Twin> twins;
  for (const std::string loss : {"cross_entropy", "squared_error"})
    twins.push_back(autoencoder_twin(loss, {pixels, hidden, latent}, rng));
  const VaeShape shape{pixels, hidden, latent};
  twins.push_back(vae_twin("bernoulli", std::make_unique<BernoulliLikelihood<float>>(), shape, rng));
  twins.push_back(
      vae_twin("gaussian_fixed", std::make_unique<GaussianLikelihood<float>>(Sigma::kFixed, pixels), shape, rng));
  twins.push_back(vae_twin(
      "gaussian_pixel", std::make_unique<GaussianLikelihood<float>>(Sigma::kEach, pixels, 1, kSigmaFloor), shape, rng));
  twins.push_back(cvae_twin({pixels, hidden, latent, kClasses}, rng));
  twins.push_back(conv_vae_twin(sizes.image, sizes.width, latent, rng));
  return twins;
}

/// Trains a model, and returns the loss of every step: (steps).
inline xtape::Array<double> train(const Twin& twin, const TwinNumbers& numbers, double learning_rate = 1e-3) {
  xtape::nn::Adam<float> optimizer(twin.model->parameters(), {.learning_rate = learning_rate});
  const std::size_t steps = numbers.epsilon.shape(0);
  auto losses = xtape::empty<double>({steps});
  for (std::size_t step = 0; step < steps; ++step) {
    const std::size_t batch = step % numbers.images.shape(0);
    xtape::Tape<float> tape;
    const xtape::Var<float> loss =
        twin.loss(xt::view(numbers.images, batch), xt::view(numbers.labels, batch), xt::view(numbers.epsilon, step));
    optimizer.step(tape.gradient(loss, twin.model->parameters()));
    losses(step) = loss.item();
  }
  return losses;
}

}  // namespace programs
