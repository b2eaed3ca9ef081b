// What would not be trained is told: parameters without a part in the target, and members that no module lists.

#include "tests/nn/modules_for_tests.hpp"
#include "tests/testing.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

// Members of every kind that were not added.
struct Forgetful : Module<double> {
  Linear<double> added, forgotten;
  Parameter<double> scale{Array<double>{2.0}};
  explicit Forgetful(Random& rng) : added(2, 3, rng), forgotten(3, 1, rng) { add("added", added); }
};

TEST(Module, WhatWasForgottenIsReportedAtTheFirstStep) {
  Random rng(1);
  const Forgetful model(rng), other(rng);
  const Linear<double> outside(3, 1, rng);
  const Doubles x = ones<double>({4, 2});
  const auto gradients = [&](const auto& loss, const std::vector<Parameter<double>>& parameters) {
    Tape<double> tape;
    return tape.gradient(sum(loss(model.added(x))), parameters);
  };
  const auto forgets_part = [&](const auto& h) { return model.forgotten(h); };
  const auto forgets_parameter = [&](const auto& h) { return h * model.scale; };
  for (const std::string& message :
       {message_of<TapeError>([&] { gradients(forgets_part, model.parameters()); }),
        message_of<TapeError>([&] { gradients(forgets_parameter, model.parameters()); })}) {
    EXPECT_TRUE(has(message, {"[gradient]", "none of them", "add("})) << message;
  }
  // Parameters of others, and own ones that were left out of the list on purpose, are not forgotten.
  EXPECT_EQ(gradients([&](const auto& h) { return outside(h); }, model.parameters()).size(), 2u);
  EXPECT_EQ(gradients([&](const auto& h) { return h * other.scale; }, model.parameters()).size(), 2u);
  EXPECT_EQ(gradients([&](const auto& h) { return outside(h); }, {model.parameters()[0]}).size(), 1u);
}

TEST(Module, OfPartsIsReportedToo) {
  Random rng(1);
  struct Outer : Module<double> {
    std::shared_ptr<Forgetful> inner;  // made before this
    explicit Outer(std::shared_ptr<Forgetful> part) : inner(std::move(part)) { add("inner", *inner); }
  };
  const Outer model(std::make_shared<Forgetful>(rng));
  Tape<double> tape;
  const Var<double> h = model.inner->added(ones<double>({4, 2})), loss = sum(model.inner->forgotten(h));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(loss, model.parameters()); }), {"none of them"}));
}

// Containers own what they are given: what is made between two of their layers is no member of theirs.
TEST(Module, ContainersThatAreFilledInTurnsForgetNothing) {
  Random rng(1);
  Sequential<double> generator, discriminator;
  generator.append(Linear<double>(2, 2, rng));
  discriminator.append(Linear<double>(2, 1, rng));
  const Mlp<double> other({2, 2}, rng);
  generator.append(Linear<double>(2, 2, rng));
  discriminator.append(std::make_unique<Mlp<double>>(std::vector<std::size_t>{1, 1}, rng));
  Tape<double> tape;
  const Var<double> loss = sum(discriminator(other(generator(ones<double>({4, 2})))));
  EXPECT_EQ(tape.gradient(loss, generator.parameters(), {.retain = true}).size(), 4u);
  EXPECT_EQ(tape.gradient(loss, discriminator.parameters()).size(), 4u);

  struct Model : Module<double> {  // whose members are still looked after
    Sequential<double> layers;
    Linear<double> forgotten;
    explicit Model(Random& r) : forgotten(2, 2, r) {
      layers.append(Linear<double>(2, 2, r));
      add("layers", layers);
    }
  };
  const Model model(rng);
  const Var<double> lost = sum(model.forgotten(model.layers(ones<double>({4, 2}))));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(lost, model.parameters()); }), {"none of them", "add("}));
}

// Models that two threads make at the same time do not lie between each other's parts.
TEST(Module, OfAnotherThreadIsNotForgotten) {
  Random rng(1);
  struct Slow : Module<double> {
    Linear<double> first;
    std::optional<Linear<double>> elsewhere;  // stands for what another thread makes in the meantime
    explicit Slow(Random& r) : first(2, 2, r) {
      std::thread([&] { elsewhere.emplace(2, 2, r); }).join();
      add("first", first);
    }
  };
  const Slow model(rng);
  Tape<double> tape;
  const Var<double> loss = sum((*model.elsewhere)(model.first(ones<double>({4, 2}))));
  EXPECT_EQ(tape.gradient(loss, model.parameters()).size(), 2u);
}

// A network that others are measured against is no part that is trained.
TEST(Module, WhatTheLossDoesNotDependOnIsNotForgotten) {
  Random rng(1);
  const Forgetful model(rng);
  Tape<double> tape;
  const Var<double> h = model.added(ones<double>({4, 2}));
  const Var<double> loss = sum(h) * stop_gradient(sum(model.forgotten(h)));
  EXPECT_EQ(tape.gradient(loss, model.parameters(), {.retain = true}).size(), 2u);
  const Var<double> other = sum(model.forgotten(h));
  std::vector<Parameter<double>> listed = model.parameters();
  for (const Parameter<double>& parameter : model.forgotten.parameters()) listed.push_back(parameter);
  EXPECT_EQ(tape.gradient(other, listed, {.retain = true}).size(), 4u);
  EXPECT_EQ(tape.gradient(other, model.parameters(), {.allow_unused = true}).size(), 2u);
}

TEST(Module, AValueFromBeforeTheTapeIsNotTrained) {
  Random rng(1);
  const Linear<double> layer(2, 1, rng);
  const Var<double> early = layer.weight().var();
  const Parameter<double>&w = layer.weight(), &b = layer.bias();
  Tape<double> tape;
  const Var<double> y = sum(early * b);
  EXPECT_TRUE(has(message_of<TapeError>([&] {
                    tape.gradient(y, std::vector<Parameter<double>>{b, w});
                  }),
                  {"nothing to do with parameter 1 of 2", "(1, 2)"}));
  EXPECT_THROW(tape.gradient(y, {b, w}), TapeError);
  EXPECT_THROW(tape.gradient(y, w), TapeError);
  EXPECT_THROW(tape.gradient(early * b, w, ones<double>({1, 2})), TapeError);
  EXPECT_TRUE(close(tape.gradient(y, b), {early.value()(0, 0) + early.value()(0, 1)}));
}

TEST(Module, ZeroGradientsAreNotTrainedOnInSilence) {
  Random rng(1);
  const Linear<double> layer(2, 1, rng), idle(2, 1, rng), head(1, 1, rng);
  const Doubles x = ones<double>({4, 2});
  const Var<double> early = layer(x), weight = layer.weight().var();
  Tape<double> tape;
  const auto message = [&](const Var<double>& target, const auto& parameters) {
    return message_of<TapeError>([&] { tape.gradient(target, parameters); });
  };
  EXPECT_TRUE(has(message(sum(early), layer.parameters()), {"target is a constant"}));
  const Var<double> late = sum(layer(x));
  for (const Var<double>& target :
       {sum(weight * tape.watch(1.0)), tape.watch(1.0) * 2.0, sum(idle(x)), sum(head(early)),
        sum(head(layer(x).value())), sum(head(stop_gradient(layer(x))))}) {
    EXPECT_TRUE(
        has(message(target, layer.parameters()), {"[gradient]", "nothing to do with parameter 0 of 2", "(1, 2)"}));
  }
  std::vector<Parameter<double>> all = layer.parameters();
  for (const Parameter<double>& parameter : head.parameters()) all.push_back(parameter);
  EXPECT_TRUE(has(message(sum(head(layer(x).value())), all), {"nothing to do with parameter 0 of 4"}));
  EXPECT_TRUE(has(message(late, std::vector<Parameter<double>>{}), {"empty list"}));
  const auto zero = tape.gradient(late, idle.parameters(), {.retain = true, .allow_unused = true});
  EXPECT_TRUE(close(zero[0], Shape{1, 2}, {0, 0}));
  EXPECT_TRUE(close(tape.gradient(late, layer.parameters())[1], {4}));  // the refusals freed nothing
}

TEST(Module, ADerivativeAtAnArrayRefusesParametersUnderATape) {
  Random rng(1);
  const Linear<double> net(1, 1, rng);
  const auto u = [&](const auto& x) { return sum(net(x)); };
  const Doubles at = ones<double>({3, 1});
  const double weight = net.weight().value()(0, 0);
  EXPECT_TRUE(close(grad(u)(at), Shape{3, 1}, {weight, weight, weight}));  // without a tape around it
  Tape<double> tape;
  EXPECT_TRUE(has(message_of<TapeError>([&] { grad(u)(at); }), {"[parameter]", "grad", "Var"}));
  EXPECT_THROW(jvp(u)(at, at), TapeError);
  const Var<double> residual = sum(square(grad(u)(Var<double>(at)) - 1.0));
  const auto gradients = tape.gradient(residual, net.parameters());
  EXPECT_TRUE(close(gradients[0], Shape{1, 1}, {6 * (weight - 1)}));
  EXPECT_TRUE(close(gradients[1], {0}));  // the slope does not depend on the bias
}

TEST(Parameter, UnusedOnesHaveZeroGradientsWhereThatIsAllowed) {
  Random rng(1);
  const Model model(rng);
  Tape<double> tape;
  const Var<double> y = sum(model.first.inner(Var<double>(Doubles{1, 2, 3})));
  const auto d = tape.gradient(y, model.parameters(), {.allow_unused = true});
  ASSERT_EQ(d.size(), 6u);
  EXPECT_TRUE(close(d[0], Shape{}, {0}));
  EXPECT_TRUE(close(d[2], {1, 1, 1, 1}));
  EXPECT_TRUE(close(d[4], zeros<double>({2, 4})));
  const auto none = tape.gradient(Var<double>(1.0), model.parameters(), {.allow_unused = true});
  EXPECT_TRUE(close(none[2], {0, 0, 0, 0}));
}

}  // namespace
}  // namespace xtape::nn
