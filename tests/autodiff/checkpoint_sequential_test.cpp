// checkpoint_sequential: a chain's memory grows with the square root of its length, and its gradients keep their bits.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <thread>

namespace xtape {
namespace {

using Floats = xt::xarray<float>;
using Layer = std::function<Var<float>(const Var<float>&)>;
constexpr std::size_t kWidth = 4096;

std::vector<Layer> chain(std::size_t length) {
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < length; ++i) {
    layers.push_back([scale = 1.0f + 1.0f / float(i + 1)](const Var<float>& x) { return sin(x * scale); });
  }
  return layers;
}

// Every layer adds noise.
std::vector<Layer> noisy_chain(std::size_t length, Random& rng) {
  std::vector<Layer> layers;
  for (const Layer& layer : chain(length)) {
    layers.push_back([layer, &rng](const Var<float>& x) { return layer(x) * rng.normal<float>(x.shape()) + x; });
  }
  return layers;
}

struct Step {
  Array<float> gradient;
  std::size_t bytes = 0;  // that record and sweep took from the system
};

// On a thread of its own, whose pool begins empty and keeps all that was ever in use.
template <class Run>
Step on_a_thread(const Run& run) {
  Step step;
  std::thread([&] {
    {
      Tape<float> tape;
      const Var<float> x = tape.watch(Random(1).normal<float>({kWidth}));
      step.gradient = tape.gradient(sum(run(x)), x);
    }
    step.bytes = pool_statistics().cached_bytes;
  }).join();
  return step;
}

Step plain(const std::vector<Layer>& layers) {
  return on_a_thread([&](Var<float> x) {
    for (const Layer& layer : layers) x = layer(x);
    return x;
  });
}
Step checkpointed(const std::vector<Layer>& layers) {
  return on_a_thread([&](const Var<float>& x) { return checkpoint_sequential(layers, x); });
}

TEST(CheckpointSequential, MemoryGrowsWithTheSquareRootOfTheLength) {
  constexpr int kShort = detail::kPooling ? 250 : 25, kLong = 4 * kShort;  // the bytes are those of 1000
  const Step short_plain = plain(chain(kShort)), long_plain = plain(chain(kLong));
  const Step short_chain = checkpointed(chain(kShort)), long_chain = checkpointed(chain(kLong));
  EXPECT_TRUE(close(long_chain.gradient, long_plain.gradient, 0));
  EXPECT_TRUE(close(short_chain.gradient, short_plain.gradient, 0));
  if (!detail::kPooling) GTEST_SKIP() << "under the address sanitizer nothing is pooled, so nothing is counted";
  RecordProperty("bytes_of_250", int(short_chain.bytes));
  RecordProperty("bytes_of_1000", int(long_chain.bytes));
  const double kept = double(kWidth * sizeof(float));
  EXPECT_GT(double(long_plain.bytes), 1000 * kept);  // a value a layer
  EXPECT_GT(double(long_plain.bytes), 3.5 * double(short_plain.bytes));
  EXPECT_LT(double(long_chain.bytes), 2.4 * double(short_chain.bytes));  // √4, and what does not grow
  EXPECT_LT(double(long_chain.bytes), 1.5 * (32 + 2 * 32) * kept);       // √n inputs, and the values of one part
}

TEST(CheckpointSequential, LayersThatDrawNoise) {
  Random rng(3), again(3);
  const Step expected = plain(noisy_chain(30, rng));
  const auto layers = noisy_chain(30, again);
  const Step got = on_a_thread([&](const Var<float>& x) { return checkpoint_sequential(layers, x, again); });
  EXPECT_TRUE(close(got.gradient, expected.gradient, 0));
  EXPECT_EQ(again.state(), rng.state());
}

TEST(CheckpointSequential, AnyNumberOfSegments) {
  const auto layers = chain(10);
  const Array<float> expected = plain(layers).gradient;
  Random unused(1);
  for (const std::size_t segments : {1u, 2u, 3u, 7u, 10u, 99u}) {
    Tape<float> tape;
    const Var<float> x = tape.watch(Random(1).normal<float>({kWidth}));
    EXPECT_TRUE(close(tape.gradient(sum(checkpoint_sequential(layers, x, segments, unused)), x), expected, 0));
  }
  const Var<float> x(Floats{1, 2});
  EXPECT_THROW(checkpoint_sequential(layers, x, 0), Error);
}

TEST(CheckpointSequential, RangesOfAllSorts) {
  const auto twice = [](const Var<float>& v) { return v * 2.0f; };
  Tape<float> tape;
  const Var<float> x = tape.watch(Floats{1, 2});
  const auto slope = [&](const Var<float>& y) { return tape.gradient(sum(y * y), x); };
  const std::vector<Layer> layers(5, twice);
  EXPECT_TRUE(close(slope(checkpoint_sequential(std::span(layers), x)), {2048, 4096}));
  EXPECT_TRUE(close(slope(checkpoint_sequential(std::vector<Layer>(5, twice), x)), {2048, 4096}));  // moved in
  EXPECT_TRUE(close(slope(checkpoint_sequential(std::array{twice, twice}, x)), {32, 64}));
  std::vector<std::unique_ptr<Layer>> owned;
  for (int i = 0; i < 4; ++i) owned.push_back(std::make_unique<Layer>(twice));
  EXPECT_TRUE(close(slope(checkpoint_sequential(owned, x)), {512, 1024}));
  EXPECT_TRUE(close(slope(checkpoint_sequential(std::vector<Layer>(), x)), {2, 4}));
  EXPECT_TRUE(close(checkpoint_sequential(layers, Floats{1, 2}).value(), {32, 64}));
}

}  // namespace
}  // namespace xtape
