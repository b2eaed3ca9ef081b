// A user of xtape::nn: a linear layer learns y = x W^T + b, is saved, and comes back the same.
#include <cstdio>
#include <filesystem>
#include <nn/nn.hpp>

using namespace xtape;

int main() {
  Random rng(1);
  const nn::Linear<float> teacher(3, 2, rng);
  const Array<float> x = rng.normal<float>({64, 3});  // (batch, features)
  const Array<float> y = teacher(x).value();          // (batch, outputs)

  nn::Linear<float> model(3, 2, rng);
  nn::Adam<float> optimizer(model.parameters(), {.learning_rate = 0.05});
  float loss = 0;
  for (int step = 0; step < 300; ++step) {
    Tape<float> tape;
    const Var<float> error = mean(square(model(x) - y));
    optimizer.step(tape.gradient(error, model.parameters()));
    loss = error.value()();
  }
  std::printf("loss %g\n", double(loss));
  if (!(loss < 1e-4f)) return 1;

  const auto file = std::filesystem::current_path() / "consumer.safetensors";
  nn::save(file, model);
  nn::Linear<float> copy(3, 2, rng);
  nn::load(file, copy);
  std::filesystem::remove(file);
  return copy(x).value() == model(x).value() ? 0 : 1;
}
