// Operations of several results: in both sweeps, to any order, looked at, checked and in checkpoints.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <tuple>
#include <vector>

namespace xtape {
namespace {

/// a + b and a b. Saves its operands and, to see that they can be had, its results: the gradient of a product is y / a.
struct SumAndProduct : Operation<"sum_and_product", kInput | kOutput> {
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
    return {(Var<T>(a) + Var<T>(b)).shared(), (Var<T>(a) * Var<T>(b)).shared()};
  }
  template <class T>
  Var<T> vjp(std::size_t k, std::span<const Var<T>> g, std::span<const Var<T>> y, const Var<T>& a,
             const Var<T>& b) const {
    const Var<T> product = g[1].empty() ? Var<T>(0) : g[1] * y[1] / (k == 0 ? a : b);
    return g[0].empty() ? product : g[0] + product;
  }
};

/// As many powers of x as are asked for.
struct Powers {
  static constexpr const char* name = "powers";
  static constexpr unsigned saves = kInput;
  std::size_t count;
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& x) const {
    std::vector<SharedValue<T>> y;
    for (std::size_t r = 0; r < count; ++r) y.push_back(power(Var<T>(x), double(r + 1)).shared());
    return y;
  }
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const ShapeOnly> y, const Var<T>& x) const {
    Var<T> d = Var<T>(zeros<T>(y[0].shape()));
    for (std::size_t r = 0; r < g.size(); ++r) {
      if (!g[r].empty()) d = d + g[r] * double(r + 1) * power(x, double(r));
    }
    return d;
  }
};

std::size_t calls(const Tape<double>& tape, const std::string& operation) {
  for (const auto& row : tape.summary().rows) {
    if (row.operation == operation) return row.calls;
  }
  return 0;
}

TEST(SeveralResults, OfOnesOwnOpHaveRightDerivatives) {
  const Array<double> a{1.5, -2, 0.5}, b{0.7, 1.1, -3};
  for (const auto& report :
       {check_gradient([](const auto&u, const auto&v) { return apply(SumAndProduct{}, u, v)[0]; }, a, b),
        check_gradient([](const auto&u, const auto&v) { return apply(SumAndProduct{}, u, v)[1]; }, a, b),
        check_gradient(
            [](const auto&u, const auto&v) {
              const auto y = apply(SumAndProduct{}, u, v);
              return square(y[0]) * y[1] + sum(y[1]);
            },
            a, b),
        check_gradient(
            [](const auto&u) {
              const auto y = apply(Powers{4}, u);
              return y[3] * y[0] + y[1];
            },
            a)}) {
    EXPECT_TRUE(report.ok()) << report.message;
  }
}

TEST(SeveralResults, HaveRightThirdDerivatives) {
  const auto f = [](const Var<double>& x) {
    const auto y = apply(Powers{3}, x);
    return sum(y[2] * y[1] + y[0]);  // x^5 + x
  };
  const auto third = grad([&](const Var<double>& x) {
    return sum(grad([&](const Var<double>& u) { return sum(grad(f)(u)); })(x));
  })(Array<double>{1, 2});
  EXPECT_TRUE(close(third, {60, 240}));
}

TEST(SeveralResults, AreOneOperationOfTheTape) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{{1, 2}, {3, 4}, {5, 6}});
  const auto rows = unstack(x);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(calls(tape, "split"), 1u);
  EXPECT_EQ(calls(tape, "result"), 0u);
  EXPECT_TRUE(close(tape.gradient(sum(rows[0] * rows[2]), x), {3, 2}, {5, 6, 0, 0, 1, 2}));
  const std::string dot = to_dot(tape);
  EXPECT_TRUE(has(dot, {"split\\n(2,), (2,), (2,)", "[label=\"0\"]", "[label=\"2\"]"}));
  EXPECT_EQ(dot.find("result"), dot.npos);
}

TEST(SeveralResults, AreSourcesAndTargets) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{1, 2, 3, 4});
  const auto halves = split(x, 2);
  const Var<double> y = sum(halves[0] * halves[1]) + sum(halves[1]);
  const auto gradients = tape.gradient(y, {halves[1], halves[0], x}, {.retain = true});
  EXPECT_TRUE(close(gradients[0], {2, 3}));
  EXPECT_TRUE(close(gradients[1], {3, 4}));
  EXPECT_TRUE(close(gradients[2], {3, 4, 2, 3}));
  // Results themselves as targets, the first and the last alone. (Of {1, 1} beside {1, 1, 0, 0} g++ 12 makes {1, 1, 1,
  // 1}.)
  EXPECT_TRUE(close(tape.gradient(halves[0], x, Array<double>{5, 6}, {.retain = true}), {5, 6, 0, 0}));
  EXPECT_TRUE(close(tape.gradient(halves[1], x, Array<double>{5, 6}, {.retain = true}), {0, 0, 5, 6}));
  EXPECT_TRUE(
      close(tape.gradient({halves[0], halves[1]}, {x}, {Array<double>{1, 2}, Array<double>{3, 4}})[0], {1, 2, 3, 4}));
  EXPECT_NE(message_of<TapeError>([&] { tape.gradient(y, x); }).find("[split]"), std::string::npos)
      << "it saves nothing, but is released all the same";
}

TEST(SeveralResults, OfConstantsAreConstants) {
  const auto rows = unstack(Array<float>{{1, 2}, {3, 4}});
  static_assert(std::same_as<decltype(rows), const std::vector<Var<float>>>);
  EXPECT_EQ(rows[1].value(), (Array<float>{3, 4}));
  Tape<float> tape;
  EXPECT_EQ(unstack(Var<float>(Array<float>{1, 2}))[0].node(), kConstant);
  EXPECT_EQ(tape.size(), 0u);
}

/// x and, beyond the largest number, infinity.
struct AndInfinity : Operation<"and_infinity", kNothing> {
  template <class T>
  std::vector<SharedValue<T>> eval(const SharedValue<T>& x) const {
    return {x, share(full<T>(x->shape(), std::numeric_limits<T>::infinity()))};
  }
  template <class T>
  Var<T> vjp(std::size_t, std::span<const Var<T>> g, std::span<const ShapeOnly>, const ShapeOnly&) const {
    return g[0];
  }
};

TEST(SeveralResults, AreCheckedOneByOne) {
  Tape<double> tape({.check_finite = true});
  const Var<double> x = tape.watch(Array<double>{1});
  EXPECT_TRUE(has(message_of<NumericError>([&] { apply(AndInfinity{}, x); }), {"[and_infinity]", "not finite"}));
}

TEST(SeveralResults, AreProfiled) {
  Tape<double> tape({.profile = true});
  const Var<double> x = tape.watch(ones<double>({100, 10}));
  const auto rows = unstack(x);
  tape.gradient(sum(rows[3]), x);
  EXPECT_EQ(calls(tape, "split"), 1u);
}

TEST(SeveralResults, AreAtLeastOne) {
  EXPECT_TRUE(has(message_of<Error>([] { apply(Powers{0}, Var<double>(1.0)); }), {"[powers]", "at least one result"}));
}

struct NoResult : Operation<"no_result"> {
  template <class T>
  SharedValue<T> eval(const SharedValue<T>&) const {
    return {};
  }
  template <class T>
  Var<T> vjp(std::size_t, const Var<T>& g, const Unsaved&, const ShapeOnly&) const {
    return g;
  }
};

TEST(SeveralResults, AreArrays) {
  EXPECT_TRUE(
      has(message_of<Error>([] { apply(NoResult{}, Var<double>(1.0)); }), {"[no_result]", "eval gave no array"}));
}

TEST(SeveralResults, AfterTheirTapeAreRefused) {
  std::vector<Var<double>> rows;
  {
    Tape<double> tape;
    rows = unstack(tape.watch(Array<double>{1, 2}));
  }
  Tape<double> tape;
  EXPECT_THROW(rows[1] + 1.0, TapeError);
}

TEST(SeveralResults, OfUnstackAreRefusedWhereThereAreNone) {
  EXPECT_TRUE(has(message_of<ShapeError>([] {
                    unstack(Var<double>(zeros<double>({2, 0})), 1);
                  }),
                  {"[unstack]", "got 0 along axis 1 of shape (2, 0)"}));
  EXPECT_THROW(unstack(Var<double>(1.0)), ShapeError);
}

// --- Checkpoints ----------------------------------------------------------------------------------------------------

std::tuple<Var<double>, Var<double>> cell(const Var<double>& x, const Var<double>& h) {
  const Var<double> next = tanh(x + 0.5 * h);
  return {next, next * next + h};
}

template <class Cell>
Var<double> unrolled(const Cell& step, const Var<double>& x, const Var<double>& h) {
  auto [a, b] = step(x, h);
  auto [c, d] = step(a, b);
  return sum(c * d) + sum(b);
}

TEST(SeveralResults, OfACheckpointHaveTheSameGradientsToTheBit) {
  const Array<double> x{0.3, -1, 2}, h{1, 0.2, -0.4};
  const auto plain = [](const Var<double>& u, const Var<double>& v) { return unrolled(cell, u, v); };
  const auto kept = [](const Var<double>& u, const Var<double>& v) { return unrolled(checkpoint(cell), u, v); };
  EXPECT_EQ(grad(plain)(x, h), grad(kept)(x, h));
  const GradientReport report = check_gradient(kept, x, h);
  EXPECT_TRUE(report.ok()) << report.message;
}

TEST(SeveralResults, OfACheckpointMayBeAVectorOrAPair) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{1, 2});
  const auto powers = checkpoint([](const Var<double>& u) { return std::vector<Var<double>>{u * u, u * u * u, u}; })(x);
  ASSERT_EQ(powers.size(), 3u);
  const auto [a, b] = checkpoint([](const Var<double>& u) { return std::pair(2.0 * u, 3.0 * u); })(x);
  EXPECT_TRUE(close(tape.gradient(sum(powers[1]) + sum(powers[2]) + sum(b), x), {7, 16}));
  EXPECT_EQ(calls(tape, "checkpoint"), 2u);
}

TEST(SeveralResults, OfACheckpointNobodyNeedsCostNothing) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{1, 2});
  const auto [used, unused] = checkpoint([](const Var<double>& u) { return std::pair(u * u, log(u - 1.0)); })(x);
  EXPECT_TRUE(close(tape.gradient(sum(used), x), {2, 4})) << "and do not spoil the others by 0 · ∞";
}

TEST(SeveralResults, OfACheckpointMustBeTheSameInBothRuns) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{1, 2});
  std::size_t run = 0;
  const auto y = checkpoint([&run](const Var<double>& u) { return std::vector<Var<double>>(2 + run++, u); })(x);
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(sum(y[0]), x); }),
                  {"[checkpoint]", "gave 2 results in its first run and 3 in the second"}));
  const auto none = [](const Var<double>&) { return std::vector<Var<double>>(); };
  EXPECT_TRUE(has(message_of<Error>([&] { checkpoint(none)(x); }), {"[checkpoint]", "at least one"}));
}

TEST(SeveralResults, OfACheckpointMustHaveTheSameShapesInBothRuns) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{1, 2});
  std::size_t run = 0;
  const auto y = checkpoint([&run](const Var<double>& u) { return std::pair(u, run++ == 0 ? u * u : sum(u)); })(x);
  EXPECT_TRUE(has(message_of<TapeError>([&] { tape.gradient(sum(std::get<0>(y)), x); }),
                  {"[checkpoint]", "gave shape (2,) in its first run and shape () in the second"}));
}

}  // namespace
}  // namespace xtape
