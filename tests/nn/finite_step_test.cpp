// Steps that leave the model as it was where a number is not finite, and say which operation made it.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace xtape::nn {
namespace {

/// A line with noise, which counts its forward passes and keeps the last mean, as a batch norm would.
template <class T>
struct Line : Module<T> {
  Parameter<T> w{Array<T>{1, 2}};
  Buffer<T> running{Array<T>{0}};
  Counter passes;
  Line() {
    this->add("w", w);
    this->add("running", running);
    this->add("passes", passes);
  }
  Var<T> loss(T scale, Random& rng) {
    passes.set(passes.value() + 1);
    const Var<T> h = w * rng.normal<T>({2});
    running.mutable_data()[0] = mean(h).item();
    return sum(square(h)) + sum(log(w * scale));
  }
};

template <class T>
class FiniteStep : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(FiniteStep, Precisions);

TYPED_TEST(FiniteStep, IsTheStepOfALoopOfOnesOwn) {
  using T = TypeParam;
  Line<T> guarded, plain;
  Adam<T> a(guarded.parameters(), {.learning_rate = 0.1}), b(plain.parameters(), {.learning_rate = 0.1});
  Random ra(3), rb(3);
  for (int step = 0; step < 5; ++step) {
    const T loss = finite_step(
        guarded, a, [&](Random& rng) { return guarded.loss(1, rng); }, ra);
    Tape<T> tape;
    const Var<T> expected = plain.loss(1, rb);
    b.step(tape.gradient(expected, plain.parameters()));
    EXPECT_EQ(loss, expected.item());
  }
  EXPECT_EQ(guarded.w.value(), plain.w.value());
  EXPECT_EQ(guarded.running.value(), plain.running.value());
  EXPECT_EQ(guarded.passes.value(), 5);
  EXPECT_EQ(ra.state(), rb.state());
}

TYPED_TEST(FiniteStep, NamesTheOperationAndChangesNothing) {
  using T = TypeParam;
  Line<T> line;
  Adam<T> adam(line.parameters());
  Random rng(3);
  finite_step(
      line, adam, [&](Random& r) { return line.loss(1, r); }, rng);
  const Array<T> w = line.w.value(), running = line.running.value();
  const auto before = rng.state();
  try {
    finite_step(
        line, adam, [&](Random& r) { return line.loss(-1, r); }, rng);  // the logarithm of negative numbers
    FAIL() << "nothing was thrown";
  } catch (const NotFiniteError& error) {
    EXPECT_TRUE(has(error.what(), {"[finite_gradients] finite numbers expected, got a loss of nan: [log]"}));
    EXPECT_TRUE(has(error.cause(), {"[log]", "is not finite"}));
  }
  EXPECT_EQ(line.w.value(), w);
  EXPECT_EQ(line.running.value(), running);
  EXPECT_EQ(line.passes.value(), 1);
  EXPECT_EQ(rng.state(), before);
  EXPECT_EQ(adam.state().step, 1u);
}

// The root is 0, a finite loss; its derivative there is infinite.
TYPED_TEST(FiniteStep, SeesGradientsToo) {
  using T = TypeParam;
  Line<T> line;
  Sgd<T> sgd(line.parameters());
  Random rng(3);
  const std::string message = message_of<NumericError>([&] {
    finite_step(
        line, sgd, [&](Random&) { return sqrt(sum(square(line.w.var())) * T(0)); }, rng);
  });
  EXPECT_TRUE(has(message, {"got a gradient that is not finite: [sqrt] the gradient of operand 0 is not finite"}));
  EXPECT_EQ(line.w.value(), (Array<T>{1, 2}));
}

TYPED_TEST(FiniteStep, ChangesNothingWhereTheLossThrows) {
  using T = TypeParam;
  Line<T> line;
  Sgd<T> sgd(line.parameters());
  Random rng(3);
  const auto before = rng.state();
  EXPECT_THROW(finite_step(
                   line, sgd, [&](Random& r) { return line.loss(1, r) * Var<T>(zeros<T>({2})) + zeros<T>({3}); }, rng),
               ShapeError);
  EXPECT_EQ(line.running.value(), Array<T>{0});
  EXPECT_EQ(line.passes.value(), 0);
  EXPECT_EQ(rng.state(), before);
}

// Dropout draws from the run's generator itself, whatever the loss is given: of many runs each draws the zero again.
TYPED_TEST(FiniteStep, NamesTheOperationBehindADropout) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random rng(seed);
    Line<T> line;
    const Dropout<T> dropout(0.5, rng);
    Sgd<T> sgd(line.parameters());
    const LossFunction<T> loss = [&](Random&) { return sum(log(dropout(line.w.var()))); };
    const auto before = rng.state();
    try {
      finite_step<T>(line, sgd, loss, rng);
    } catch (const NotFiniteError& error) {
      EXPECT_TRUE(has(error.cause(), {"[log"})) << seed;
      EXPECT_EQ(rng.state(), before);
    }
    try {
      std::vector<int> batches{0};
      (void)mean_loss(
          batches, [&](int, Random& r) { return loss(r); }, rng);
    } catch (const NotFiniteError& error) {
      EXPECT_TRUE(has(error.cause(), {"[log"})) << seed;
    }
  }
}

TYPED_TEST(FiniteStep, SaysWhereNothingCameOfItASecondTime) {
  using T = TypeParam;
  Line<T> line;
  Sgd<T> sgd(line.parameters());
  Random rng(3);
  int calls = 0;
  const auto once = [&](Random&) { return sum(line.w) * (++calls == 1 ? std::numeric_limits<T>::infinity() : T(1)); };
  EXPECT_TRUE(has(message_of<NotFiniteError>([&] { finite_step(line, sgd, once, rng); }),
                  {"a loss of inf: no operation produced it a second time"}));
}

TYPED_TEST(FiniteStep, FindsOneNumberAmongMany) {
  using T = TypeParam;
  EXPECT_TRUE(all_finite(std::vector<Array<T>>{}));
  for (const T bad :
       {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()}) {
    std::vector<Array<T>> arrays{zeros<T>({3}), full<T>({10'001}, std::numeric_limits<T>::max())};
    EXPECT_TRUE(all_finite(arrays));
    for (const std::size_t place : {0u, 4095u, 4096u, 10'000u}) {
      arrays[1](place) = bad;
      EXPECT_FALSE(all_finite(arrays)) << place;
      arrays[1](place) = -std::numeric_limits<T>::denorm_min();
    }
    EXPECT_TRUE(all_finite(arrays));
  }
}

}  // namespace
}  // namespace xtape::nn
