// What layers refuse, with their names.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using V = Var<float>;

template <class L, class F>
void expect_named(const char* kind, L&& layer, const F& f, const std::vector<std::string>& parts) {
  SCOPED_TRACE(kind);
  struct Inner : Module<float> {
    explicit Inner(Module<float>& part) { add("hidden", part); }
  };
  struct Outer : Module<float> {
    explicit Outer(Module<float>& part) { add("decoder", part); }
  };
  Inner inner(layer);
  const Outer outer(inner);
  const std::string message = message_of<ShapeError>([&] { f(layer); });
  EXPECT_TRUE(message.starts_with("[" + std::string(kind) + "] decoder.hidden: [")) << message;
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << message << " lacks " << part;
}

V zero(const Shape& shape) {
  return zeros<float>(shape);
}
const auto given = [](const Shape& shape) { return [shape](const auto& layer) { layer(zero(shape)); }; };

TEST(LayerErrors, ShapesAreRefusedByTheDottedName) {
  Random rng(1);
  using F = float;
  expect_named("Linear", Linear<F>(3, 2, rng), given({4, 5}), {"(4, 5)", "(2, 3)"});
  expect_named("Linear", Linear<F>(3, 2, rng, {.bias = false}), given({4, 5}), {"(4, 5)"});
  expect_named("Flatten", Flatten<F>(), given({4}), {"(4,)"});
  expect_named("Flatten", Flatten<F>(2, 1), given({4, 3, 2}), {"before the last", "2 and 1"});
  expect_named("Embedding", Embedding<F>(3, 2, rng), [](const auto& layer) { layer({0, 3}); }, {"3"});
  expect_named("LayerNorm", LayerNorm<F>(3), given({3, 4}), {"(3,)", "(3, 4)"});
  expect_named("LayerNorm", LayerNorm<F>(Shape{2, 3}), given({3}), {"(2, 3)", "(3,)"});
  expect_named("GroupNorm", GroupNorm<F>(2, 4), given({3, 2, 5}), {"(batch, 4, ...)", "(3, 2, 5)"});
  expect_named("BatchNorm1d", BatchNorm1d<F>(3), given({4, 1}), {"(batch, 3, ...)", "(4, 1)"});
  expect_named("BatchNorm1d", BatchNorm1d<F>(3), given({4, 3, 2, 2}), {"2 or 3 dimensions"});
  expect_named("BatchNorm1d", BatchNorm1d<F>(3), given({1, 3}), {"more than one number a channel", "(1, 3)"});
  expect_named("BatchNorm2d", BatchNorm2d<F>(3), given({4, 3}), {"4 dimensions", "(4, 3)"});
  expect_named("Conv1d", Conv1d<F>(2, 3, 3, rng), given({4, 3, 8}), {"(4, 3, 8)"});
  expect_named("Conv2d", Conv2d<F>(2, 3, 3, rng), given({4, 2, 2, 8}), {"(4, 2, 2, 8)"});
  expect_named("ConvTranspose2d", ConvTranspose2d<F>(2, 3, 3, rng), given({4, 3, 2, 8}), {"(4, 3, 2, 8)"});
  expect_named("MaxPool1d", MaxPool1d<F>(4), given({1, 1, 3}), {"(1, 1, 3)"});
  expect_named("MaxPool2d", MaxPool2d<F>(4), given({1, 1, 3, 8}), {"(1, 1, 3, 8)"});
  expect_named("AvgPool1d", AvgPool1d<F>(4), given({1, 1, 3}), {"(1, 1, 3)"});
  expect_named("AvgPool2d", AvgPool2d<F>(4), given({1, 1, 3, 8}), {"(1, 1, 3, 8)"});
  expect_named("Rnn", Rnn<F>(3, 2, rng), given({4, 5, 2}), {"(time, batch, 3)", "(4, 5, 2)"});
  expect_named("Gru", Gru<F>(3, 2, rng, {.batch_first = true}), given({4, 0, 3}), {"(batch, time, 3)", "(4, 0, 3)"});
  expect_named("Gru", Gru<F>(3, 2, rng),
               [](const auto& layer) {
                 layer(zero({4, 5, 3}), zero({1, 4, 2}));
               },
               {"(1, 5, 2)", "(1, 4, 2)"});
  expect_named("Lstm", Lstm<F>(3, 2, rng), given({4, 3}), {"(time, batch, 3)", "(4, 3)"});
  expect_named("MultiheadAttention", MultiheadAttention<F>(4, 2, rng), given({3, 2, 6}),
               {"(time, batch, 4)", "(3, 2, 6)"});
  expect_named("Residual", Residual<F>(Linear<F>(3, 2, rng)), given({4, 3}), {"(4, 3)", "(4, 2)"});
}

TEST(LayerErrors, MasksHaveToFit) {
  Random rng(1);
  const MultiheadAttention<float> attention(4, 2, rng);
  const V x = zero({3, 2, 4}), source = zero({5, 2, 4});
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    attention(x, {.padding = zeros<bool>({2, 4})});
                  }),
                  {"padding", "(2, 3)", "(2, 4)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { attention(x, {.scores = zero({2, 2})}); }), {"(2, 2)", "(2, 2, 3, 3)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { attention(x, source, x); }), {"one length", "(5, 2, 4)"}));
  EXPECT_THROW(attention(x, zero({5, 3, 4}), zero({5, 3, 4})), ShapeError);
}

// As in PyTorch's scaled_dot_product_attention: 0, of which the output projection makes its bias.
TEST(Attention, OfATimeThatSeesNothingIsZero) {
  Random rng(1);
  const MultiheadAttention<double> attention(4, 2, rng, {.batch_first = true});
  std::vector<NamedParameter<double>> named = attention.named_parameters();
  for (NamedParameter<double>& each : named) {
    if (each.name == "out_proj.bias") each.parameter.set(Array<double>{1, 2, 3, 4});
  }
  const Array<double> x = rng.normal<double>({2, 3, 4});
  const Array<bool> padding{{true, true, true}, {false, false, true}};
  Array<double> scores = zeros<double>({2, 1, 3, 3});
  for (std::size_t q = 0; q < 3; ++q) {
    for (std::size_t k = 0; k < 3; ++k) {
      if (padding(0, k)) scores(0, 0, q, k) = -std::numeric_limits<double>::infinity();
      if (padding(1, k)) scores(1, 0, q, k) = -std::numeric_limits<double>::infinity();
    }
  }
  const std::vector<AttentionMask<double>> masks{{.padding = padding}, {.scores = Var<double>(scores)}};
  const Array<bool> alone_padding{{false, false, true}};
  const Array<double> alone = attention(slice(Var<double>(x), {Range(1, 2)}), {.padding = alone_padding}).value();
  for (const AttentionMask<double>& mask : masks) {
    const auto [y, dx] = value_and_grad([&](const auto& v) { return sum(square(attention(v, mask))); })(x);
    EXPECT_TRUE(std::isfinite(double(y)));
    const Array<double> result = attention(x, mask).value();
    for (std::size_t t = 0; t < 3; ++t) {
      for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(result(0, t, i), double(i + 1));
        EXPECT_EQ(result(1, t, i), alone(0, t, i));
        EXPECT_EQ(dx(0, t, i), 0);
      }
    }
    Tape<double> tape;
    for (const Array<double>& g : tape.gradient(sum(square(attention(x, mask))), attention.parameters())) {
      EXPECT_TRUE(all_finite(std::vector<Array<double>>{g}));
    }
  }
}

TEST(LayerErrors, LayersThatCannotBe) {
  Random rng(1);
  using F = float;
  const std::vector<std::pair<std::function<void()>, std::vector<std::string>>> wrong{
      {[] {
         Random r(1);
         Dropout<F>(1.5, r);
       },
       {"[Dropout]", "[0, 1]", "1.5"}},
      {[] { LayerNorm<F>(Shape{}); }, {"[LayerNorm]", "()"}},
      {[] { GroupNorm<F>(3, 4); }, {"[GroupNorm]", "4 channels in 3 groups"}},
      {[] { GroupNorm<F>(0, 4); }, {"[GroupNorm]", "0 groups"}},
      {[&] { Conv2d<F>(3, 4, 3, rng, {.groups = 2}); }, {"[Conv2d]", "multiples of the groups"}},
      {[&] {
         Conv1d<F>(3, 4, {2, 2}, rng);
       },
       {"[Conv1d]", "kernel"}},
      {[&] { Gru<F>(3, 0, rng); }, {"[Gru]", "hidden"}},
      {[&] { Lstm<F>(3, 2, rng, {.layers = 0}); }, {"[Lstm]", "0 layers"}},
      {[&] { MultiheadAttention<F>(5, 2, rng); }, {"[MultiheadAttention]", "5 and 2 heads"}},
      {[&] { TransformerEncoder<F>(0, 4, 2, rng); }, {"[TransformerEncoder]", "got 0"}},
      {[&] { Embedding<F>(3, 2, rng, {.padding = 3}); }, {"[Embedding] padding: one of the 3 symbols", "got 3"}},
      {[&] { Embedding<F>(3, 2, rng, {.padding = -4}); }, {"[Embedding] padding: one of the 3 symbols", "got -4"}},
      {[] { LayerNorm<F>(3, {.epsilon = -1}); }, {"[LayerNorm] a finite epsilon >= 0", "-1"}},
      {[] { GroupNorm<F>(2, 4, {.epsilon = INFINITY}); }, {"[GroupNorm] a finite epsilon >= 0", "inf"}},
      {[] { BatchNorm1d<F>(4, {.epsilon = NAN}); }, {"[batch_norm1d] a finite epsilon >= 0", "nan"}},
      {[] { BatchNorm2d<F>(4, {.momentum = 1.5}); }, {"[batch_norm2d] a momentum in [0, 1]", "1.5"}},
      {[] { BatchNorm2d<F>(4, {.momentum = -0.1}); }, {"[batch_norm2d] a momentum in [0, 1]", "-0.1"}},
      {[&] { Conv1d<F>(3, 4, 3, rng, {.stride = 0}); }, {"[Conv1d]", "stride"}},
      {[&] { Conv2d<F>(3, 4, 3, rng, {.padding = -1}); }, {"[Conv2d]", "padding"}},
      {[&] { ConvTranspose2d<F>(3, 4, 3, rng, {.stride = 0}); }, {"[ConvTranspose2d]", "stride"}},
      {[&] { ConvTranspose2d<F>(3, 4, 3, rng, {.output_padding = -1}); }, {"[ConvTranspose2d]", "output_padding"}},
      {[] { MaxPool1d<F>(0); }, {"[MaxPool1d]", "kernel"}},
      {[] { MaxPool2d<F>(2, {.stride = 0}); }, {"[MaxPool2d]", "stride"}},
      {[] { MaxPool2d<F>(2, {.dilation = 0}); }, {"[MaxPool2d]", "dilation"}},
      {[] { AvgPool1d<F>(2, {.padding = -1}); }, {"[AvgPool1d]", "padding"}},
      {[] { AvgPool2d<F>(0); }, {"[AvgPool2d]", "kernel"}},
      {[&] { Sequential<F>(std::unique_ptr<Linear<F>>()); }, {"[Sequential]", "number 0", "null pointer"}},
      {[&] { Sequential<F>(Linear<F>(3, 2, rng), Sequential<F>::Function()); },
       {"[Sequential]", "number 1", "empty function"}},
      {[&] {
         Mlp<F>({3, 2, 1}, Mlp<F>::Activation(), rng);
       },
       {"[Mlp] an activation expected"}},
      {[&] { Linear<F>(3, 2, rng, {.bias = false}).bias(); }, {"[Linear]", "without"}},
      {[&] { Conv1d<F>(3, 2, 1, rng, {.bias = false}).bias(); }, {"[Convolution]", "without"}}};
  for (const auto& [f, parts] : wrong) {
    const std::string message = message_of<Error>(f);
    for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace xtape::nn
