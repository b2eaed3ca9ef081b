// What layers refuse, with their names.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <functional>
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
      {[&] { Embedding<F>(3, 2, rng, {.padding = 3}); }, {"[Embedding]", "3"}},
      {[&] { Linear<F>(3, 2, rng, {.bias = false}).bias(); }, {"[Linear]", "without"}},
      {[&] { Conv1d<F>(3, 2, 1, rng, {.bias = false}).bias(); }, {"[Convolution]", "without"}}};
  for (const auto& [f, parts] : wrong) {
    const std::string message = message_of<Error>(f);
    for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace xtape::nn
