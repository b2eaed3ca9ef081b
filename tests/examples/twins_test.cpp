// The models follow the losses of the same models in PyTorch, step by step, from the same weights and on the same
// images, labels and epsilon: tests/golden/make_twins.py made them all.

#include "tests/examples/twins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace {

using namespace programs;
using xtape::Array;
namespace nn = xtape::nn;

constexpr double kTolerance = 1e-5;  // relative

struct Twins : testing::Test {
  const nn::TensorFile file = nn::read_safetensors(XTAPE_GOLDEN_DIR "/twins.safetensors");
  const TwinNumbers numbers{file.get<float>("images"), file.get<std::int64_t>("labels"), file.get<float>("epsilon")};

  std::vector<Twin> models() const {
    xtape::Random rng(1);
    const auto extent = [&](const char* name, std::size_t axis) { return file.find(name)->shape[axis]; };
    const std::size_t channels = extent("conv_vae.encoder.0.weight", 1);
    const auto side = std::size_t(std::lround(std::sqrt(numbers.images.shape(2) / channels)));
    std::vector<Twin> twins = make_twins({{channels, side, side},
                                          extent("cvae.encoder.0.bias", 0),
                                          extent("conv_vae.encoder.0.bias", 0),
                                          numbers.epsilon.shape(3)},
                                         rng);
    // Parameters alone: PyTorch's have no buffer for a sigma that is fixed, which stays the 1 that it is made with.
    for (const Twin& twin : twins) {
      for (const auto& [name, parameter] : twin.model->named_parameters())
        parameter.set(file.get<float>(twin.name + "." + name));
    }
    return twins;
  }

  /// The largest relative difference of a loss.
  double difference(const std::string& name, const Array<double>& losses) const {
    const Array<double> theirs = file.get<double>(name + ".losses");
    if (losses.size() != theirs.size()) return INFINITY;
    double largest = 0;
    for (std::size_t t = 0; t < losses.size(); ++t)
      largest = std::max(largest, std::abs(losses(t) - theirs(t)) / std::abs(theirs(t)));
    return largest;
  }
};

TEST_F(Twins, LoseWhatPyTorchsModelsLose) {
  for (const Twin& twin : models()) {
    const Array<double> losses = train(twin, numbers);
    ASSERT_EQ(losses.size(), 100u);
    EXPECT_LT(losses(99), 0.99 * losses(0)) << twin.name;
    EXPECT_LE(difference(twin.name, losses), kTolerance) << twin.name;
  }
  EXPECT_EQ(file.find("conv_vae.encoder.0.weight")->shape[1], 3u) << "in colour";
}

TEST_F(Twins, AnotherTrainingIsFarther) {
  for (const Twin& twin : models()) EXPECT_GT(difference(twin.name, train(twin, numbers, 1.01e-3)), kTolerance);
}

}  // namespace
