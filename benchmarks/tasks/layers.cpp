// A training step's part of one layer: `layer NAME`, its output and all gradients of the output's product with an array
// of the same numbers. The check is the magnitude of both.

#include <benchmark/benchmark.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/support/same_numbers.hpp"
#include "benchmarks/tasks/task.hpp"
#include "nn/nn.hpp"

namespace xtape::benchmarks {
namespace {

constexpr std::uint64_t kInputSeed = 200, kCotangentSeed = 201;

using V = Var<float>;

/// A layer, what it is applied to, and how.
struct Subject {
  std::shared_ptr<nn::Module<float>> module;
  Shape input;
  std::function<V(const V&)> call;
};

template <class L, class Call>
Subject subject(std::shared_ptr<L> layer, const Shape& input, Call call) {
  return {layer, input, [layer, call](const V& x) { return call(*layer, x); }};
}
template <class L>
Subject subject(L layer, const Shape& input) {
  return subject(std::make_shared<L>(std::move(layer)), input, [](const L& l, const V& x) { return l(x); });
}
template <class L>
Subject recurrent(L layer, const Shape& input) {
  return subject(std::make_shared<L>(std::move(layer)), input, [](const L& l, const V& x) { return l(x).output; });
}

// The sizes stand in benchmarks/peers/torch_layers.py too.
Subject subject_of(const std::string& name) {
  static Random rng(1);  // Dropout keeps it
  using F = float;
  const auto apply = [](const auto& layer, const V& x) { return layer(x); };
  const std::map<std::string, std::function<Subject()>> all{
      {"linear",
       [] {
         return subject(nn::Linear<F>(784, 400, rng), {128, 784});
       }},
      {"layer_norm",
       [] {
         return subject(nn::LayerNorm<F>(256), {32, 128, 256});
       }},
      {"group_norm",
       [] {
         return subject(nn::GroupNorm<F>(8, 32), {32, 32, 16, 16});
       }},
      {"batch_norm1d",
       [] {
         return subject(nn::BatchNorm1d<F>(256), {1024, 256});
       }},
      {"batch_norm2d",
       [] {
         return subject(nn::BatchNorm2d<F>(32), {32, 32, 28, 28});
       }},
      {"dropout",
       [] {
         return subject(nn::Dropout<F>(0.5, rng), {1024, 1024});
       }},
      {"conv1d",
       [] {
         return subject(nn::Conv1d<F>(32, 64, 5, rng, {.padding = 2}), {32, 32, 256});
       }},
      {"conv2d",
       [] {
         return subject(nn::Conv2d<F>(16, 32, 3, rng, {.padding = 1}), {32, 16, 28, 28});
       }},
      {"conv_transpose2d",
       [] {
         return subject(nn::ConvTranspose2d<F>(32, 16, 4, rng, {.stride = 2, .padding = 1}), {32, 32, 14, 14});
       }},
      {"max_pool2d",
       [] {
         return subject(nn::MaxPool2d<F>(2), {32, 32, 28, 28});
       }},
      {"avg_pool2d",
       [] {
         return subject(nn::AvgPool2d<F>(2), {32, 32, 28, 28});
       }},
      {"rnn",
       [] {
         return recurrent(nn::Rnn<F>(64, 128, rng), {50, 32, 64});
       }},
      {"gru",
       [] {
         return recurrent(nn::Gru<F>(64, 128, rng), {50, 32, 64});
       }},
      {"lstm",
       [] {
         return recurrent(nn::Lstm<F>(64, 128, rng), {50, 32, 64});
       }},
      {"attention",
       [&] {
         return subject(std::make_shared<nn::MultiheadAttention<F>>(128, 8, rng), {64, 16, 128}, apply);
       }},
      {"transformer", [&] {
         const nn::TransformerOptions<F> options{.feedforward = 512, .dropout = 0};
         return subject(std::make_shared<nn::TransformerEncoderLayer<F>>(128, 8, rng, options), {64, 16, 128}, apply);
       }}};
  const auto found = all.find(name);
  if (found == all.end()) throw Error("no layer " + name);
  return found->second();
}

Task layer(const Arguments& arguments) {
  const std::string& name = arguments.word(0);
  const Subject subject = subject_of(name);
  const auto parameters = subject.module->parameters();
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    parameters[k].set(same_numbers(k + 1, parameters[k].shape(), -0.1, 0.1));
  }
  const V input = same_numbers(kInputSeed, subject.input, -1, 1), output = subject.call(input);
  const V cotangent = same_numbers(kCotangentSeed, output.shape(), -1, 1);
  const auto step = [=] {
    Tape<float> tape;
    std::vector<V> sources{tape.watch(input)};
    const V loss = sum(subject.call(sources[0]) * cotangent);
    for (const auto& parameter : parameters) sources.push_back(parameter.var());
    return tape.gradient(loss, sources);
  };
  double check = mean_magnitude(output.value());
  for (const Array<float>& slope : step()) check += mean_magnitude(slope);
  if (name == "dropout") check = kNothingToCheck;
  return {check, [=] { return [=] { benchmark::DoNotOptimize(step()); }; }};
}

}  // namespace

Tasks xtape_layer_tasks() {
  return {{"layer", layer}};
}

}  // namespace xtape::benchmarks
