// What checkpoint refuses, and what is left when its function throws; generators that are drawn from.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <functional>
#include <stdexcept>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

TEST(CheckpointFailures, AVariableThatIsClosedOver) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), w = tape.watch(Doubles{3, 4}), u = exp(w);
  const std::size_t nodes = tape.size();
  for (const Var<double>& outside : {w, u}) {
    const auto f = [&](const auto& v) { return v * outside; };
    EXPECT_TRUE(has(message_of<TapeError>([&] { checkpoint(f)(x); }), {"[multiply]", "closes over", "as an argument"}));
    EXPECT_TRUE(has(message_of<TapeError>([&] { checkpoint([&](const auto&) { return outside; })(x); }),
                    {"[checkpoint]", "closes over"}));
  }
  EXPECT_EQ(tape.size(), nodes);
  const auto as_constant = [&](const auto& v) { return v * stop_gradient(w) * w.value(); };
  EXPECT_TRUE(close(tape.gradient(sum(checkpoint(as_constant)(x) * w), x), {27, 64}));
}

// The constants of a derivative inside, and those of tapes further out, stay what they are without a checkpoint.
TEST(CheckpointFailures, WhatIsAConstantAnywayIsTaken) {
  Tape<double> outer;
  const Var<double> far = outer.watch(Doubles{2, 3});
  const auto f = [&](const auto& v) { return v * v * far; };
  {
    Tape<double> inner;
    const Var<double> v = inner.watch(Doubles{1, 2});
    EXPECT_TRUE(close(inner.gradient(sum(checkpoint(f)(v)), v), {4, 12}));
  }
  const Var<double> x = outer.watch(Doubles{1, 2});
  const auto inside = [&](const auto& v) {
    return v * grad([&](const auto& u) { return sum(u * u * stop_gradient(far)); })(Doubles{1, 1});
  };
  EXPECT_TRUE(close(outer.gradient(sum(checkpoint(inside)(x)), x), {4, 6}));
}

// The outer function's argument is a constant in its first run, so this comes to light in the second.
TEST(CheckpointFailures, ClosingOverTheArgumentOfACheckpointAround) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  const auto f = [](const auto& v) { return checkpoint([&](const auto& u) { return u * v; })(v + 1.0); };
  const Var<double> y = sum(checkpoint(f)(x));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(y, x); }), {"closes over"}));
}

TEST(CheckpointFailures, AFunctionThatThrows) {
  Tape<double> tape;
  Random rng(1);
  const Var<double> x = tape.watch(Doubles{1, 2});
  int runs = 0, fails_at = 1;
  const auto f = [&](const auto& v) {
    const auto y = v * v * rng.normal<double>({2});
    if (++runs == fails_at) throw std::runtime_error("thrown by f");
    return y;
  };
  const auto run = checkpoint(std::ref(f), rng);
  EXPECT_THROW(run(x), std::runtime_error);
  EXPECT_EQ(LiveTapes<double>::innermost(), tape.record().get());
  EXPECT_TRUE(close(tape.gradient(sum(x * x), x), {2, 4}));

  runs = 0;
  fails_at = 2;
  const Random before = rng;
  const Var<double> y = sum(run(x));
  const Random::State after = rng.state();
  EXPECT_THROW(tape.gradient(y, x, {.retain = true}), std::runtime_error);
  EXPECT_EQ(rng.state(), after);
  EXPECT_EQ(LiveTapes<double>::innermost(), tape.record().get());
  const Array<double> slope = tape.gradient(y, x);
  EXPECT_EQ(rng.state(), after);
  Random again = before;
  EXPECT_TRUE(close(slope, Array<double>(2.0 * Doubles{1, 2} * again.normal<double>({2}))));
}

TEST(CheckpointFailures, AFunctionThatDiffersInItsRuns) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  int runs = 0;
  const Var<double> y = checkpoint([&](const auto& v) { return ++runs == 1 ? v * v : sum(v); })(x);
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(sum(y), x); }), {"[checkpoint]", "(2,)", "()", "both"}));
}

TEST(CheckpointFailures, ArgumentsOfAFinishedTapeOrEmptyOnes) {
  Var<double> stale;
  {
    Tape<double> tape;
    stale = tape.watch(1.0);
  }
  const auto square_of = checkpoint([](const auto& v) { return v * v; });
  Tape<double> tape;
  EXPECT_TRUE(has(message_of<TapeError>([&] { square_of(stale); }), {"[checkpoint]", "finished"}));
  EXPECT_THROW(square_of(Var<double>()), TapeError);
}

TEST(CheckpointFailures, ChecksForNaN) {
  Tape<double> tape({.check_finite = true});
  const Var<double> x = tape.watch(Doubles{0, 1});
  EXPECT_TRUE(has(message_of<NumericError>([&] { checkpoint([](const auto& v) { return 1.0 + log(v); })(x); }),
                  {"[log] the result is not finite"}));
  const Var<double> y = checkpoint([](const auto& v) { return sqrt(v) * 2.0; })(x);
  EXPECT_TRUE(has(message_of<NumericError>([&] { tape.gradient(sum(y), x); }),
                  {"[checkpoint] in its derivative", "[sqrt] the gradient of operand 0"}));
}

TEST(CheckpointRandom, RunsAgainWithTheSameNoise) {
  const auto run = [](bool checkpointed, bool recorded) {
    Random rng(7);
    const auto noisy = [&](const auto& v) {
      return v * exp(v * rng.normal<double>(v.shape())) * rng.uniform<double>(v.shape());
    };
    Tape<double> tape;
    const Var<double> x = tape.watch(Doubles{0.5, -1, 2});
    const auto f = [&](const auto& v) {
      const Var<double> h = checkpointed ? checkpoint(noisy, rng)(v) : noisy(v);
      return sum(checkpointed ? checkpoint(noisy, rng)(h) : noisy(h));
    };
    const Array<double> slope = recorded ? grad(f)(x).value() : tape.gradient(f(x), x, {.retain = true});
    return std::make_pair(slope, rng.state());
  };
  for (const bool recorded : {false, true}) {
    const auto [plain, plain_state] = run(false, recorded);
    const auto [checkpointed, state] = run(true, recorded);
    EXPECT_TRUE(close(checkpointed, plain, 0));
    EXPECT_EQ(state, plain_state);
  }
}

TEST(CheckpointRandom, SeveralGeneratorsOneOfThemTwice) {
  Random a(1), b(2);
  const auto f = [&](const auto& v) { return v * v * a.normal<double>({2}) * b.normal<double>({2}); };
  Random a2 = a, b2 = b;
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  const Var<double> y = sum(checkpoint(f, a, b, a)(x));
  const Random::State after_a = a.state(), after_b = b.state();
  const Array<double> expected = 2.0 * Doubles{1, 2} * a2.normal<double>({2}) * b2.normal<double>({2});
  EXPECT_TRUE(close(tape.gradient(y, x, {.retain = true}), expected, 1e-15));
  EXPECT_TRUE(close(tape.gradient(y, x), expected, 1e-15));
  EXPECT_EQ(a.state(), after_a);
  EXPECT_EQ(b.state(), after_b);
}

}  // namespace
}  // namespace xtape
