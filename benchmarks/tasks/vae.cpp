// A training step of the VAE with Adam: `vae PIXELS HIDDEN LATENT BATCH`; `vae_openblas`: with OpenBLAS's own threads.
// The check is the loss of the tenth step from the weights, images and noise that all contestants share; the timed
// steps draw their noise anew. `conv_vae BATCH` is one with convolutions.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <span>

#include "benchmarks/support/conv_vae_model.hpp"
#include "benchmarks/support/hand_written_vae.hpp"
#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/same_parameters.hpp"
#include "benchmarks/support/vae_model.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

constexpr int kCheckedSteps = 10;

struct Sizes {
  std::size_t pixels, hidden, latent, batch;
  explicit Sizes(const Arguments& arguments)
      : pixels(arguments.number(0)),
        hidden(arguments.number(1)),
        latent(arguments.number(2)),
        batch(arguments.number(3)) {}
};

template <class Model>
struct Training {
  Random rng{1};
  Model model;
  nn::Adam<float> optimizer;

  template <class... Extents>
  explicit Training(Extents... extents)
      : model(extents..., rng), optimizer(model.parameters(), {.learning_rate = 1e-3}) {
    set_same_weights(model);
  }
};

template <class Model, class... Extents>
Task xtape_training(std::size_t batch, std::size_t pixels, std::size_t latent, Extents... extents) {
  const Var<float> images = same_images(batch, pixels), noise = same_noise(batch, latent);
  Training<Model> checked(extents...);
  float loss = 0;
  for (int step = 0; step < kCheckedSteps; ++step) {
    loss = training_step(checked.model, checked.optimizer, images, noise);
  }
  return {double(loss), [images, extents...] {
            return [images, training = std::make_shared<Training<Model>>(extents...)] {
              Training<Model>& t = *training;
              benchmark::DoNotOptimize(training_step(t.model, t.optimizer, images, t.rng));
            };
          }};
}

Task xtape_vae(const Arguments& arguments) {
  const Sizes sizes(arguments);
  return xtape_training<Vae>(sizes.batch, sizes.pixels, sizes.latent, sizes.pixels, sizes.hidden, sizes.latent);
}

Task xtape_conv_vae(const Arguments& arguments) {
  constexpr std::size_t kSide = 28, kWidth = 32, kLatent = 20;
  return xtape_training<ConvVae>(arguments.number(0), kSide * kSide, kLatent, Shape{1, kSide, kSide}, kWidth, kLatent);
}

void copy(const Array<float>& from, std::span<float> to) {
  std::copy(from.begin(), from.end(), to.begin());
}

std::shared_ptr<HandWrittenVae<float>> hand_written_start(const Sizes& sizes, ProductThreads product_threads) {
  const auto vae = std::make_shared<HandWrittenVae<float>>(VaeSizes{sizes.pixels, sizes.hidden, sizes.latent},
                                                           sizes.batch, product_threads, 1);
  std::size_t index = 0;
  // The heads' rows are those of mu, then those of log sigma, which the other contestants keep as two layers.
  const auto fill = [&](Layer layer, std::size_t parts, std::size_t fan_in) {
    const std::span<float> weight = vae->weight(layer), bias = vae->bias(layer);
    const std::size_t rows = bias.size() / parts;
    for (std::size_t part = 0; part < parts; ++part) {
      copy(same_weights(++index, {rows, fan_in}, fan_in), weight.subspan(part * rows * fan_in, rows * fan_in));
      copy(same_weights(++index, {rows}, fan_in), bias.subspan(part * rows, rows));
    }
  };
  fill(Layer::kEncoder, 1, sizes.pixels);
  fill(Layer::kHeads, 2, sizes.hidden);
  fill(Layer::kHidden, 1, sizes.latent);
  fill(Layer::kDecoder, 1, sizes.hidden);
  return vae;
}

Task hand_written_vae(const Sizes& sizes, ProductThreads product_threads) {
  const auto images = std::make_shared<const Array<float>>(same_images(sizes.batch, sizes.pixels));
  const Array<float> noise = same_noise(sizes.batch, sizes.latent);
  const auto checked = hand_written_start(sizes, product_threads);
  float loss = 0;
  for (int step = 0; step < kCheckedSteps; ++step) loss = checked->step(images->data(), noise.data());
  return {double(loss), [=] {
            return [sizes, images, vae = hand_written_start(sizes, product_threads), rng = Random(1)]() mutable {
              const Array<float> epsilon = rng.normal<float>({sizes.batch, sizes.latent});
              benchmark::DoNotOptimize(vae->step(images->data(), epsilon.data()));
            };
          }};
}

}  // namespace

Tasks xtape_vae_tasks() {
  return {{"vae", xtape_vae}, {"conv_vae", xtape_conv_vae}};
}
Tasks hand_written_vae_tasks() {
  return {{"vae", [](const Arguments& a) { return hand_written_vae(Sizes(a), ProductThreads::kSliced); }},
          {"vae_openblas", [](const Arguments& a) { return hand_written_vae(Sizes(a), ProductThreads::kOpenBlas); }}};
}

}  // namespace xtape::benchmarks
