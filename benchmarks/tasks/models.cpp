// What a gradient costs beside the function's value: `model NAME forward|gradient`, the value computed outside of a
// tape or recorded and swept back. The check is the value.

#include <benchmark/benchmark.h>

#include <memory>
#include <utility>

#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/support/vae_model.hpp"
#include "benchmarks/tasks/task.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::size_t kBatch = 128, kPixels = 784, kClasses = 10;

struct Both {
  Step forward, gradient;
  double value;
};

// `loss(x)` of arrays, which are watched.
template <class Loss>
Both of_function(const Loss& loss, const std::vector<Var<float>>& constants) {
  const auto gradient = [=] {
    Tape<float> tape;
    std::vector<Var<float>> x;
    for (const Var<float>& constant : constants) x.push_back(tape.watch(constant));
    benchmark::DoNotOptimize(tape.gradient(loss(x), x));
  };
  return {[=] { benchmark::DoNotOptimize(loss(constants)); }, gradient, double(loss(constants).item())};
}

// `loss(model)` of a module, with respect to its parameters.
template <class Model, class Loss>
Both of_module(std::shared_ptr<Model> model, const Loss& loss) {
  const auto gradient = [=] {
    Tape<float> tape;
    benchmark::DoNotOptimize(tape.gradient(loss(*model), model->parameters()));
  };
  return {[=] { benchmark::DoNotOptimize(loss(*model)); }, gradient, double(loss(*model).item())};
}

struct Classifier : nn::Module<float> {
  std::vector<std::unique_ptr<nn::Linear<float>>> layers;

  Classifier(const std::vector<std::size_t>& widths, Random& rng) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      layers.push_back(std::make_unique<nn::Linear<float>>(widths[i], widths[i + 1], rng));
      add("layer" + std::to_string(i), *layers.back());
    }
  }

  Var<float> operator()(Var<float> x) const {
    for (const auto& layer : layers) x = &layer == &layers.back() ? (*layer)(x) : relu((*layer)(x));
    return x;
  }
};

Both classifier(const std::vector<std::size_t>& widths) {
  Random rng(1);
  const Var<float> images = same_images(kBatch, kPixels);
  Array<std::int64_t> labels = empty<std::int64_t>({kBatch});
  for (std::size_t i = 0; i < kBatch; ++i) labels(i) = std::int64_t(rng.below(kClasses));
  return of_module(std::make_shared<Classifier>(widths, rng),
                   [=](const Classifier& model) { return nn::nll_loss(log_softmax(model(images)), labels); });
}

Both mlp() {
  return classifier({kPixels, 256, 256, kClasses});
}
Both softmax_classifier() {
  return classifier({kPixels, kClasses});
}

Both vae() {
  Random rng(1);
  const Var<float> images = same_images(kBatch, kPixels), noise = same_noise(kBatch, 20);
  return of_module(std::make_shared<Vae>(kPixels, 400, 20, rng),
                   [=](const Vae& model) { return -mean(model.elbo(images, noise)); });
}

// Two dozen operations, one after the other, on 100,000 numbers.
Both elementwise_chain() {
  return of_function(
      [](const std::vector<Var<float>>& x) {
        Var<float> y = x[0];
        for (int i = 0; i < 6; ++i) y = tanh(y + x[0]) * exp(-square(y));
        return sum(y);
      },
      {same_numbers(1, {100000}, -1, 1)});
}

// Standardised columns with a scale for each column and a shift for each row.
Both broadcast_and_reduce() {
  return of_function(
      [](const std::vector<Var<float>>& v) {
        const Var<float>&x = v[0], &scale = v[1], &shift = v[2];
        const Var<float> centered = x - mean(x, 0);
        return mean(square(centered / sqrt(var(x, 0) + 1e-5) * scale + shift));
      },
      {same_numbers(1, {1000, 300}, -1, 1), same_numbers(2, {300}, 0, 1), same_numbers(3, {1000, 1}, 0, 1)});
}

Both scalar_chain() {
  return of_function(
      [](const std::vector<Var<float>>& x) {
        Var<float> y = x[0];
        for (int i = 0; i < 1000; ++i) y = y * x[0];
        return y;
      },
      {Var<float>(1.0001F)});
}

Task model(const Arguments& arguments) {
  static const std::map<std::string, Both (*)()> models = {{"mlp", mlp},
                                                           {"vae", vae},
                                                           {"elementwise_chain", elementwise_chain},
                                                           {"broadcast_and_reduce", broadcast_and_reduce},
                                                           {"scalar_chain", scalar_chain},
                                                           {"softmax_classifier", softmax_classifier}};
  const auto found = models.find(arguments.word(0));
  if (found == models.end()) throw Error("unknown model '" + arguments.word(0) + "'");
  const std::string& direction = arguments.word(1);
  if (direction != "forward" && direction != "gradient") {
    throw Error("forward or gradient expected, got '" + direction + "'");
  }
  const Both both = found->second();
  const Step step = direction == "forward" ? both.forward : both.gradient;
  return {both.value, [=] { return step; }};
}

}  // namespace

Tasks xtape_model_tasks() {
  return {{"model", model}};
}

}  // namespace xtape::benchmarks
