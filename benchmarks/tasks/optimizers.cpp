// A step of an optimizer over the parameters of the VAE: `optimizer NAME`, of sgd, adam, adamw, rmsprop, adagrad, lion,
// with gradients that stay the same. The check is the mean magnitude of the first weight after ten steps.

#include <memory>
#include <string>
#include <vector>

#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/same_parameters.hpp"
#include "benchmarks/support/vae_model.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

constexpr int kCheckedSteps = 10;
constexpr std::uint64_t kGradientSeed = 201;

std::unique_ptr<nn::Optimizer<float>> optimizer_of(const std::string& name,
                                                   const std::vector<nn::Parameter<float>>& parameters) {
  if (name == "sgd") return std::make_unique<nn::Sgd<float>>(parameters, nn::SgdOptions{.momentum = 0.9});
  if (name == "adam") return std::make_unique<nn::Adam<float>>(parameters);
  if (name == "adamw") return std::make_unique<nn::AdamW<float>>(parameters);
  if (name == "rmsprop") return std::make_unique<nn::RmsProp<float>>(parameters);
  if (name == "adagrad") return std::make_unique<nn::Adagrad<float>>(parameters);
  if (name == "lion") return std::make_unique<nn::Lion<float>>(parameters);
  throw Error("unknown optimizer '" + name + "'");
}

struct Stepping {
  Random rng{1};
  Vae model{784, 400, 20, rng};
  std::unique_ptr<nn::Optimizer<float>> optimizer;
  std::vector<Array<float>> gradients;

  explicit Stepping(const std::string& name) : optimizer(optimizer_of(name, model.parameters())) {
    set_same_weights(model);
    for (const nn::Parameter<float>& parameter : model.parameters()) {
      gradients.push_back(same_numbers(kGradientSeed + gradients.size(), parameter.shape(), -1e-2, 1e-2));
    }
  }
  void step() { optimizer->step(gradients); }
};

Task xtape_optimizer(const Arguments& arguments) {
  const std::string name = arguments.word(0);
  Stepping checked(name);
  for (int step = 0; step < kCheckedSteps; ++step) checked.step();
  return {mean_magnitude(checked.model.parameters()[0].value()),
          [name] { return Step([stepping = std::make_shared<Stepping>(name)] { stepping->step(); }); }};
}

}  // namespace

Tasks xtape_optimizer_tasks() {
  return {{"optimizer", xtape_optimizer}};
}

}  // namespace xtape::benchmarks
