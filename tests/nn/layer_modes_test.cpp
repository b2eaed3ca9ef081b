// What layers do beside their values: modes, random numbers, statistics, transforms, moves.

#include "files_for_tests.hpp"
#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

TEST(Dropout, KeepsTheMeanAndDrawsFromItsGenerator) {
  Random rng(1);
  Dropout<double> dropout(0.25, rng);
  const Random before = rng;
  const Array<double> x = ones<double>({400, 500});
  const Array<double> y = dropout(x).value();
  double zeros_among = 0, total = 0;
  for (const double v : y) {
    EXPECT_TRUE(v == 0 || std::abs(v - 1 / 0.75) < 1e-15) << v;
    zeros_among += v == 0;
    total += v;
  }
  const double n = double(y.size());
  EXPECT_NEAR(zeros_among / n, 0.25, 6 * std::sqrt(0.25 * 0.75 / n));
  EXPECT_NEAR(total / n, 1, 6 * std::sqrt(0.25 / 0.75 / n));
  EXPECT_FALSE(close(dropout(x).value(), y, 0)) << "another draw";
  rng = before;  // as a checkpoint does
  EXPECT_TRUE(close(dropout(x).value(), y, 0));
  dropout.eval();
  EXPECT_TRUE(close(dropout(x).value(), x, 0));
  EXPECT_EQ(dropout.description(), "0.25");
}

TEST(Dropout, OfNothingAndAll) {
  Random rng(1);
  const Dropout<double> none(0, rng), all(1, rng);
  EXPECT_TRUE(close(none(Doubles{1, 2}).value(), {1, 2}));
  EXPECT_TRUE(close(all(Doubles{1, 2}).value(), {0, 0}));
}

TEST(Dropout, HasTheGradientOfItsMask) {
  Random rng(1);
  const Dropout<double> dropout(0.5, rng);
  Tape<double> tape;
  const Var<double> x = tape.watch(ones<double>({100})), y = dropout(x);
  EXPECT_TRUE(close(tape.gradient(sum(y), x), y.value()));
  // A checkpoint that is told of the generator draws the same again.
  const auto [value, slope] = value_and_grad([&](const auto& v) {
    return sum(checkpoint([&](const auto& u) { return dropout(u); }, rng)(v));
  })(ones<double>({100}));
  EXPECT_EQ(value, xt::sum(slope)());
}

TEST(Embedding, DoesNotTrainItsPadding) {
  Random rng(1);
  const Embedding<double> layer(4, 2, rng, {.padding = -1});
  EXPECT_TRUE(close(layer({3, -1}).value(), zeros<double>({2, 2})));
  layer.weight().set(ones<double>({4, 2}));
  Tape<double> tape;
  const Array<double> slope = tape.gradient(sum(layer(std::vector<std::vector<int>>{{0, 3}, {-1, 0}})), layer.weight());
  EXPECT_TRUE(close(slope, Shape{4, 2}, {2, 2, 0, 0, 0, 0, 0, 0}));
}

TEST(BatchNorm, StatisticsComeNearToThoseOfTheData) {
  Random rng(1);
  BatchNorm1d<double> norm(2);
  for (int step = 0; step < 200; ++step) norm(3.0 * rng.normal<double>({256, 2}) + 5.0);
  EXPECT_TRUE(close(norm.running_mean().value(), {5, 5}, 0.05));
  EXPECT_TRUE(close(norm.running_var().value(), {9, 9}, 0.05));
  EXPECT_EQ(norm.num_batches_tracked().value(), 200);
  const Array<double> before = norm.running_mean().value();
  norm.eval();
  EXPECT_NEAR(mean(norm(3.0 * rng.normal<double>({4096, 2}) + 5.0)).item(), 0, 0.1);
  EXPECT_TRUE(close(norm.running_mean().value(), before, 0)) << "evaluation changes nothing";
}

TEST(BatchNorm, StandsInTransforms) {
  Random rng(1);
  BatchNorm1d<double> norm(3);
  const Array<double> x = rng.normal<double>({6, 3}), c = rng.normal<double>({6, 3});
  const auto f = [&](const BatchNorm1d<double>& n, const auto& v) { return sum(square(n(v)) * c); };
  EXPECT_TRUE(check_gradient({.order = 2}, f, norm, x).ok());
  const auto forwards = jvp([&](const auto& v) { return norm(v); })(x, c);
  EXPECT_TRUE(close(forwards.tangent, linearize([&](const auto& v) { return norm(v); })(x).pushforward(c), 1e-12));
  EXPECT_THROW(vmap([&](const auto& row) { return sum(norm(row)); })(Var<double>(reshape(Var<double>(x), {2, 3, 3}))),
               TapeError);
  norm.eval();
  EXPECT_TRUE(check_gradient(f, norm, x).ok());
  const Var<double> stacked = reshape(Var<double>(x), {2, 3, 3});
  EXPECT_TRUE(close(vmap([&](const auto& rows) { return norm(rows); })(stacked).value(),
                    reshape(norm(x), {2, 3, 3}).value(), 1e-14));
}

/// (x - mean) / √(variance + ε) over the axes, op by op.
template <class T>
Var<T> by_hand(const Var<T>& x, const Axes& axes) {
  const auto [variance, mean_of_x] = var_mean(x, axes, true);
  return (x - mean_of_x) / sqrt(variance + T(1e-5));
}

template <class T>
void expect_norms(double tolerance) {
  Random rng(1);
  const auto expect_same = [&](const auto& layer, const Shape& shape, const auto& expected) {
    SCOPED_TRACE(layer.kind() + " of " + to_string(shape));
    const Var<T> x(T(2) * rng.normal<T>(shape) + T(1)), c(rng.normal<T>(shape));
    EXPECT_TRUE(close(layer(x).value(), expected(x).value(), tolerance));
    const auto slope = [&](const auto& f) { return grad([&](const auto& v) { return sum(f(v) * c); })(x); };
    EXPECT_TRUE(close(slope(layer).value(), slope(expected).value(), tolerance));
  };
  // More and fewer numbers than a vector of them, or than means that are made side by side.
  for (const std::size_t size : {2, 7, 31, 64, 257}) {
    expect_same(LayerNorm<T>(size), {3, size}, [](const auto& x) { return by_hand<T>(x, -1); });
    expect_same(BatchNorm1d<T>(size), {5, size}, [](const auto& x) { return by_hand<T>(x, 0); });
    expect_same(BatchNorm1d<T>(3), {4, 3, size}, [](const auto& x) { return by_hand<T>(x, {0, 2}); });
    expect_same(GroupNorm<T>(2, 2 * size), {2, 2 * size, 1, 1}, [](const Var<T>& x) {
      return reshape(by_hand<T>(reshape(x, {std::ptrdiff_t(2), 2, -1}), -1), x.shape());
    });
  }
  EXPECT_EQ(LayerNorm<T>(3)(zeros<T>({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(LayerNorm<T>(0)(zeros<T>({2, 0})).shape(), (Shape{2, 0}));
  EXPECT_EQ(GroupNorm<T>(1, 2)(zeros<T>({0, 2, 3})).shape(), (Shape{0, 2, 3}));
  EXPECT_THROW(BatchNorm1d<T>(3)(zeros<T>({0, 3})), ShapeError);
}

TEST(Norms, OfAnySizeAreTheirFormula) {
  expect_norms<double>(1e-11);
  expect_norms<float>(2e-5);
}

// Sums of many floats do not stall.
TEST(Norms, OfManyNumbersAreExact) {
  Random rng(1);
  const Array<double> exact = 3.0 * rng.normal<double>({300000, 1}) + 100.0;
  const auto expect_exact = [](auto& norm, const Var<double>& wide) {
    norm(Array<float>(wide.value()));
    EXPECT_NEAR(double(norm.running_mean().value()(0)) / mean(wide).item(), 0.1, 1e-7);
    EXPECT_NEAR((double(norm.running_var().value()(0)) - 0.9) / var(wide, {}, false, 1).item(), 0.1, 1e-5);
  };
  BatchNorm1d<float> of_rows(1), of_a_run(1);
  expect_exact(of_rows, exact);
  expect_exact(of_a_run, reshape(Var<double>(exact), {1, 1, 300000}));
}

// Derivatives to second order, forwards and over a batch of examples, by the same functions.
TEST(Layers, StandInTransforms) {
  Random rng(1);
  const auto expect_good = [&](const auto& layer, const Shape& shape) {
    SCOPED_TRACE(layer.kind());
    const auto f = [](const auto& l, const auto& v) { return sum(sin(l(v))); };
    const Array<double> x = rng.normal<double>(shape);
    const GradientReport report = check_gradient({.order = 2}, f, layer, x);
    EXPECT_TRUE(report.ok()) << report.message;
    Shape twice{2};
    twice.insert(twice.end(), shape.begin(), shape.end());
    const Array<double> xs = rng.normal<double>(twice);
    const Var<double> each = vmap([&](const auto& v) { return f(layer, v); })(Var<double>(xs));
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_NEAR(each(k).item(), f(layer, Var<double>(xs)[k]).item(), 1e-12);
    }
  };
  expect_good(Linear<double>(3, 2, rng, {.bias = false}), {4, 3});
  expect_good(LayerNorm<double>(4), {3, 4});
  expect_good(GroupNorm<double>(2, 4), {2, 4, 3});
  expect_good(Conv2d<double>(2, 2, 2, rng), {1, 2, 3, 3});
  expect_good(ConvTranspose2d<double>(2, 2, 2, rng), {1, 2, 2, 2});
  expect_good(MultiheadAttention<double>(4, 2, rng), {3, 2, 4});
  expect_good(TransformerEncoderLayer<double>(4, 2, rng, {.feedforward = 3, .dropout = 0, .activation = Tanh()}),
              {2, 2, 4});
  const Sequential<double> net(Linear<double>(3, 4, rng), Tanh(), Linear<double>(4, 2, rng));
  expect_good(net, {2, 3});
  const Gru<double> gru(2, 3, rng);
  const auto f = [](const Gru<double>& g, const auto& v) { return sum(sin(g(v).output)); };
  EXPECT_TRUE(check_gradient({.order = 2}, f, gru, Array<double>(rng.normal<double>({3, 2, 2}))).ok());
}

TEST(Sequential, OwnsLayersFunctionsAndModels) {
  Random rng(1);
  auto model = std::make_unique<Mlp<double>>(std::vector<std::size_t>{3, 4, 2}, rng);
  const Mlp<double>& inner = *model;
  Linear<double> head(2, 1, rng);
  const Parameter<double> weight = head.weight();
  Sequential<double> net(
      std::move(model), [](const Var<double>& h) { return 2.0 * h; }, std::move(head));
  std::vector<std::string> names;
  for (const auto& named : net.named_parameters()) names.push_back(named.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"0.0.weight", "0.0.bias", "0.1.weight", "0.1.bias", "2.weight", "2.bias"}));
  EXPECT_EQ(net.layer<Linear<double>>(2).weight().key(), weight.key());
  const Array<double> x = rng.normal<double>({5, 3});
  EXPECT_TRUE(close(net(x).value(), net.layer<Linear<double>>(2)(2.0 * inner(x)).value(), 0));
  net.append(Relu());
  EXPECT_EQ(net.size(), 4u);
  EXPECT_EQ(net.layer<Module<double>>(1).kind(), "function");
  EXPECT_EQ(net.layer<Module<double>>(3).kind(), "Relu");
  EXPECT_TRUE(has(message_of<Error>([&] { net.layer<Linear<double>>(0); }), {"[Sequential]", "layer 0", "Mlp"}));
  EXPECT_TRUE(has(message_of<Error>([&] { net.layer<Linear<double>>(4); }), {"[Sequential]", "4 layers", "number 4"}));
  net.eval();
  EXPECT_FALSE(inner.training());
  const Sequential<double> none;
  EXPECT_TRUE(close(none(Doubles{1, 2}).value(), {1, 2}));
}

TEST(TransformerEncoder, IsItsLayersInTurnUnderPyTorchsNames) {
  Random rng(1);
  const TransformerEncoder<double> encoder(2, 4, 2, rng, {.feedforward = 3, .dropout = 0, .bias = false});
  ASSERT_EQ(encoder.depth(), 2u);
  const Array<double> x = rng.normal({5, 3, 4});
  const AttentionMask<double> causal{.causal = true};
  EXPECT_TRUE(close(encoder(x, causal).value(), encoder.layer(1)(encoder.layer(0)(x, causal), causal).value(), 0));
  EXPECT_FALSE(close(encoder(x, causal).value(), encoder(x).value(), 1e-3));
  std::vector<std::string> names;
  for (const auto& named : encoder.named_parameters()) names.push_back(named.name);
  const std::vector<std::string> of_layer{"self_attn.in_proj_weight",
                                          "self_attn.out_proj.weight",
                                          "linear1.weight",
                                          "linear2.weight",
                                          "norm1.weight",
                                          "norm2.weight"};
  std::vector<std::string> expected;
  for (const char* layer : {"layers.0.", "layers.1."})
    for (const std::string& name : of_layer) expected.push_back(layer + name);
  EXPECT_EQ(names, expected);
  const auto weights = encoder.parameters();
  EXPECT_FALSE(close(weights[0].value(), weights[of_layer.size()].value(), 1e-3)) << "values of their own";
}

TEST(Layers, MoveUntilTheyAreAdded) {
  Random rng(1);
  std::vector<BatchNorm1d<double>> norms;
  std::vector<Gru<double>> grus;
  for (int k = 0; k < 3; ++k) norms.emplace_back(2), grus.emplace_back(2, 3, rng);
  EXPECT_EQ(grus[0].state().size(), 4u);
  EXPECT_EQ(grus[0](zeros<double>({2, 1, 2})).output.shape(), (Shape{2, 1, 3}));
  struct Holder : Module<double> {
    explicit Holder(Module<double>& part) { add("part", part); }
  };
  const Holder holder(norms[0]);
  EXPECT_THROW(BatchNorm1d<double>(std::move(norms[0])), Error);
  static_assert(!std::is_move_constructible_v<Sequential<double>> && !std::is_move_constructible_v<Residual<double>>);
}

// What a run needs to go on is in the file: statistics, and the generator that Dropout draws from.
TEST(Layers, TrainingResumesToTheSameBits) {
  const testing::ScratchFolder folder;
  struct Net : Module<float> {
    Sequential<float> layers;
    explicit Net(Random& rng)
        : layers(Linear<float>(4, 8, rng), BatchNorm1d<float>(8), Relu(), Dropout<float>(0.5, rng),
                 Linear<float>(8, 1, rng)) {
      add("layers", layers);
    }
  };
  const auto steps = [](const Net& net, Adam<float>& adam, Random& rng, int count) {
    for (int k = 0; k < count; ++k) {
      Tape<float> tape;
      adam.step(tape.gradient(mean(square(net.layers(rng.normal<float>({16, 4})))), net.parameters()));
    }
  };
  Random rng(1), other(2);
  const Net net(rng);
  Adam<float> adam(net.parameters());
  steps(net, adam, rng, 3);
  save_checkpoint(folder / "run", net, adam, {.model = "net", .random = rng.state(), .position = {}, .notes = {}});
  steps(net, adam, rng, 3);
  Net again(other);
  Adam<float> resumed(again.parameters());
  other = Random::from_state(load_checkpoint(folder / "run", "net", again, resumed).random);
  steps(again, resumed, other, 3);
  const auto expected = net.state(), got = again.state();
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (const auto* parameter = expected[k].parameter()) {
      EXPECT_EQ(got[k].parameter()->value(), parameter->value()) << expected[k].name;
    } else if (const auto* buffer = std::get_if<Buffer<float>>(&expected[k].kept)) {
      EXPECT_EQ(std::get<Buffer<float>>(got[k].kept).value(), buffer->value()) << expected[k].name;
    }
  }
}

}  // namespace
}  // namespace xtape::nn
