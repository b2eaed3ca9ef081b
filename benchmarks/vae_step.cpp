// A training step of the 784-400-20 VAE through xtape's public API against the hand-written one, interleaved.
//
//   vae_step [--rounds=N] [--seconds=S] [--benchmark_filter=batch:128]
//
// Both draw epsilon anew in every step, from xtape's generator. Before anything is timed, both start from the same
// weights and noise and must agree about the loss of the first steps: the times are those of the same work.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "benchmarks/support/hand_written_vae.hpp"
#include "benchmarks/support/interleaved.hpp"
#include "benchmarks/support/machine.hpp"
#include "benchmarks/support/vae_model.hpp"

namespace xtape::benchmarks {
namespace {

constexpr VaeSizes kSizes;

Array<float> random_images(std::size_t batch) {
  return Random(1).uniform<float>({batch, kSizes.pixels});
}

void time_xtape(benchmark::State& state, std::size_t batch) {
  Random rng(2);
  Vae model(kSizes.pixels, kSizes.hidden, kSizes.latent, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3f});
  const Array<float> images = random_images(batch);
  for (auto _ : state) benchmark::DoNotOptimize(training_step(model, optimizer, images, rng));
}

void time_hand_written(benchmark::State& state, std::size_t batch, ProductThreads product_threads) {
  Random rng(2);
  HandWrittenVae<float> vae(kSizes, batch, product_threads, 3);
  const Array<float> images = random_images(batch);
  for (auto _ : state) {
    const Array<float> epsilon = rng.normal<float>({batch, kSizes.latent});
    benchmark::DoNotOptimize(vae.step(images.data(), epsilon.data()));
  }
}

// Copies `name` of the model to `to`, from element `offset` on.
void copy_parameter(const Vae& model, const std::string& name, std::span<float> to, std::size_t offset = 0) {
  for (const auto& [own_name, parameter] : model.named_parameters()) {
    if (own_name == name)
      std::copy(parameter.value().begin(), parameter.value().end(), to.begin() + std::ptrdiff_t(offset));
  }
}

void copy_layer(const Vae& model, const std::string& name, HandWrittenVae<float>& vae, Layer layer,
                bool second = false) {
  const std::span<float> weight = vae.weight(layer), bias = vae.bias(layer);
  copy_parameter(model, name + ".weight", weight, second ? weight.size() / 2 : 0);
  copy_parameter(model, name + ".bias", bias, second ? bias.size() / 2 : 0);
}

bool contestants_agree(ProductThreads product_threads) {
  constexpr std::size_t kBatch = 32;
  Random rng(4);
  Vae model(kSizes.pixels, kSizes.hidden, kSizes.latent, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3f});
  HandWrittenVae<float> vae(kSizes, kBatch, product_threads, 3);
  copy_layer(model, "encoder", vae, Layer::kEncoder);
  copy_layer(model, "mean_head", vae, Layer::kHeads);
  copy_layer(model, "log_sigma_head", vae, Layer::kHeads, true);
  copy_layer(model, "hidden", vae, Layer::kHidden);
  copy_layer(model, "decoder", vae, Layer::kDecoder);
  const Array<float> images = random_images(kBatch);
  Random noise(5), same_noise(5);
  for (int step = 0; step < 20; ++step) {
    const Array<float> epsilon = same_noise.normal<float>({kBatch, kSizes.latent});
    const float theirs = vae.step(images.data(), epsilon.data());
    const float ours = training_step(model, optimizer, images, noise);
    if (!(std::abs(ours - theirs) <= 1e-4f * theirs)) {
      std::fprintf(stderr, "the contestants disagree at step %d: loss %.6f and %.6f\n", step, double(ours),
                   double(theirs));
      return false;
    }
  }
  return true;
}

Row row_of(std::size_t batch, int threads) {
  Row row{"vae_step/batch:" + std::to_string(batch) + "/threads:" + std::to_string(threads), threads, {}};
  const auto add = [&](const char* name, auto run) { row.contestants.push_back({name, run}); };
  add("xtape", [=](benchmark::State& state) { time_xtape(state, batch); });
  add("hand-written", [=](benchmark::State& state) { time_hand_written(state, batch, ProductThreads::kSliced); });
  if (threads > 1) {
    add("with OpenBLAS threads",
        [=](benchmark::State& state) { time_hand_written(state, batch, ProductThreads::kOpenBlas); });
  }
  return row;
}

}  // namespace
}  // namespace xtape::benchmarks

int main(int argc, char** argv) {
  using namespace xtape::benchmarks;
  benchmark::Initialize(&argc, argv);
  InterleavedOptions options;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--rounds=", 9) == 0) {
      options.rounds = std::max(1, std::atoi(argv[i] + 9));
    } else if (std::strncmp(argv[i], "--seconds=", 10) == 0) {
      options.seconds = std::atof(argv[i] + 10);
    } else {
      std::fprintf(stderr, "unknown option %s; known are --rounds=N, --seconds=S and --benchmark_filter=REGEX\n",
                   argv[i]);
      return 2;
    }
  }
  std::vector<Row> rows;
  for (const int threads : {1, 2}) {
    if (threads > available_cores()) continue;
    use_threads(threads);
    if (!contestants_agree(ProductThreads::kSliced) || !contestants_agree(ProductThreads::kOpenBlas)) return 1;
    for (const std::size_t batch : {16, 128, 512, 1024}) rows.push_back(row_of(batch, threads));
  }
  run_interleaved(rows, options);
  return 0;
}
