// Gradients as variables of the tape that they are taken on, to be differentiated in turn.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Vars = std::vector<Var<double>>;

TEST(RecordedGradient, IsAVariableOfTheTape) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2, 3}), v = tape.watch(Doubles{1, -1, 2});
  const Var<double> g = tape.gradient(sum(x * x * x), x, {.record = true});
  EXPECT_TRUE(close(g.value(), {3, 12, 27}));
  const auto d = tape.gradient(sum(g * v), {x, v});
  EXPECT_TRUE(close(d[0], {6, -12, 36}));  // 6 x v
  EXPECT_TRUE(close(d[1], {3, 12, 27}));
}

TEST(RecordedGradient, ToTheFourthOrder) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{0.3, -1.2});
  Var<double> g = sin(2.0 * x);
  for (int order = 0; order < 4; ++order) g = tape.gradient(sum(g), x, {.record = true});
  EXPECT_TRUE(close(g.value(), Array<double>(16.0 * xt::sin(2.0 * x.value())), 1e-12));
}

TEST(RecordedGradient, OfSeveralSourcesAndOfOneOnTheWay) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = square(a), y = sum(b * b * a);
  const Vars g = tape.gradient(y, {a, b}, {.record = true});
  EXPECT_TRUE(close(g[0].value(), {5, 80}));                                   // 5 a⁴
  EXPECT_TRUE(close(g[1].value(), {2, 16}));                                   // 2 b a, with a held
  EXPECT_TRUE(close(tape.gradient(sum(g[1]), a, {.retain = true}), {6, 24}));  // (2 a³)'
  EXPECT_TRUE(close(tape.gradient(sum(g[0]), a), {20, 160}));
}

// The same numbers as by nested functions, to the bit: they are the same operations.
TEST(RecordedGradient, IsThatOfNestedFunctions) {
  const Doubles at{0.5, -0.25, 2}, direction{1, 2, -1};
  const auto f = [](const auto& x) { return sum(exp(x) * tanh(x)) / (1.0 + sum(square(x))); };
  Tape<double> tape;
  const Var<double> x = tape.watch(at);
  const Var<double> g = tape.gradient(f(x), x, {.record = true});
  const Array<double> product = tape.gradient(sum(g * direction), x);
  EXPECT_EQ(product, grad([&](const auto& v) { return sum(grad(f)(v) * direction); })(at));
}

TEST(RecordedGradient, ThroughACheckpoint) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{0.5, 2});
  const Var<double> y = sum(checkpoint([](const auto& v) { return exp(v) * v; })(x));
  const Var<double> g = tape.gradient(y, x, {.record = true});
  EXPECT_TRUE(close(tape.gradient(sum(g), x), Array<double>((x.value() + 2.0) * xt::exp(x.value())), 1e-12));
}

// A slope that is constant has a derivative of zero, which is no mistake: it was computed on this tape.
TEST(RecordedGradient, OfALinearFunctionIsAVariableToo) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), late = tape.watch(Doubles{3});
  const Vars g = tape.gradient(sum(2.0 * x), {x, late}, {.record = true});
  EXPECT_TRUE(close(g[0].value(), {2, 2}));
  EXPECT_TRUE(close(g[1].value(), {0}));
  EXPECT_TRUE(close(tape.gradient(sum(g[0]), x), {0, 0}));
  EXPECT_TRUE(close(tape.gradient(sum(g[1]), late), {0}));
}

TEST(RecordedGradient, OfAConstantWhereThatIsAllowed) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  const Var<double> g = tape.gradient(Var<double>(3.0), x, {.record = true, .allow_unused = true});
  EXPECT_TRUE(close(g.value(), {0, 0}));
}

// Nothing is freed, neither by it nor where it goes wrong.
TEST(RecordedGradient, LeavesTheTapeAsItWas) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), y = sum(exp(x));
  static_cast<void>(tape.gradient(y, x, {.record = true}));
  EXPECT_TRUE(close(tape.gradient(y, x), Array<double>(xt::exp(x.value())), 1e-12));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(y, x, {.record = true}); }), {"[sum]", "retain"}));
}

TEST(RecordedGradient, SaysWhatIsWrong) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), y = sum(x * x);
  EXPECT_TRUE(
      has(message_of<Error>([&] { tape.gradient(y, x, {.record = false}); }), {"[gradient]", ".record = true"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { tape.gradient(x, x, {.record = true}); }), {"[gradient]", "(2,)"}));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(Var<double>(1.0), x, {.record = true}); }),
                  {"[gradient]", "constant"}));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(y, Var<double>(1.0), {.record = true}); }),
                  {"[gradient]", "source"}));
  {
    const Tape<double> inner;
    EXPECT_TRUE(
        has(message_of<TapeError>([&] { tape.gradient(y, x, {.record = true}); }), {"[gradient]", "innermost tape"}));
  }
  EXPECT_TRUE(close(tape.gradient(y, x), {2, 4}));
}

}  // namespace
}  // namespace xtape
