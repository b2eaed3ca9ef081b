// What a tape answers to every question that can be asked of it: sources, targets, seeds, and second sweeps.

#include "autodiff/autodiff.hpp"
#include "tests/sanitized.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Vars = std::vector<Var<double>>;

TEST(Sources, SeveralInOneSweep) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = tape.watch(Doubles{3, 5}), c = tape.watch(4.0);
  const std::vector<Array<double>> d = tape.gradient(sum(a * b) * c, Vars{c, a, b});
  ASSERT_EQ(d.size(), 3u);
  EXPECT_TRUE(close(d[0], Shape{}, {13}));
  EXPECT_TRUE(close(d[1], {12, 20}));
  EXPECT_TRUE(close(d[2], {4, 8}));
  EXPECT_TRUE(tape.gradient(c * c, Vars{}).empty());
}

TEST(Sources, TheSameTwice) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2});
  const auto d = tape.gradient(sum(a * a), Vars{a, a});
  EXPECT_TRUE(close(d[0], {2, 4}));
  EXPECT_TRUE(close(d[1], {2, 4}));
}

TEST(Sources, AnIntermediateValue) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = square(a), y = sum(b * b * a);
  EXPECT_TRUE(close(tape.gradient(y, b), {2, 16}));  // 2 b a, with a held
}

// One source lies on the path to another: each derivative lets everything before it vary, and nothing else.
TEST(Sources, OneBeforeAnother) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = square(a), c = b * a, y = sum(c * b);
  const auto d = tape.gradient(y, Vars{c, a, b, y});
  EXPECT_TRUE(close(d[0], {1, 4}));   // b
  EXPECT_TRUE(close(d[1], {5, 80}));  // y = a^5
  EXPECT_TRUE(close(d[2], {2, 16}));  // y = b^2 a
  EXPECT_TRUE(close(d[3], Shape{}, {1}));
}

TEST(Sources, OfWhichTheTargetIsIndependent) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{{1, 2, 3}, {4, 5, 6}}), b = tape.watch(2.0), early = b * b;
  const Var<double> unused = exp(a);
  EXPECT_TRUE(close(tape.gradient(early, a), Shape{2, 3}, std::vector<double>(6, 0.0)));
  EXPECT_TRUE(close(tape.gradient(early, unused, {.retain = true}), Shape{2, 3}, std::vector<double>(6, 0.0)));
  const Var<double> late = tape.watch(Doubles{1, 2});  // recorded after the target
  const auto d = tape.gradient(early, Vars{late, b});
  EXPECT_TRUE(close(d[0], {0, 0}));
  EXPECT_TRUE(close(d[1], Shape{}, {4}));
}

TEST(Sources, ConstantsAreRefused) {
  Tape<double> tape;
  const Var<double> a = tape.watch(2.0), constant(3.0), stopped = stop_gradient(a);
  for (const Var<double>& source : {constant, stopped, constant * constant}) {
    EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(a * a, source); }), {"[gradient]", "constant", "watch"}));
  }
  EXPECT_TRUE(close(tape.gradient(a * a, a), Shape{}, {4}));  // nothing was freed by the refusals
}

// Training on its zeros would go nowhere without a word.
TEST(Targets, AConstantIsRefused) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), constant(3.0);
  for (const Var<double>& target : {constant, stop_gradient(sum(a)), sum(a > 1.5)}) {  // a comparison is flat
    EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(target, a); }), {"[gradient]", "target is a constant"}));
    EXPECT_THROW(tape.gradient(target, Vars{a, a}), TapeError);
    EXPECT_THROW(tape.gradient(target, a, Array<double>(1.0)), TapeError);
    EXPECT_THROW(tape.gradient(Vars{target, target}, Vars{a}), TapeError);
    EXPECT_TRUE(close(tape.gradient(target, a, {.allow_unused = true}), {0, 0}));
  }
}

TEST(Targets, OfATransformMayBeConstant) {  // its derivative is with respect to its own argument
  const auto constant = [](const auto& x) { return sum(stop_gradient(x)); };
  EXPECT_TRUE(close(grad(constant)(Doubles{1, 2}), {0, 0}));
  EXPECT_TRUE(close(hessian(constant)(Doubles{1, 2}), Shape{2, 2}, {0, 0, 0, 0}));
  EXPECT_TRUE(close(hvp(constant)(Doubles{1, 2}, Doubles{1, 1}), {0, 0}));
  EXPECT_TRUE(close(jvp(constant)(Doubles{1, 2}, Doubles{1, 1}).tangent, Shape{}, {0}));
}

TEST(Sources, InBracesAreSeveral) {
  Tape<double> tape;
  const Var<double> a = tape.watch({1, 2}), b = tape.watch({{1, 2}, {3, 4}});
  const std::vector<Array<double>> one = tape.gradient(sum(a), {a});
  EXPECT_TRUE(close(one[0], {1, 1}));
  const std::vector<Array<double>> both = tape.gradient(sum(b * a), {b, a});
  EXPECT_TRUE(close(both[0], Shape{2, 2}, {1, 2, 1, 2}));
  EXPECT_TRUE(close(both[1], {4, 6}));
}

TEST(Targets, TheSourceItself) {
  Tape<double> tape;
  const Var<double> a = tape.watch(7.0);
  EXPECT_TRUE(close(tape.gradient(a, a), Shape{}, {1}));
}

TEST(Targets, SeveralAddUp) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = square(a), y = sum(b), z = sum(a * b), constant(1.0);
  const auto plain = tape.gradient(Vars{y, z, constant, z}, Vars{a, b}, {}, {.retain = true});
  EXPECT_TRUE(close(plain[0], {2 + 6, 4 + 24}));  // a^2 + 2 a^3
  EXPECT_TRUE(close(plain[1], {3, 5}));           // b + 2 a b
  const auto seeded = tape.gradient(Vars{b, a}, Vars{a}, {Array<double>{1, 10}, Array<double>{5, 7}});
  EXPECT_TRUE(close(seeded[0], {7, 47}));
}

TEST(Seeds, GiveTheVectorJacobianProduct) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2, 3}), y = a * a * a;
  const auto seeded = [&](auto&&... sources) {
    return tape.gradient(y, sources..., Doubles{1, 0, -2}, {.retain = true});
  };
  EXPECT_TRUE(close(seeded(a), {3, 0, -54}));
  EXPECT_TRUE(close(seeded(Vars{y, a})[1], {3, 0, -54}));
  const std::vector<Array<double>> one = tape.gradient(y, {a}, Doubles{1, 0, -2});
  EXPECT_TRUE(close(one[0], {3, 0, -54}));
}

TEST(Seeds, MissingOrWrongOnesAreRefused) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2, 3}), y = square(a);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { tape.gradient(y, a); }), {"[gradient]", "(3,)", "sum or mean", "seed"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    tape.gradient(y, a, Doubles{1, 2});
                  }),
                  {"[gradient]", "seed", "(3,)", "(2,)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { tape.gradient(y, a, Doubles{{1, 2, 3}}); }), {"(3,)", "(1, 3)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    tape.gradient(Vars{y, y}, Vars{a}, {Array<double>{1, 2, 3}});
                  }),
                  {"2 targets", "1 seeds"}));
  EXPECT_TRUE(close(tape.gradient(y, a, Doubles{1, 1, 1}), {2, 4, 6}));  // nothing was freed by the refusals
}

TEST(Seeds, AreNotNeededForOneElementOfAnyRank) {
  Tape<double> tape;
  const Var<double> a = tape.watch(full<double>({1, 1}, 3)), y = square(a);
  EXPECT_TRUE(close(tape.gradient(y, a), Shape{1, 1}, {6}));
}

TEST(SecondSweep, IsRefusedWhereTheFirstFreed) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), y = sum(exp(a));
  EXPECT_TRUE(close(tape.gradient(y, a), {std::exp(1.0), std::exp(2.0)}));
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(y, a); }), {"[gradient]", "freed", "retain"}));
  EXPECT_THROW(tape.gradient(y * y, a), TapeError);  // new operations on top of freed ones
}

TEST(SecondSweep, WorksAfterRetaining) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), y = sum(exp(a));
  for (int time = 0; time < 2; ++time) {
    EXPECT_TRUE(close(tape.gradient(y, a, {.retain = true}), {std::exp(1.0), std::exp(2.0)}));
  }
  const Var<double> z = y * y;  // and on top of it
  const double total = std::exp(1.0) + std::exp(2.0);
  EXPECT_TRUE(close(tape.gradient(z, a), {2 * total * std::exp(1.0), 2 * total * std::exp(2.0)}));
}

TEST(SecondSweep, WorksOnOtherOperations) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = exp(a), y = sum(b), z = sum(log(a));
  EXPECT_TRUE(close(tape.gradient(y, b), {1, 1}));  // frees sum alone: exp is not on the way
  EXPECT_TRUE(close(tape.gradient(z, a), {1, 0.5}));
  EXPECT_TRUE(close(tape.gradient(sum(b * b), a), {2 * std::exp(2.0), 2 * std::exp(4.0)}));
}

TEST(Variables, ChangesOfAWatchedArrayDoNotReachTheTape) {
  Tape<double> tape;
  Doubles mine{1, 2};
  Array<double> pooled{3, 4};
  const Var<double> a = tape.watch(mine), b = tape.watch(pooled), y = sum(a * b);
  mine.fill(100);
  pooled.fill(100);
  EXPECT_TRUE(close(a.value(), {1, 2}));
  const auto d = tape.gradient(y, Vars{a, b});
  EXPECT_TRUE(close(d[0], {3, 4}));
  EXPECT_TRUE(close(d[1], {1, 2}));
}

TEST(Variables, GradientsAreTheCallersOwn) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2}), b = tape.watch(Doubles{3, 4}), y = sum(a + b);
  auto d = tape.gradient(y, Vars{a, b}, {.retain = true});
  d[0].fill(100);
  EXPECT_TRUE(close(d[1], {1, 1}));
  EXPECT_TRUE(close(tape.gradient(y, a), {1, 1}));
}

TEST(Variables, CopiesAreTheSameVariable) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{1, 2});
  Var<double> copy = a, y = sum(copy * a);
  const Var<double> old = y;
  y = y * 2.0;  // names another variable from now on
  y += 1.0;
  EXPECT_TRUE(close(tape.gradient(old, copy, {.retain = true}), {2, 4}));
  EXPECT_TRUE(close(tape.gradient(y, a), {4, 8}));
}

TEST(Variables, WatchingAVariableMakesAnother) {
  Tape<double> tape;
  const Var<double> a = tape.watch(2.0), b = tape.watch(a * a), y = a * b;
  const auto d = tape.gradient(y, Vars{a, b});
  EXPECT_TRUE(close(d[0], Shape{}, {4}));
  EXPECT_TRUE(close(d[1], Shape{}, {2}));
}

TEST(Variables, EmptyAndMovedFromOnesAreRefused) {
  Tape<double> tape;
  const Var<double> a = tape.watch(2.0);
  Var<double> empty, moved = a * a;
  const Var<double> taken = std::move(moved);
  const Var<double> both[] = {empty, moved};  // NOLINT(bugprone-use-after-move): that is the test
  for (const Var<double>& v : both) {
    EXPECT_TRUE(has(message_of<TapeError>([&] { v.value(); }), {"[Var]", "empty"}));
    EXPECT_THROW(v.shape(), TapeError);
    EXPECT_THROW(v.item(), TapeError);
    EXPECT_THROW(v * a, TapeError);
    EXPECT_THROW(a * v, TapeError);
    EXPECT_THROW(sum(v), TapeError);
    EXPECT_THROW(matmul(v, a), TapeError);
    EXPECT_THROW(map([](auto x, auto y) { return x * y; }, a, v), TapeError);
    EXPECT_THROW(stop_gradient(v), TapeError);
    EXPECT_THROW(tape.watch(v), TapeError);
    EXPECT_THROW(tape.gradient(v, a), TapeError);
    EXPECT_THROW(tape.gradient(a, v), TapeError);
  }
  empty = taken;
  EXPECT_TRUE(close(tape.gradient(empty, a), Shape{}, {4}));
}

TEST(Variables, ItemAndConditionWantOneElement) {
  const Var<double> one(full<double>({1, 1}, 3)), many(Doubles{1, 2});
  EXPECT_EQ(one.item(), 3);
  EXPECT_TRUE(one > 2.0);
  EXPECT_FALSE(one < 2.0);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { many.item(); }), {"[item]", "(2,)"}));
  EXPECT_THROW(static_cast<void>(static_cast<bool>(many > 1.0)), ShapeError);
}

TEST(Precision, TapesOfBothAtOnceAreIndependent) {
  Tape<float> coarse;
  const Var<float> a = coarse.watch(2.0);
  Tape<double> fine;
  const Var<double> b = fine.watch(3.0);
  const Var<float> y = a * a;
  const Var<double> z = b * b * Var<double>(y.value());  // from one to the other as a constant
  EXPECT_EQ(coarse.size(), 2u);
  EXPECT_EQ(fine.size(), 3u);
  EXPECT_EQ(coarse.gradient(y, a)(), 4.0f);
  EXPECT_EQ(fine.gradient(z, b)(), 24.0);
}

TEST(LongPrograms, AChainOfAMillionOperations) {
  constexpr int kLength = kSanitized ? 50'000 : 1'000'000;
  Tape<double> tape;
  const Var<double> a = tape.watch(1.0), step = tape.watch(1e-6);
  Var<double> x = a;
  for (int i = 0; i < kLength; ++i) x = x + step;
  const auto d = tape.gradient(x, Vars{a, step});
  EXPECT_EQ(d[0](), 1);
  EXPECT_EQ(d[1](), kLength);
}

TEST(LongPrograms, AChainOfReshapesAndTransposes) {
  constexpr int kLength = 20'000;
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{{1, 2, 3}, {4, 5, 6}});
  Var<double> x = a;
  for (int i = 0; i < kLength; ++i) x = transpose(reshape(transpose(x), {2, 3}));  // 6 elements going round
  EXPECT_EQ(x.shape(), (Shape{3, 2}));
  Array<double> seed = zeros<double>({3, 2});
  seed(1, 0) = 1;
  const Array<double> d = tape.gradient(x, a, seed);
  EXPECT_EQ(x.value()(1, 0), xt::sum(d * a.value())());  // d picks one element: the one that came to stand there
  EXPECT_EQ(xt::sum(d)(), 1);
}

TEST(LongPrograms, TransposesOfViews) {
  Tape<double> tape;
  const Var<double> a = tape.watch(Doubles{{1, 2, 3}, {4, 5, 6}});
  const Var<double> x = transpose(reshape(transpose(a), {2, 3}));
  EXPECT_TRUE(close(x.value(), Shape{3, 2}, {1, 5, 4, 3, 2, 6}));
  EXPECT_TRUE(
      close(tape.gradient(x, a, xt::xtensor<double, 2>{{1, 2}, {3, 4}, {5, 6}}), Shape{2, 3}, {1, 5, 4, 3, 2, 6}));
}

}  // namespace
}  // namespace xtape
