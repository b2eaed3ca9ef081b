// Adam: against PyTorch, its state, and what it refuses.

#include "nn/nn.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"

#include <cmath>

namespace xtape::nn {
namespace {

template <class T>
class AdamTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(AdamTest, Precisions);

template <class T>
Array<T> start(double shift) {
  Array<T> result = empty<T>({19});
  for (std::size_t i = 0; i < 19; ++i) result(i) = T(-2 + double(i) * 4 / 18 + shift);
  return result;
}

// Twenty steps on sum(cos(p) q), one element of p without a gradient, as tests/golden/make_torch_nn.py does.
TYPED_TEST(AdamTest, StepsAsPyTorchDoes) {
  using T = TypeParam;
  const Golden golden("torch_nn");
  const std::string name = sizeof(T) == 8 ? "adam64_" : "adam32_";
  const double tolerance = sizeof(T) == 8 ? 1e-12 : 2e-6;
  const Parameter<T> p(start<T>(0)), q(start<T>(0.5));
  Array<T> mask = ones<T>({19});
  mask(9) = 0;
  Adam<T> optimizer({p, q}, {.learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-7});
  for (int step = 1; step <= 20; ++step) {
    Tape<T> tape;
    optimizer.step(tape.gradient(sum(cos(p.var() * mask) * q.var()), std::vector{p, q}));
    if (step != 1 && step != 20) continue;
    EXPECT_TRUE(close(p.value(), golden[name + "p" + std::to_string(step)], tolerance)) << step;
    EXPECT_TRUE(close(q.value(), golden[name + "q" + std::to_string(step)], tolerance)) << step;
  }
  EXPECT_TRUE(close(optimizer.state().slots.at("first")[0], golden[name + "first"], tolerance));
  EXPECT_TRUE(close(optimizer.state().slots.at("second")[0], golden[name + "second"], tolerance));
  EXPECT_EQ(p.value()(9), start<T>(0)(9));  // no gradient, no step
}

// The first step is the learning rate, whatever the gradient's size: 1 - beta2 must not lose digits in float.
TYPED_TEST(AdamTest, TakesAFirstStepOfTheLearningRate) {
  using T = TypeParam;
  const Parameter<T> p(zeros<T>({3}));
  Adam<T>({p}, {.learning_rate = 0.1, .epsilon = 0}).step({Array<T>{T(1e-3), T(-1), T(1e5)}});
  const double tolerance = sizeof(T) == 8 ? 1e-14 : 2e-7;
  EXPECT_TRUE(close(p.value(), {-0.1, 0.1, -0.1}, tolerance));
}

TYPED_TEST(AdamTest, GoesOnFromASavedState) {
  using T = TypeParam;
  const Parameter<T> p(start<T>(0)), q(start<T>(0));
  Adam<T> straight({p}), before({q}), after({q});
  const auto gradient = [](int step) { return std::vector{start<T>(step * 0.1)}; };
  for (int step = 0; step < 6; ++step) straight.step(gradient(step));
  for (int step = 0; step < 3; ++step) before.step(gradient(step));
  EXPECT_EQ(before.state().step, 3u);
  after.set_state(before.state());
  for (int step = 3; step < 6; ++step) after.step(gradient(step));
  EXPECT_TRUE(close(q.value(), p.value(), 0));  // to the last bit
}

// Rows long enough for several threads, and lengths that end in every part of a register.
TYPED_TEST(AdamTest, TreatsAllElementsAlike) {
  using T = TypeParam;
  for (const std::size_t size : {1, 2, 7, 15, 16, 17, 33, 100'003}) {
    const Parameter<T> p(zeros<T>({size}));
    Adam<T> optimizer({p});
    for (int step = 0; step < 3; ++step) optimizer.step({full<T>({size}, T(0.5 + step))});
    for (std::size_t i = 1; i < size; ++i) ASSERT_EQ(p.value()(i), p.value()(0)) << size;
  }
}

TEST(Adam, RefusesWhatDoesNotFit) {
  const Parameter<double> p(zeros<double>({2})), q(zeros<double>({3}));
  Adam<double> optimizer({p, q});
  const Array<double> two = ones<double>({2}), three = ones<double>({3});
  EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer.step({two}); }), {"[Adam]", "2 gradients", "got 1"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer.step({two, two}); }), {"(3,)", "parameter 1", "(2,)"}));
  EXPECT_TRUE(close(p.value(), {0, 0}));  // nothing was changed
  EXPECT_EQ(optimizer.state().step, 0u);
  OptimizerState<double> state = optimizer.state();
  state.slots.at("second").pop_back();
  EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer.set_state(state); }), {"2 second expected", "got 1"}));
  EXPECT_NO_THROW(optimizer.step({two, three}));
}

TEST(Adam, RefusesArraysThatWereMovedFrom) {
  const Parameter<double> p(zeros<double>({2}));
  Adam<double> optimizer({p});
  std::vector<Array<double>> gradients{ones<double>({2})};
  const Array<double> taken = std::move(gradients[0]);
  EXPECT_TRUE(has(message_of<TapeError>([&] { optimizer.step(gradients); }), {"moved from"}));
  EXPECT_TRUE(close(p.value(), {0, 0}));
  EXPECT_EQ(optimizer.state().step, 0u);
  OptimizerState<double> state = optimizer.state();
  const Array<double> moment = std::move(state.slots.at("second")[0]);
  EXPECT_TRUE(has(message_of<TapeError>([&] { optimizer.set_state(state); }), {"moved from"}));
  EXPECT_NO_THROW(optimizer.step({taken}));
}

TEST(Adam, HasNoParametersWhenMovedFrom) {
  const Parameter<double> p(zeros<double>({2}));
  Adam<double> optimizer({p}, {.learning_rate = 0.5}), moved = std::move(optimizer);
  moved.step({ones<double>({2})});
  EXPECT_TRUE(close(p.value(), {-0.5, -0.5}, 1e-6));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { optimizer.step({ones<double>({2})}); }), {"0 gradients", "got 1"}));
}

TEST(Adam, RefusesAParameterTwice) {
  const Parameter<float> p(zeros<float>({2})), q(zeros<float>({2}));
  EXPECT_TRUE(has(message_of<Error>([&] { Adam<float>({p, q, p}); }), {"[Adam]", "numbers 0 and 2"}));
}

TEST(Adam, RefusesOptionsOutOfRange) {
  const Parameter<float> p(zeros<float>({2}));
  const auto refused = [&p](const AdamOptions& options) {
    EXPECT_TRUE(has(message_of<Error>([&] { Adam<float>({p}, options); }), {"[Adam]", "learning_rate >= 0"}));
  };
  refused({.learning_rate = -1e-3});
  refused({.learning_rate = std::nan("")});
  refused({.beta1 = 1});
  refused({.beta2 = -0.1});
  refused({.epsilon = -1e-8});
  EXPECT_TRUE(has(message_of<Error>([&] { Adam<float>({p}, {.beta1 = 1}); }), {"got 0.001, 1, 0.999, 1e-08, 0"}));
  EXPECT_NO_THROW(
      Adam<float>({p}, {.learning_rate = 0, .beta1 = 0, .beta2 = 0, .epsilon = 0}).step({ones<float>({2})}));
}

TEST(Adam, RefusesAnEmptyList) {
  EXPECT_TRUE(has(message_of<Error>([] { Adam<float>({}); }), {"[Adam]", "empty list", "add("}));
}

}  // namespace
}  // namespace xtape::nn
