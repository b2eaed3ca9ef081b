// checkpoint over modules: parameters get the same gradients, and the optimizer finds them unshared.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <deque>
#include <functional>

namespace xtape {
namespace {

struct Model : nn::Module<float> {
  std::deque<nn::Linear<float>> layers;
  nn::Linear<float> head;

  explicit Model(Random& rng) : head(16, 3, rng) {
    for (int i = 0; i < 9; ++i) add("layer" + std::to_string(i), layers.emplace_back(16, 16, rng));
    add("head", head);
  }
};

// The loss, and the parameters after three steps of Adam.
std::pair<float, std::vector<nn::Parameter<float>>> train(bool checkpointed) {
  Random rng(5);
  const Model model(rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 1e-2f});
  const Array<float> x = rng.normal<float>({8, 16});
  float last = 0;
  for (int step = 0; step < 3; ++step) {
    Tape<float> tape;
    Var<float> h(x);
    if (checkpointed) {
      h = checkpoint(std::ref(model.head))(tanh(checkpoint_sequential(model.layers, h)));
    } else {
      for (const auto& layer : model.layers) h = layer(h);
      h = model.head(tanh(h));
    }
    const Var<float> loss = mean(square(h));
    const auto gradients = tape.gradient(loss, model.parameters());
    const float* before = model.head.weight().value().data();
    optimizer.step(gradients);
    EXPECT_EQ(model.head.weight().value().data(), before) << "changed in place";
    last = loss.item();
  }
  return {last, model.parameters()};
}

TEST(CheckpointLayers, TrainToTheSameBits) {
  const auto [loss, parameters] = train(false);
  const auto [checkpointed_loss, checkpointed] = train(true);
  EXPECT_EQ(checkpointed_loss, loss);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(close(checkpointed[i].value(), parameters[i].value(), 0)) << i;
  }
}

TEST(CheckpointLayers, AParameterOfTheSecondRunAloneIsRefused) {
  Random rng(5);
  const nn::Linear<double> layer(2, 2, rng);
  int runs = 0;
  Tape<double> tape;
  const Var<double> x = tape.watch(ones<double>({1, 2}));
  const Var<double> y = checkpoint([&](const Var<double>& v) { return ++runs == 1 ? exp(v) : layer(v); })(x);
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(sum(y), x); }),
                  {"[checkpoint]", "a parameter in its second run", "the same in both"}));
}

}  // namespace
}  // namespace xtape
