// All optimizers: against PyTorch over 100 steps, their groups, rates and states, and what they refuse.

#include "files_for_tests.hpp"
#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace xtape::nn {
namespace {

template <class T>
using List = std::vector<Parameter<T>>;
template <class T>
struct Variant {
  std::string name;  // in tests/golden/make_optimizers.py
  std::function<std::unique_ptr<Optimizer<T>>(List<T>)> make;
};
template <class O, class T, class Options>
Variant<T> variant(const char* name, const Options& options) {
  return {name, [options](List<T> parameters) { return std::make_unique<O>(std::move(parameters), options); }};
}

template <class T>
std::vector<Variant<T>> variants() {
  const auto sgd = variant<Sgd<T>, T, SgdOptions>;
  const auto adam = variant<Adam<T>, T, AdamOptions>;
  const auto adamw = variant<AdamW<T>, T, AdamWOptions>;
  const auto rmsprop = variant<RmsProp<T>, T, RmsPropOptions>;
  const auto adagrad = variant<Adagrad<T>, T, AdagradOptions>;
  const auto lion = variant<Lion<T>, T, LionOptions>;
  return {
      sgd("sgd", {}),
      sgd("sgd_momentum", {.learning_rate = 1e-2, .momentum = 0.9}),
      sgd("sgd_dampening", {.learning_rate = 1e-2, .momentum = 0.8, .dampening = 0.3}),
      sgd("sgd_nesterov", {.learning_rate = 1e-2, .momentum = 0.9, .nesterov = true}),
      sgd("sgd_decay", {.learning_rate = 1e-2, .weight_decay = 0.2}),
      sgd("sgd_all", {.learning_rate = 2e-2, .momentum = 0.7, .weight_decay = 0.1, .nesterov = true}),
      adam("adam", {}),
      adam("adam_betas", {.learning_rate = 5e-2, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-4}),
      adam("adam_decay", {.learning_rate = 2e-2, .weight_decay = 0.3}),
      adam("adam_amsgrad", {.learning_rate = 5e-2, .beta2 = 0.8, .amsgrad = true}),
      adam("adam_all", {.learning_rate = 5e-2, .beta2 = 0.8, .weight_decay = 0.1, .amsgrad = true}),
      adamw("adamw", {}),
      adamw("adamw_decay", {.learning_rate = 2e-2, .weight_decay = 0.5}),
      adamw("adamw_amsgrad", {.learning_rate = 5e-2, .beta2 = 0.8, .weight_decay = 0.2, .amsgrad = true}),
      rmsprop("rmsprop", {}),
      rmsprop("rmsprop_momentum", {.learning_rate = 2e-3, .smoothing = 0.9, .momentum = 0.8}),
      rmsprop("rmsprop_centered", {.learning_rate = 5e-3, .smoothing = 0.9, .epsilon = 1e-3, .centered = true}),
      rmsprop("rmsprop_all",
              {.learning_rate = 1e-3, .epsilon = 1e-3, .weight_decay = 0.1, .momentum = 0.8, .centered = true}),
      adagrad("adagrad", {}),
      adagrad("adagrad_all",
              {.learning_rate = 0.2, .rate_decay = 0.05, .weight_decay = 0.1, .initial_sum = 0.5, .epsilon = 1e-6}),
      lion("lion", {}),
      lion("lion_decay", {.learning_rate = 7e-3, .beta1 = 0.85, .beta2 = 0.95, .weight_decay = 0.3}),
  };
}

// The problem of the golden data: p, one element of which has no gradient, and q.
template <class T>
struct Problem {
  Parameter<T> p{row(19, 1, 0)}, q{row(17, -1, 0.5)};
  Array<T> mask = ones<T>({19});

  Problem() { mask(9) = 0; }
  static Array<T> row(std::size_t size, double sign, double shift) {
    Array<T> result = empty<T>({size});
    for (std::size_t i = 0; i < size; ++i) result(i) = T(shift + sign * (-2 + double(i) * 4 / 18));
    return result;
  }
  List<T> parameters() const { return {p, q}; }
  std::vector<Array<T>> gradients() const {
    Tape<T> tape;
    const Var<T> masked = p.var() * mask;
    const Var<T> off = q.var() - sin(slice(masked, {Range(0, 17)}));
    return tape.gradient(sum(softplus(T(3) * masked)) + sum(square(off)) / T(2), parameters());
  }
};

template <class T>
class Optimizers : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Optimizers, Precisions);

TYPED_TEST(Optimizers, StepAsPyTorchsDo) {
  using T = TypeParam;
  const Golden golden("optimizers");
  const double tolerance = sizeof(T) == 8 ? 1e-12 : 2e-4;
  for (const Variant<T>& v : variants<T>()) {
    const Problem<T> problem;
    const auto optimizer = v.make(problem.parameters());
    for (int step = 1; step <= 100; ++step) {
      optimizer->step(problem.gradients());
      if (step != 1 && step != 10 && step != 100) continue;
      EXPECT_TRUE(close(problem.p.value(), golden[v.name + "_p" + std::to_string(step)], tolerance)) << v.name << step;
      EXPECT_TRUE(close(problem.q.value(), golden[v.name + "_q" + std::to_string(step)], tolerance)) << v.name << step;
    }
    EXPECT_EQ(optimizer->state().step, 100u);
  }
}

TYPED_TEST(Optimizers, GroupsHaveOptionsAndRatesOfTheirOwn) {
  using T = TypeParam;
  const Golden golden("optimizers");
  const Problem<T> problem;
  Adam<T> optimizer({problem.p}, {.learning_rate = 1e-2, .beta2 = 0.8, .amsgrad = true});
  optimizer.add_group({problem.q}, {.learning_rate = 3e-2, .beta2 = 0.8, .weight_decay = 0.2});
  EXPECT_EQ(optimizer.groups(), 2u);
  EXPECT_EQ(optimizer.group_of(1), 1u);
  EXPECT_EQ(optimizer.options(1).weight_decay, 0.2);
  EXPECT_TRUE(optimizer.state().learning_rates.empty());
  for (int step = 1; step <= 100; ++step) {
    if (step == 31) optimizer.set_learning_rate(0.1, 1);
    if (step == 61) optimizer.set_learning_rate(5e-3);
    EXPECT_EQ(optimizer.learning_rate(0), step < 61 ? 1e-2 : 5e-3);
    optimizer.step(problem.gradients());
  }
  EXPECT_EQ(optimizer.learning_rate(1), 5e-3);
  EXPECT_EQ(optimizer.options(1).learning_rate, 3e-2);  // as given
  const double tolerance = sizeof(T) == 8 ? 1e-12 : 2e-4;
  EXPECT_TRUE(close(problem.p.value(), golden["groups_p100"], tolerance));
  EXPECT_TRUE(close(problem.q.value(), golden["groups_q100"], tolerance));
}

// To the last bit, with a rate that was set before.
TYPED_TEST(Optimizers, GoOnFromASavedState) {
  using T = TypeParam;
  for (const Variant<T>& v : variants<T>()) {
    const Problem<T> straight, split;
    const auto whole = v.make(straight.parameters()), first = v.make(split.parameters()),
               second = v.make(split.parameters());
    for (int step = 0; step < 8; ++step) {
      if (step == 2) whole->set_learning_rate(3e-3), first->set_learning_rate(3e-3);
      whole->step(straight.gradients());
      if (step == 5) second->set_state(first->state());
      (step < 5 ? first : second)->step(split.gradients());
    }
    EXPECT_TRUE(close(split.p.value(), straight.p.value(), 0)) << v.name;
    EXPECT_TRUE(close(split.q.value(), straight.q.value(), 0)) << v.name;
  }
}

// Rows long enough for several threads, and lengths that end in every part of a register.
TYPED_TEST(Optimizers, TreatAllElementsAlike) {
  using T = TypeParam;
  for (const Variant<T>& v : variants<T>()) {
    for (const std::size_t size : {1, 7, 16, 17, 100'003}) {
      const Parameter<T> p(ones<T>({size}));
      const auto optimizer = v.make({p});
      for (int step = 0; step < 3; ++step) optimizer->step({full<T>({size}, T(0.5 + step))});
      for (std::size_t i = 1; i < size; ++i) ASSERT_EQ(p.value()(i), p.value()(0)) << v.name << " " << size;
    }
  }
}

template <class T>
struct Two : Module<T> {
  Random rng{1};
  Linear<T> a{3, 2, rng}, b{2, 1, rng};
  Two() {
    this->add("a", a);
    this->add("b", b);
  }
};

template <class T>
std::vector<Array<T>> ones_for(const Optimizer<T>& optimizer) {
  std::vector<Array<T>> result;
  for (const auto& p : optimizer.parameters()) result.push_back(ones<T>(p.shape()));
  return result;
}

// Of some parameters, in an order of their own; the rates in all their digits.
TYPED_TEST(Optimizers, AreSavedWithCheckpoints) {
  using T = TypeParam;
  const testing::ScratchFolder folder;
  for (const Variant<T>& v : variants<T>()) {
    Two<T> model, other;
    const auto saved = v.make({model.b.bias(), model.a.weight()}), loaded = v.make({other.b.bias(), other.a.weight()});
    saved->set_learning_rate(1.0 / 3);
    for (int step = 0; step < 3; ++step) saved->step(ones_for(*saved));
    save_checkpoint(folder / "file", model, *saved, {.model = "two", .random = {}, .position = {}, .notes = {}});
    load_checkpoint(folder / "file", "two", other, *loaded);
    EXPECT_EQ(loaded->state().step, 3u) << v.name;
    EXPECT_EQ(loaded->learning_rate(), 1.0 / 3) << v.name;
    EXPECT_EQ(loaded->state().slots, saved->state().slots) << v.name;
    EXPECT_TRUE(close(other.a.weight().value(), model.a.weight().value(), 0)) << v.name;
    EXPECT_TRUE(close(other.b.weight().value(), model.b.weight().value(), 0)) << v.name;
  }
}

// A class of the user's.
struct Momentum : Optimizer<double> {
  Momentum(std::vector<Parameter<double>> parameters, double rate) : Optimizer("Momentum") {
    add_parameters(std::move(parameters), rate, {{"velocity"}});
  }
  void update(const std::vector<Array<double>>& gradients) override {
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      Array<double>& v = slot("velocity")[k];
      v = 0.9 * v + gradients[k];
      parameters()[k].set(parameters()[k].value() - learning_rate(group_of(k)) * v);
    }
  }
};

TEST(Optimizer, OfOnesOwn) {
  const testing::ScratchFolder folder;
  Two<double> model, other;
  Momentum own(model.parameters(), 0.5), loaded(other.parameters(), 0.5);
  Sgd<double> same(other.parameters(), {.learning_rate = 0.5, .momentum = 0.9});
  for (int step = 0; step < 3; ++step) own.step(ones_for(own)), same.step(ones_for(same));
  EXPECT_TRUE(close(model.a.weight().value(), other.a.weight().value(), 1e-14));
  const TrainingState state{.model = "two", .random = {}, .position = {}, .notes = {}};
  save_checkpoint(folder / "file", model, own, state);
  load_checkpoint(folder / "file", "two", other, loaded);
  EXPECT_EQ(loaded.state().slots, own.state().slots);
  EXPECT_NE(read_safetensors(folder / "file").find("momentum.velocity.a.weight"), nullptr);

  EXPECT_SAYS(testing::data_error_of([&] { load_checkpoint(folder / "file", "two", other, same); }),
              "expected the state of the optimizer \"sgd\", got that of \"momentum\"");
  EXPECT_THROW(own.step({}), ShapeError);
  EXPECT_EQ(own.state().step, 3u);
}

TEST(Optimizer, RefusesFilesThatDoNotFit) {
  const testing::ScratchFolder folder;
  Two<float> model;
  Sgd<float> plain(model.parameters()), momentum(model.parameters(), {.momentum = 0.9});
  Adagrad<float> adagrad(model.parameters());
  const auto resume = [&](Optimizer<float>& o) {
    return testing::data_error_of([&] { load_checkpoint(folder / "file", "two", model, o); });
  };
  const TrainingState state{.model = "two", .random = {}, .position = {}, .notes = {}};
  save_checkpoint(folder / "file", model, plain, state);
  EXPECT_SAYS(resume(momentum), "missing \"sgd.momentum.a.weight\"");
  save_checkpoint(folder / "file", model, momentum, state);
  EXPECT_SAYS(resume(plain), "unexpected \"sgd.momentum.a.weight\"");
  OptimizerState<float> negative = adagrad.state();
  negative.slots.at("sum")[0].data()[0] = -1;
  adagrad.set_state(negative);
  save_checkpoint(folder / "file", model, adagrad, state);
  EXPECT_SAYS(resume(adagrad), "tensor \"adagrad.sum.a.weight\": expected means of squares");

  plain.set_learning_rate(0.25);
  save_checkpoint(folder / "file", model, plain, state);
  const TensorFile whole = read_safetensors(folder / "file");
  EXPECT_EQ(whole.metadata().at("xtape.sgd.learning_rate.0"), "0.25");
  for (const char* wrong : {"", "-1", "nan", "inf", "0.1 ", "one"}) {
    Metadata changed = whole.metadata();
    changed["xtape.sgd.learning_rate.0"] = wrong;
    write_safetensors(folder / "file", whole.tensors(), changed);
    EXPECT_SAYS(resume(plain), "\"xtape.sgd.learning_rate.0\": expected a number from 0 on");
  }
  Metadata more = whole.metadata();
  more["xtape.sgd.learning_rate.1"] = "1";
  write_safetensors(folder / "file", whole.tensors(), more);
  EXPECT_SAYS(resume(plain), "expected 1 learning rates, got more");
}

TEST(Optimizer, RefusesBadInput) {
  const Parameter<double> p(zeros<double>({2})), q(zeros<double>({2}));
  for (const Variant<double>& v : variants<double>()) {
    EXPECT_TRUE(has(message_of<Error>([&] { v.make({}); }), {"at least one parameter expected"})) << v.name;
    EXPECT_TRUE(has(message_of<Error>([&] { v.make({p, q, p}); }), {"numbers 0 and 2"})) << v.name;
    const auto optimizer = v.make({p});
    EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer->step({}); }), {"1 gradients expected, got 0"})) << v.name;
    for (const double rate : {-1e-3, std::nan(""), std::numeric_limits<double>::infinity()}) {
      EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_learning_rate(rate); }), {"learning_rate >= 0 expected"}));
    }
    EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_learning_rate(1, 1); }), {"a group below 1", "got 1"}));
    EXPECT_THROW(optimizer->learning_rate(1), Error);
    OptimizerState<double> state = optimizer->state();
    state.slots["other"] = {};
    EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_state(state); }), {"without \"other\""})) << v.name;
    state = optimizer->state();
    state.learning_rates = {1, 2};
    EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_state(state); }), {"1 learning rates expected"})) << v.name;
    state = optimizer->state();
    state.step = ~std::uint64_t{0};
    EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_state(state); }), {"2^53 steps"})) << v.name;
    for (const OptimizerSlot& slot : optimizer->slots()) {
      state = optimizer->state();
      state.slots.at(slot.name)[0] = zeros<double>({3});
      EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer->set_state(state); }), {slot.name, "got (3,)"})) << v.name;
      state.slots.erase(slot.name);
      EXPECT_TRUE(has(message_of<Error>([&] { optimizer->set_state(state); }), {"with \"" + slot.name})) << v.name;
    }
  }
}

TEST(Optimizer, RefusesOptionsOutOfRange) {
  const std::vector<Parameter<float>> p{Parameter<float>(zeros<float>({2}))};
  const auto message = [](const auto& make) { return message_of<Error>(make); };
  EXPECT_TRUE(has(message([&] { Sgd<float>(p, {.learning_rate = -1}); }), {"[Sgd] learning_rate >= 0", "got -1"}));
  EXPECT_TRUE(has(message([&] { Sgd<float>(p, {.momentum = -1}); }), {"[Sgd]", "momentum >= 0"}));
  EXPECT_TRUE(has(message([&] { Sgd<float>(p, {.nesterov = true}); }), {"[Sgd]", "with nesterov a momentum"}));
  EXPECT_TRUE(has(message([&] { AdamW<float>(p, {.weight_decay = -1}); }), {"[AdamW]", "weight_decay >= 0"}));
  EXPECT_TRUE(has(message([&] { RmsProp<float>(p, {.smoothing = 1}); }), {"[RmsProp]", "smoothing in [0, 1)"}));
  EXPECT_TRUE(has(message([&] { Adagrad<float>(p, {.initial_sum = -1}); }), {"[Adagrad]", "initial_sum"}));
  EXPECT_TRUE(has(message([&] { Lion<float>(p, {.beta1 = 1}); }), {"[Lion]", "beta1 and beta2", "got 0.0001, 1"}));
  EXPECT_TRUE(has(message([&] { Sgd<float>(p, {.learning_rate = std::nan("")}); }), {"[Sgd]"}));
}

TEST(Optimizer, TakesGroupsBeforeTheFirstStepOnly) {
  const Parameter<double> p(zeros<double>({2})), q(zeros<double>({2}));
  Adam<double> optimizer({p});
  EXPECT_TRUE(has(message_of<Error>([&] { optimizer.add_group({p}); }), {"numbers 0 and 1 are the same"}));
  EXPECT_TRUE(has(message_of<Error>([&] { optimizer.add_group({}); }), {"empty list"}));
  EXPECT_TRUE(has(message_of<Error>([&] { optimizer.add_group({q}, {.beta1 = 2}); }), {"beta1"}));
  EXPECT_EQ(optimizer.groups(), 1u);
  optimizer.step({ones<double>({2})});
  EXPECT_TRUE(has(message_of<Error>([&] { optimizer.add_group({q}); }), {"before the first step"}));
}

// Though gradients of 0 come for it, its momentum would move it on.
TEST(Optimizer, LeavesFrozenParametersAsTheyAre) {
  for (const Variant<double>& v : variants<double>()) {
    SCOPED_TRACE(v.name);
    const Parameter<double> p(ones<double>({70})), q(ones<double>({3}));
    const auto optimizer = v.make({p, q});
    const std::vector<Array<double>> gradients{ones<double>({70}), ones<double>({3})};
    for (int step = 0; step < 3; ++step) optimizer->step(gradients);
    const Array<double> p_before = p.value(), q_before = q.value();
    const OptimizerState<double> state = optimizer->state();
    p.set_frozen(true);
    optimizer->step(gradients);
    EXPECT_EQ(p.value(), p_before);
    EXPECT_NE(q.value(), q_before);
    for (const auto& [name, arrays] : state.slots) EXPECT_EQ(optimizer->state().slots.at(name)[0], arrays[0]) << name;
    p.set_frozen(false);
    optimizer->step(gradients);
    EXPECT_NE(p.value(), p_before);
  }
}

TEST(Optimizer, DampensNothingWithoutMomentum) {
  const Parameter<double> alone(ones<double>({2})), p(ones<double>({2})), q(ones<double>({2}));
  const SgdOptions plain{.learning_rate = 1, .dampening = 0.5};
  Sgd<double> one({alone}, plain), two({p}, plain);
  two.add_group({q}, {.momentum = 0.9});
  for (int step = 0; step < 3; ++step) {
    one.step({ones<double>({2})});
    two.step({ones<double>({2}), ones<double>({2})});
  }
  EXPECT_EQ(p.value(), alone.value());
}

TEST(Optimizer, RefusesInfiniteOptions) {
  const double infinite = std::numeric_limits<double>::infinity();
  const List<float> p{Parameter<float>(zeros<float>({2}))};
  EXPECT_THROW(Sgd<float>(p, {.momentum = infinite}), Error);
  EXPECT_THROW(Sgd<float>(p, {.dampening = -infinite}), Error);
  EXPECT_THROW(Sgd<float>(p, {.weight_decay = infinite}), Error);
  EXPECT_THROW(Adam<float>(p, {.weight_decay = infinite}), Error);
  EXPECT_THROW(AdamW<float>(p, {.epsilon = infinite}), Error);
  EXPECT_THROW(RmsProp<float>(p, {.momentum = infinite}), Error);
  EXPECT_THROW(Adagrad<float>(p, {.initial_sum = infinite}), Error);
  EXPECT_THROW(Lion<float>(p, {.weight_decay = infinite}), Error);
}

// Comparing each with each takes a minute for these.
TEST(Optimizer, TakesManyParameters) {
  List<float> many;
  for (int k = 0; k < 200'000; ++k) many.emplace_back(Array<float>(1.0f));
  const Sgd<float> sgd(many);
  EXPECT_EQ(sgd.parameters().size(), many.size());
  many.push_back(many[7]);
  EXPECT_TRUE(has(message_of<Error>([&] { Sgd<float>{many}; }), {"numbers 7 and 200000 are the same one"}));
}

}  // namespace
}  // namespace xtape::nn
