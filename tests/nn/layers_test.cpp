// Every layer beside PyTorch's with the same weights: outputs, gradients, buffers, in training and evaluation.

#include "files_for_tests.hpp"
#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

template <class T>
using Inputs = std::vector<Var<T>>;

template <class T>
struct Case {
  std::string name;
  std::shared_ptr<Module<T>> layer;
  std::function<Var<T>(const Inputs<T>&)> call;
};

/// The layer, and what is done with it: it is applied to the first input unless something else is said.
template <class T, class L, class Call>
Case<T> of(const std::string& name, std::unique_ptr<L> layer, Call call) {
  const std::shared_ptr<L> shared = std::move(layer);
  return {name, shared, [shared, call](const Inputs<T>& x) { return call(*shared, x); }};
}
template <class T, class L>
Case<T> of(const std::string& name, std::unique_ptr<L> layer) {
  return of<T>(name, std::move(layer), [](const L& l, const Inputs<T>& x) { return l(x[0]); });
}
template <class T, class L, class... Rest>
Case<T> of(const std::string& name, L layer, const Rest&... rest) {
  return of<T>(name, std::make_unique<L>(std::move(layer)), rest...);
}

template <class T>
Var<T> in_one_row(const std::vector<Var<T>>& parts) {
  std::vector<Var<T>> rows;
  for (const Var<T>& part : parts) rows.push_back(ravel(part));
  return concatenate(rows);
}

template <class T>
std::vector<Case<T>> cases(Random& rng) {
  const auto looked_up = [](const Embedding<T>& layer, const Inputs<T>& x) {
    return layer(Indices(xt::cast<std::ptrdiff_t>(x[0].value())));
  };
  const auto recurrence = [](const auto& layer, const Inputs<T>& x) {
    const auto result = x.size() == 1 ? layer(x[0]) : layer(x[0], x[1]);
    return in_one_row<T>({result.output, result.hidden});
  };
  const auto lstm = [](const Lstm<T>& layer, const Inputs<T>& x) {
    const auto [output, hidden, cell] = x.size() == 1 ? layer(x[0]) : layer(x[0], x[1], x[2]);
    return in_one_row<T>({output, hidden, cell});
  };
  using Attention = MultiheadAttention<T>;
  using Encoder = TransformerEncoderLayer<T>;
  const auto causal = [](const auto& layer, const Inputs<T>& x) { return layer(x[0], {.causal = true}); };
  const auto padded = [](const Attention& layer, const Inputs<T>& x) {
    Array<bool> padding = zeros<bool>({2, 5});
    padding(0, 3) = padding(0, 4) = true;
    return layer(x[0], x[1], x[2], {.padding = padding});
  };
  const auto scored = [](const Attention& layer, const Inputs<T>& x) { return layer(x[0], {.scores = x[1]}); };
  std::vector<Case<T>> all;
  all.push_back(of<T>("linear", Linear<T>(4, 3, rng)));
  all.push_back(of<T>("linear_no_bias", Linear<T>(4, 3, rng, {.bias = false})));
  all.push_back(of<T>("flatten", Flatten<T>()));
  all.push_back(of<T>("flatten_middle", Flatten<T>(1, 2)));
  all.push_back(of<T>("embedding", Embedding<T>(6, 3, rng), looked_up));
  all.push_back(of<T>("embedding_padding", Embedding<T>(6, 3, rng, {.padding = 2}), looked_up));
  all.push_back(of<T>("layer_norm", LayerNorm<T>(5)));
  all.push_back(of<T>("layer_norm_two", LayerNorm<T>(Shape{3, 4}, {.epsilon = 1e-3})));
  all.push_back(of<T>("layer_norm_no_bias", LayerNorm<T>(4, {.bias = false})));
  all.push_back(of<T>("layer_norm_plain", LayerNorm<T>(4, {.affine = false})));
  all.push_back(of<T>("group_norm", GroupNorm<T>(2, 6)));
  all.push_back(of<T>("group_norm_plain", GroupNorm<T>(3, 6, {.affine = false})));
  all.push_back(of<T>("batch_norm1d", BatchNorm1d<T>(3)));
  all.push_back(of<T>("batch_norm1d_long", BatchNorm1d<T>(3, {.momentum = {}})));
  all.push_back(of<T>("batch_norm2d", BatchNorm2d<T>(2, {.epsilon = 1e-3, .momentum = 0.3})));
  all.push_back(of<T>("batch_norm2d_plain", BatchNorm2d<T>(2, {.affine = false})));
  all.push_back(of<T>("batch_norm2d_untracked", BatchNorm2d<T>(2, {.track_running_stats = false})));
  all.push_back(of<T>("conv1d", Conv1d<T>(2, 3, 3, rng, {.stride = 2, .padding = 1})));
  all.push_back(of<T>("conv2d", Conv2d<T>(2, 3, {3, 2}, rng, {.stride = {2, 1}, .padding = 1})));
  all.push_back(of<T>("conv2d_groups", Conv2d<T>(4, 2, 2, rng, {.dilation = 2, .groups = 2, .bias = false})));
  all.push_back(
      of<T>("conv_transpose2d", ConvTranspose2d<T>(3, 2, 3, rng, {.stride = 2, .padding = 1, .output_padding = 1})));
  all.push_back(of<T>("conv_transpose2d_groups", ConvTranspose2d<T>(4, 2, 2, rng, {.groups = 2, .bias = false})));
  all.push_back(of<T>("max_pool1d", MaxPool1d<T>(2)));
  all.push_back(of<T>("max_pool2d", MaxPool2d<T>(3, {.stride = 2, .padding = 1})));
  all.push_back(of<T>("avg_pool1d", AvgPool1d<T>(3, {.stride = 2})));
  all.push_back(of<T>("avg_pool2d", AvgPool2d<T>(2, {.padding = 1, .count_include_pad = false})));
  all.push_back(of<T>("activations", std::make_unique<Sequential<T>>(LeakyRelu{0.1}, Elu{0.5}, Gelu(), Silu(),
                                                                     Sigmoid(), Tanh(), Softplus(), Softmax())));
  all.push_back(of<T>("sequential", std::make_unique<Sequential<T>>(
                                        Linear<T>(4, 5, rng), Relu(), Linear<T>(5, 3, rng),
                                        [](const Var<T>& h) { return tanh(h); }, Linear<T>(3, 2, rng))));
  all.push_back(
      of<T>("conv_net", std::make_unique<Sequential<T>>(Conv2d<T>(1, 2, 3, rng, {.padding = 1}), BatchNorm2d<T>(2),
                                                        Relu(), MaxPool2d<T>(2), Flatten<T>(), Linear<T>(8, 3, rng))));
  all.push_back(of<T>("residual", std::make_unique<Residual<T>>(Linear<T>(4, 6, rng), Relu(), Linear<T>(6, 4, rng))));
  all.push_back(of<T>("rnn", Rnn<T>(3, 4, rng), recurrence));
  all.push_back(of<T>("rnn_layers", Rnn<T>(3, 4, rng, {.layers = 2, .bias = false}), recurrence));
  all.push_back(of<T>("gru", Gru<T>(3, 4, rng, {.batch_first = true}), recurrence));
  all.push_back(of<T>("gru_layers", Gru<T>(3, 4, rng, {.layers = 3}), recurrence));
  all.push_back(of<T>("lstm", Lstm<T>(3, 4, rng), lstm));
  all.push_back(of<T>("lstm_layers", Lstm<T>(3, 4, rng, {.layers = 2, .batch_first = true}), lstm));
  all.push_back(of<T>("attention", std::make_unique<Attention>(6, 2, rng)));
  all.push_back(of<T>("attention_causal",
                      std::make_unique<Attention>(6, 3, rng, nn::AttentionOptions{.bias = false, .batch_first = true}),
                      causal));
  all.push_back(of<T>("attention_cross", std::make_unique<Attention>(4, 2, rng), padded));
  all.push_back(of<T>("attention_scores", std::make_unique<Attention>(4, 2, rng), scored));
  all.push_back(of<T>("transformer",
                      std::make_unique<Encoder>(6, 2, rng, TransformerOptions<T>{.feedforward = 7, .dropout = 0})));
  all.push_back(
      of<T>("transformer_norm_first",
            std::make_unique<Encoder>(
                6, 3, rng,
                TransformerOptions<T>{
                    .feedforward = 7, .dropout = 0, .activation = Gelu(), .batch_first = true, .norm_first = true}),
            causal));
  return all;
}

/// Gives the layer PyTorch's state, all of it, under its names.
template <class T>
void load_state(const Golden& golden, const std::string& name, const Module<T>& layer) {
  const auto state = layer.state();
  EXPECT_EQ(double(state.size()), golden[name + ".count"]());
  for (const NamedState<T>& named : state) {
    const Array<double>& value = golden[name + ".state." + named.name];
    if (const auto* counter = std::get_if<Counter>(&named.kept)) {
      counter->set(std::int64_t(value()));
    } else if (const auto* buffer = std::get_if<Buffer<T>>(&named.kept)) {
      buffer->set(value);
    } else {
      named.parameter()->set(value);
    }
  }
}

template <class T>
void expect_buffers(const Golden& golden, const std::string& name, const Module<T>& layer, double tolerance) {
  for (const NamedState<T>& named : layer.state()) {
    if (named.parameter() != nullptr) continue;
    const Array<double>& value = golden[name + ".after." + named.name];
    if (const auto* counter = std::get_if<Counter>(&named.kept)) {
      EXPECT_EQ(double(counter->value()), value());
    } else {
      EXPECT_TRUE(close(std::get<Buffer<T>>(named.kept).value(), value, tolerance)) << named.name;
    }
  }
}

template <class T>
void expect_pytorchs(const Golden& golden, const Case<T>& c, double tolerance) {
  SCOPED_TRACE(c.name);
  load_state(golden, c.name, *c.layer);
  const bool of_symbols = c.name.starts_with("embedding");
  Tape<T> tape;
  Inputs<T> x;
  for (std::size_t k = 0; golden.has(c.name + ".x" + std::to_string(k)); ++k) {
    const Array<T> input = golden[c.name + ".x" + std::to_string(k)];
    x.push_back(of_symbols ? Var<T>(input) : tape.watch(input));
  }
  const Var<T> y = c.call(x), loss = sum(y * golden[c.name + ".weights"]);
  EXPECT_TRUE(close(y.value(), golden[c.name + ".y"], tolerance)) << "the output";
  const auto parameters = c.layer->named_parameters();
  if (!parameters.empty()) {
    const auto slopes = tape.gradient(loss, c.layer->parameters(), {.retain = true});
    for (std::size_t k = 0; k < parameters.size(); ++k) {
      EXPECT_TRUE(close(slopes[k], golden[c.name + ".d." + parameters[k].name], tolerance)) << parameters[k].name;
    }
  }
  for (std::size_t k = 0; k < x.size() && !of_symbols; ++k) {
    const Array<T> slope = tape.gradient(loss, x[k], {.retain = true});
    EXPECT_TRUE(close(slope, golden[c.name + ".dx" + std::to_string(k)], tolerance)) << "input " << k;
  }
  expect_buffers(golden, c.name, *c.layer, tolerance);
  c.layer->eval();
  EXPECT_TRUE(close(c.call(x).value(), golden[c.name + ".eval"], tolerance)) << "in evaluation";
  expect_buffers(golden, c.name, *c.layer, tolerance);
}

template <class T>
void expect_all(double tolerance) {
  const Golden golden("layers");
  Random rng(1);
  for (const Case<T>& c : cases<T>(rng)) expect_pytorchs(golden, c, tolerance);
}

TEST(Layers, GiveWhatPyTorchGivesInFloat) {
  expect_all<float>(1e-5);
}
TEST(Layers, GiveWhatPyTorchGivesInDouble) {
  expect_all<double>(1e-10);
}

// PyTorch's file of a state_dict, running statistics and the I64 of a count among it, is one of ours.
TEST(Layers, ExchangeFilesWithPyTorch) {
  const testing::ScratchFolder folder;
  const std::filesystem::path theirs = std::filesystem::path(XTAPE_GOLDEN_DIR) / "layers.safetensors";
  Random rng(1);
  Sequential<float> net(Conv2d<float>(1, 2, 3, rng, {.padding = 1}), BatchNorm2d<float>(2), Relu(), MaxPool2d<float>(2),
                        Flatten<float>(), Linear<float>(8, 3, rng));
  load(theirs, net);
  const Golden golden("layers");
  EXPECT_TRUE(close(net(golden["conv_net.x0"]).value(), golden["conv_net.y"], 1e-5));
  load(theirs, net);  // the call changed the statistics
  save(folder / "ours", net);
  const TensorFile expected = read_safetensors(theirs), ours = read_safetensors(folder / "ours");
  ASSERT_EQ(ours.tensors().size(), expected.tensors().size());
  for (const TensorView& tensor : expected.tensors()) {
    const TensorView* own = ours.find(tensor.name);
    ASSERT_NE(own, nullptr) << tensor.name;
    EXPECT_EQ(own->dtype, tensor.dtype) << tensor.name;
    EXPECT_EQ(own->shape, tensor.shape) << tensor.name;
    EXPECT_TRUE(std::equal(own->bytes.begin(), own->bytes.end(), tensor.bytes.begin(), tensor.bytes.end()));
  }
}

}  // namespace
}  // namespace xtape::nn
