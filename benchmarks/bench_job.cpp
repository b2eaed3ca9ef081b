// A whole job, from the start of the process to a trained model: MNIST-sized random images in memory, a VAE, Adam.
// Prints the mean loss of the last epoch.
//
//   bench_job EPOCHS

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "benchmarks/support/vae_model.hpp"

namespace {

using namespace xtape;

constexpr std::size_t kImages = 60000, kSide = 28, kBatch = 128;

std::vector<std::uint8_t> random_bytes(std::size_t count, Random& rng) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i + sizeof(std::uint64_t) <= count; i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = rng.bits();
    std::memcpy(bytes.data() + i, &bits, sizeof bits);
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const int epochs = argc == 2 ? std::atoi(argv[1]) : 0;
  if (epochs < 1) {
    std::fprintf(stderr, "usage: bench_job EPOCHS\n");
    return 2;
  }
  Random rng(1);
  nn::DataLoader loader(nn::ImageSet(kSide, kSide, random_bytes(kImages * kSide * kSide, rng)),
                        {.batch_size = kBatch, .shuffle = true, .seed = 1});
  benchmarks::Vae model(kSide * kSide, 400, 20, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-3});
  double loss = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    loss = 0;
    for (auto& batch : loader) {
      const std::size_t size = batch.size();
      loss += double(size) * double(benchmarks::training_step(model, optimizer, std::move(batch.images), rng));
    }
  }
  std::printf("%.6f\n", loss / double(kImages));
}
