// Modules: names, order and mistakes; parameters: shared, copied on write, one leaf a tape.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <memory>
#include <sstream>
#include <type_traits>

namespace xtape::nn {
namespace {

using Doubles = xt::xarray<double>;

struct Scale : Module<double> {
  Parameter<double> factor{Array<double>{1, 2}};
  Scale() { add("factor", factor); }
};

struct Block : Module<double> {
  Linear<double> inner;
  Parameter<double> own{Array<double>(3.0)};
  Block(std::size_t in, std::size_t out, Random& rng) : inner(in, out, rng) {
    add("inner", inner);
    add("own", own);
  }
};

struct Model : Module<double> {
  Block second, first;
  explicit Model(Random& rng, std::size_t width = 4) : second(width, 2, rng), first(3, width, rng) {
    add("first", first);
    add("second", second);
  }
};

// Adds whatever it is told to.
struct Free : Module<double> {
  using Module<double>::add;
};

static_assert(!std::is_copy_constructible_v<Linear<float>> && !std::is_copy_assignable_v<Linear<float>>);
static_assert(!std::is_move_constructible_v<Model> && !std::is_move_assignable_v<Linear<float>>);

TEST(Module, NamesItsParametersInOrder) {
  Random rng(1);
  const Model model(rng);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : model.named_parameters()) names.push_back(name);
  const std::vector<std::string> expected{"first.own",  "first.inner.weight",  "first.inner.bias",
                                          "second.own", "second.inner.weight", "second.inner.bias"};
  EXPECT_EQ(names, expected);
  const auto parameters = model.parameters();
  ASSERT_EQ(parameters.size(), 6u);
  EXPECT_EQ(parameters[1].shape(), (Shape{4, 3}));
  EXPECT_EQ(model.parameter_count(), 1u + 12 + 4 + 1 + 8 + 2);
}

TEST(Parameter, PrintsItsValue) {
  std::ostringstream out;
  out << Parameter<float>(Array<float>{1, -0.5f});
  EXPECT_EQ(out.str(), "[ 1.  -0.5]");
}

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

TEST(Parameter, IsAnOperand) {
  const Parameter<double> mu(std::vector<double>{1, 2, 3});
  const Doubles x{4, 5, 6};
  Tape<double> tape;
  const std::vector<std::pair<Var<double>, std::vector<double>>> cases{
      {x - mu, {3, 3, 3}},
      {mu * 2, {2, 4, 6}},
      {mu + mu, {2, 4, 6}},
      {-mu, {-1, -2, -3}},
      {Var<double>(x) / mu, {4, 2.5, 2}},
      {square(mu), {1, 4, 9}},
      {slice(mu, {{1, {}}}), {2, 3}},
      {take(mu, 0), {1}},
      {sum(mu), {6}},
      {mean(mu, 0), {2}},
      {transpose(reshape(mu, {3, 1})), {1, 2, 3}},
      {maximum(mu, 2), {2, 2, 3}},
      {where(mu > 1, mu, 0), {0, 2, 3}},
      {concatenate({mu, mu}), {1, 2, 3, 1, 2, 3}},
      {matmul(mu, x), {32}},
      {map([](auto a, auto b) { return a * b; }, mu, x), {4, 10, 18}},
      {logsumexp(mu * 0.0), {std::log(3.0)}}};
  for (const auto& [got, elements] : cases) {
    ASSERT_EQ(got.size(), elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) EXPECT_NEAR(got.value().data()[i], elements[i], 1e-12);
    EXPECT_NE(got.node(), kConstant);
  }
  EXPECT_TRUE(close(tape.gradient(sum(square(x - mu)), mu), {-6, -6, -6}));
  EXPECT_TRUE(close(grad([](const auto& v) { return sum(v * v); })(mu).value(), {2, 4, 6}));
}

TEST(Linear, FillsAVector) {
  Random rng(1);
  struct Tower : Module<double> {
    std::vector<Linear<double>> layers;
    explicit Tower(Random& random) {
      for (int l = 0; l < 5; ++l) layers.emplace_back(2, 2, random);
      for (std::size_t l = 0; l < 5; ++l) add(std::to_string(l), layers[l]);
    }
  };
  Tower tower(rng);
  EXPECT_EQ(tower.parameters().size(), 10u);
  EXPECT_EQ(tower.named_parameters()[9].name, "4.bias");
  Tape<double> tape;
  Var<double> h(ones<double>({1, 2}));
  for (const Linear<double>& layer : tower.layers) h = layer(h);
  EXPECT_EQ(tape.gradient(sum(h), tower.parameters()).size(), 10u);
  EXPECT_TRUE(
      has(message_of<Error>([&] { Linear<double>(std::move(tower.layers[0])); }), {"[Module]", "cannot be moved"}));
  EXPECT_EQ(tower.parameters().size(), 10u);
}

TEST(Module, RefusesBadNames) {
  Free module;
  Scale part;
  module.add("part", part);
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("part", part); }), {"[Module]", "\"part\"", "twice"}));
  EXPECT_THROW(module.add("part", part.factor), Error);
  EXPECT_THROW(module.add("", part), Error);
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("a.b", part); }), {"\"a.b\"", "dot"}));
  EXPECT_TRUE(has(message_of<Error>([&] { module.add("self", module); }), {"part of itself", "\"self\""}));
  EXPECT_EQ(module.named_parameters().size(), 1u);
}

TEST(Module, ListsTiedWeightsOnce) {
  Free module;
  Scale part;
  module.add("encoder", part);
  module.add("decoder", part);
  module.add("extra", part.factor);
  const auto named = module.named_parameters();
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named[0].name, "extra");  // own parameters come first
  EXPECT_EQ(module.parameter_count(), 2u);
  Adam<double> optimizer(module.parameters(), {.learning_rate = 0.5});
  optimizer.step({Array<double>{1, -1}});
  EXPECT_TRUE(close(part.factor.value(), {0.5, 2.5}, 1e-6));  // one step, not three
}

// In two places of one model, its own parameter among them: one leaf on a tape, one step of the optimizer.
TEST(Module, TrainsTiedWeightsByTheSumOfTheirUses) {
  Free model, left, right;
  Scale part;
  model.add("left", left);
  model.add("right", right);
  left.add("scale", part);
  right.add("scale", part);
  right.add("factor", part.factor);
  ASSERT_EQ(model.parameters().size(), 1u);
  Tape<double> tape;
  const Parameter<double> handle = std::move(part.factor);  // what moves is a copy of the handle
  const Var<double> y = sum(part.factor.var() * 3.0) + sum(square(handle.var()));
  const auto gradients = tape.gradient(y, model.parameters());
  EXPECT_TRUE(close(gradients[0], {5, 7}));
  Adam<double>(model.parameters(), {.learning_rate = 0.5}).step(gradients);
  EXPECT_TRUE(close(handle.value(), {0.5, 1.5}, 1e-6));
}

// They would contain each other, and listing their parameters would never end.
TEST(Module, RefusesAPartThatContainsIt) {
  Free a, b, c;
  Scale scale;
  a.add("b", b);
  b.add("scale", scale);
  EXPECT_TRUE(has(message_of<Error>([&] { b.add("back", a); }),
                  {"[Module]", "\"back\"", "one that it contains", "its part \"b\""}));
  b.add("c", c);
  EXPECT_TRUE(has(message_of<Error>([&] { c.add("back", a); }), {"\"back\"", "its part \"b.c\""}));
  c.add("scale", scale);  // the same part in two places is no circle
  a.add("c", c);
  const auto named = a.named_parameters();
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named[0].name, "b.scale.factor");
  EXPECT_EQ(c.parameters().size(), 1u);
}

TEST(Module, CopiesParameters) {
  Random rng(1);
  const Model from(rng);
  Model to(rng), other(rng, 5);
  copy_parameters(from, to);
  const auto given = from.parameters(), taken = to.parameters();
  for (std::size_t k = 0; k < given.size(); ++k) EXPECT_TRUE(close(taken[k].value(), given[k].value(), 0));
  taken[1].mutable_data()[0] = 42;
  EXPECT_NE(given[1].value().data()[0], 42);

  const Array<double> before = other.parameters()[0].value();
  EXPECT_TRUE(has(message_of<ShapeError>([&] { copy_parameters(from, other); }),
                  {"[copy_parameters]", "first.inner.weight", "(4, 3)", "(5, 3)"}));
  EXPECT_TRUE(close(other.parameters()[0].value(), before, 0));  // all or nothing
  Scale small;
  EXPECT_TRUE(has(message_of<ShapeError>([&] { copy_parameters<double>(from, small); }), {"6 parameters", "1"}));
}

/// Has a name of Model's, `first`, and one of its own.
struct OtherHead : Module<double> {
  Block first;
  Scale head;
  explicit OtherHead(Random& rng, std::size_t width = 4) : first(3, width, rng) {
    add("first", first);
    add("head", head);
  }
};

TEST(Module, CopiesTheParametersThatTwoModelsShare) {
  Random rng(1);
  const Model from(rng);
  OtherHead to(rng);
  EXPECT_EQ(copy_shared_parameters<double>(from, to), std::vector<std::string>{"head.factor"});
  EXPECT_TRUE(close(to.first.inner.weight().value(), from.first.inner.weight().value(), 0));
  EXPECT_TRUE(close(to.first.inner.bias().value(), from.first.inner.bias().value(), 0));
  EXPECT_TRUE(close(to.head.factor.value(), {1, 2}, 0));
  to.first.inner.weight().mutable_data()[0] = 42;
  EXPECT_NE(from.first.inner.weight().value().data()[0], 42) << "a copy, not a handle";
  Model same(rng);
  EXPECT_TRUE(copy_shared_parameters(from, same).empty());
  EXPECT_TRUE(close(same.second.inner.weight().value(), from.second.inner.weight().value(), 0));
}

TEST(Module, SharedParametersAreCopiedAllOrNothing) {
  Random rng(1);
  Model from(rng, 5);
  from.first.own.set(Array<double>(7.0));  // fits, and comes before what does not
  OtherHead to(rng);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { copy_shared_parameters<double>(from, to); }),
                  {"[copy_shared_parameters]", "first.inner.weight", "(5, 3)", "(4, 3)"}));
  EXPECT_EQ(to.first.own.value()(), 3);
  const Scale stranger;
  EXPECT_TRUE(has(message_of<ShapeError>([&] { copy_shared_parameters<double>(stranger, to); }),
                  {"[copy_shared_parameters]", "one name expected, got none"}));
}

TEST(Parameter, SetWantsTheSameShape) {
  const Parameter<double> p(Array<double>{1, 2});
  p.set(Array<double>{3, 4});
  EXPECT_TRUE(close(p.value(), {3, 4}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { p.set(Array<double>{1, 2, 3}); }), {"[Parameter]", "(2,)", "(3,)"}));
}

TEST(Parameter, IsStillGoodWhenMovedFrom) {
  Parameter<double> p(Array<double>{1, 2}), q(Array<double>(3.0));
  Parameter<double> moved = std::move(p);
  EXPECT_EQ(p.size(), 2u);
  EXPECT_EQ(p.key(), moved.key());
  moved.set(Array<double>{5, 6});
  EXPECT_TRUE(close(p.value(), {5, 6}));
  p = std::move(q);
  EXPECT_EQ(q.key(), p.key());
  EXPECT_EQ(q.value()(), 3);
}

TEST(Parameter, RefusesAnArrayThatWasMovedFrom) {
  Array<double> array{1, 2};
  const Parameter<double> p(std::move(array));
  const auto refused = [](const auto& f) { return has(message_of<TapeError>(f), {"moved from"}); };
  EXPECT_TRUE(refused([&] { Parameter<double> other(array); }));
  EXPECT_TRUE(refused([&] { p.set(array); }));
  EXPECT_TRUE(close(p.value(), {1, 2}));
  EXPECT_EQ(Parameter<double>().value()(), 0);
}

TEST(Parameter, IsChangedInPlaceIfNobodySeesIt) {
  const Parameter<double> p(Array<double>{1, 2}), same = p;
  const double* where = p.value().data();
  {
    Tape<double> tape;
    const Array<double> d = tape.gradient(sum(p.var() * p.var()), std::vector{p})[0];
    EXPECT_TRUE(close(d, {2, 4}));
    EXPECT_EQ(p.mutable_data(), where);  // the sweep let go of the value, though the tape lives
  }
  p.mutable_data()[0] = 10;
  EXPECT_EQ(same.value()(0), 10);
}

TEST(Parameter, IsCopiedWhileAVarSeesIt) {
  const Parameter<double> p(Array<double>{1, 2}), q(Array<double>{1, 2});
  const Var<double> old = p.var(), old_q = q;
  Adam<double> optimizer({p, q}, {.learning_rate = 0.5});
  optimizer.step({Array<double>{1, 1}, Array<double>{1, 1}});
  q.set(Array<double>{7, 7});
  EXPECT_TRUE(close(old.value(), {1, 2}));
  EXPECT_TRUE(close(old_q.value(), {1, 2}));
  EXPECT_TRUE(close(p.value(), {0.5, 1.5}, 1e-6));
  const double* where = p.value().data();
  optimizer.step({Array<double>{1, 1}, Array<double>{1, 1}});
  EXPECT_EQ(p.value().data(), where);  // in place from now on
}

// A tape that has not been swept still needs the old value.
TEST(Parameter, IsCopiedWhileATapeNeedsIt) {
  const Parameter<double> p(Array<double>{1, 2});
  Tape<double> tape;
  const Var<double> y = sum(p.var() * p.var());
  Adam<double>({p}, {.learning_rate = 1}).step({Array<double>{1, 1}});
  EXPECT_TRUE(close(tape.gradient(y, std::vector{p})[0], {2, 4}));
}

TEST(Parameter, HasOneLeafATape) {
  Random rng(1);
  const Linear<double> layer(2, 2, rng);
  Tape<double> tape;
  const Var<double> x(Doubles{1, 2});
  const Var<double> y = sum(layer(layer(x)));  // used twice: contributions add up
  EXPECT_EQ(layer.weight().var().node(), layer.weight().var().node());
  const auto d = tape.gradient(y, layer.parameters());
  const auto f = [&](const auto& w, const auto& b) { return sum(linear(linear(x, w, b), w, b)); };
  const auto [dw, db] = grad(f)(layer.weight().value(), layer.bias().value());
  EXPECT_TRUE(close(d[0], dw));
  EXPECT_TRUE(close(d[1], db));
}

TEST(Parameter, ChangedBetweenTwoUsesSumsBoth) {
  const Parameter<double> p(Array<double>(3.0));
  Tape<double> tape;
  const Var<double> before = p.var();
  p.set(Array<double>(5.0));
  const Var<double> product = before * p.var();
  EXPECT_EQ(product.item(), 15);
  EXPECT_EQ(tape.gradient(product, std::vector{p})[0](), 8);
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

// A module that comes to lie where another one was does not inherit its leaf.
TEST(Parameter, IsKnownByMoreThanItsAddress) {
  Tape<double> tape;
  Var<double> total(0.0);
  for (int i = 0; i < 20; ++i) {
    const auto part = std::make_unique<Scale>();
    total = total + sum(part->factor.var() * double(i));
  }
  const Scale last;
  total = total + sum(last.factor.var() * 100.0);
  EXPECT_TRUE(close(tape.gradient(total, last.parameters())[0], {100, 100}));
}

TEST(Parameter, OutsideOfATapeIsAConstant) {
  const Parameter<double> p(Array<double>{1, 2});
  EXPECT_EQ(p.var().node(), kConstant);
  Tape<double> outer;
  const Var<double> a = p.var();
  {
    Tape<double> inner;  // each tape has a leaf of its own
    EXPECT_TRUE(close(inner.gradient(sum(p.var() * a), std::vector{p})[0], {1, 2}));
  }
  EXPECT_TRUE(close(outer.gradient(sum(a * p.var()), std::vector{p})[0], {2, 4}));
}

}  // namespace
}  // namespace xtape::nn
