// Modules: names, order, tied weights, copies and mistakes.

#include "tests/nn/modules_for_tests.hpp"
#include "tests/testing.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace xtape::nn {
namespace {

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

// Comparing each name and key with each takes a minute for these.
TEST(Module, TakesManyParameters) {
  struct Many : Module<float> {
    std::vector<Parameter<float>> all;
    explicit Many(std::size_t count) : all(count) {
      for (std::size_t k = 0; k < count; ++k) {
        all[k] = Parameter<float>();
        add("p" + std::to_string(k), all[k]);
      }
    }
    void add_again() { add("again", all[7]); }
    void add_name_again() { add("p7", Parameter<float>()); }
  };
  Many many(100'000);
  EXPECT_EQ(many.parameters().size(), 100'000u);
  EXPECT_TRUE(has(message_of<Error>([&] { many.add_again(); }), {"\"again\" was added before, as \"p7\""}));
  EXPECT_TRUE(has(message_of<Error>([&] { many.add_name_again(); }), {"\"p7\" is added twice"}));
}

}  // namespace
}  // namespace xtape::nn
