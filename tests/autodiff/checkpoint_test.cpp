// checkpoint: the same gradients to the bit, at every place of a function in a program, and what it refuses.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
using Floats = xt::xarray<float>;

template <class T>
::testing::AssertionResult same_bits(const Array<T>& a, const Array<T>& b) {
  if (shape_of(a) != shape_of(b)) return ::testing::AssertionFailure() << "shapes differ";
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(a.data() + i, b.data() + i, sizeof(T)) == 0) continue;
    return ::testing::AssertionFailure() << "element " << i << ": " << a.data()[i] << " and " << b.data()[i];
  }
  return ::testing::AssertionSuccess();
}

Floats noise(const Shape& shape, std::uint64_t seed = 1) {
  return Random(seed).normal<float>(shape);
}

// A parameter as nn has them: a value with a key.
struct Weight {
  Array<float> array;
  std::uint64_t number;
  Var<float> var() const {
    Record<float>* record = LiveTapes<float>::innermost();
    return record == nullptr ? Var<float>(array) : record->leaf_for(number, share(Array<float>(array)));
  }
  std::uint64_t key() const { return number; }
  Shape shape() const { return shape_of(array); }
};

const auto kPlain = [](const auto& f) { return f; };
const auto kCheckpointed = [](const auto& f) { return checkpoint(f); };

// Values that are used before, within (twice) and after f, so that their gradients have several terms in an order.
template <class Wrap>
std::vector<Array<float>> gradients_around(const Wrap& wrap) {
  Tape<float> tape;
  const Var<float> x = tape.watch(noise({7, 33}, 1)), w = tape.watch(noise({33, 33}, 2)),
                   b = tape.watch(noise({33}, 3));
  const Var<float> before = tanh(matmul(x, w) + b);
  const auto f = [](const auto& h, const auto& weight, const auto& bias) {
    const auto u = sigmoid(matmul(h, weight) * bias);
    const auto fused = map([](auto a, auto c) { return tanh(a) * exp(c) + a; }, u, bias);
    return fused * matmul(u, weight) + bias * h;
  };
  const Var<float> y = wrap(f)(before, w, b);
  const Var<float> after = softplus(matmul(y, w) * x + b) * y;
  return tape.gradient(mean(after) + sum(before * b), std::vector<Var<float>>{x, w, b, before});
}

TEST(Checkpoint, GivesTheSameGradientsToTheBit) {
  const auto plain = gradients_around(kPlain), checkpointed = gradients_around(kCheckpointed);
  for (std::size_t k = 0; k < plain.size(); ++k) EXPECT_TRUE(same_bits(plain[k], checkpointed[k])) << k;
}

TEST(Checkpoint, RecordsOneNodeAndTheSameValue) {
  Tape<float> tape;
  const Var<float> x = tape.watch(noise({40}));
  const auto f = [](const auto& v) { return exp(sin(v)) * cos(v) + v; };
  const Var<float> plain = f(x);
  const std::size_t before = tape.size();
  const Var<float> y = checkpoint(f)(x);
  EXPECT_EQ(tape.size(), before + 1);
  EXPECT_TRUE(same_bits(y.value(), plain.value()));
}

TEST(Checkpoint, OneVariableAsSeveralArguments) {
  const auto run = [](const auto& wrap) {
    Tape<float> tape;
    const Var<float> x = tape.watch(noise({5, 9}));
    return tape.gradient(sum(wrap([](const auto& a, const auto& b) { return exp(a) * b * a - b; })(x, x) * x), x);
  };
  EXPECT_TRUE(same_bits(run(kPlain), run(kCheckpointed)));
}

TEST(Checkpoint, TakesArraysAndNumbersAsConstants) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2, 3});
  const auto f = [](const auto& a, const auto& b, const auto& c) { return sum(a * b * c); };
  EXPECT_TRUE(close(tape.gradient(checkpoint(f)(x, Doubles{4, 5, 6}, 2), x), {8, 10, 12}));
  const std::size_t nodes = tape.size();
  const Var<double> constant = checkpoint(f)(Doubles{1, 2}, 3.0, Var<double>(2.0));
  EXPECT_EQ(constant.node(), kConstant);
  EXPECT_EQ(constant.item(), 18);
  EXPECT_EQ(tape.size(), nodes);
}

TEST(Checkpoint, OutsideOfATapeIsTheFunction) {
  const Var<double> y = checkpoint([](const auto& v) { return sum(v * v); })(Doubles{3, 4});
  EXPECT_EQ(y.item(), 25);
  EXPECT_EQ(y.node(), kConstant);
}

TEST(Checkpoint, OfWhatDoesNotDependOnTheArgument) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  const Var<double> y = checkpoint([](const auto&) { return Doubles{5, 6}; })(x);
  EXPECT_TRUE(close(tape.gradient(sum(y * x), x), {5, 6}));
}

TEST(Checkpoint, OfTheArgumentItself) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), z = tape.watch(Doubles{3, 4});
  const Var<double> y = checkpoint([](const auto& a, const auto&) { return a; })(x, z);
  const auto d = tape.gradient(sum(y * x) + sum(z * x), std::vector<Var<double>>{x, z});
  EXPECT_TRUE(close(d[0], {5, 8}));
  EXPECT_TRUE(close(d[1], {1, 2}));
}

// Gradients that nobody asked for are not computed: the slope of b is infinite.
TEST(Checkpoint, SweepsOnlyToWhatIsAskedFor) {
  Tape<double> tape({.check_finite = true});
  const Var<double> a = tape.watch(Doubles{1, 4}), b = tape.watch(Doubles{0, 0});
  const Var<double> y = sum(checkpoint([](const auto& u, const auto& v) { return u * 2.0 + sqrt(v); })(a, b));
  EXPECT_TRUE(close(tape.gradient(y, a, {.retain = true}), {2, 2}));
  EXPECT_TRUE(has(message_of<NumericError>([&] { tape.gradient(y, b); }), {"[checkpoint]", "[sqrt]", "not finite"}));
}

std::vector<Array<float>> weight_gradients(bool checkpointed) {
  const Weight w{noise({6, 6}, 1), 100}, c{noise({6}, 2), 101}, unused{noise({2}, 3), 102};
  Tape<float> tape;
  const Var<float> x(noise({4, 6}, 4));
  const auto g = [&](const Var<float>& v) { return tanh(matmul(tanh(matmul(v, w.var())), w.var()) + c.var()); };
  const Var<float> before = matmul(x, w.var());
  Var<float> h = checkpointed ? checkpoint(g)(before) : g(before);
  h = checkpointed ? checkpoint(g)(h) : g(h);
  return tape.gradient(mean(matmul(h, w.var())), std::vector<Weight>{w, c, unused}, {.allow_unused = true});
}

TEST(Checkpoint, DeliversGradientsToParameters) {
  const auto plain = weight_gradients(false), checkpointed = weight_gradients(true);
  for (std::size_t k = 0; k < plain.size(); ++k) EXPECT_TRUE(same_bits(plain[k], checkpointed[k])) << k;
  EXPECT_NE(checkpointed[1](0), 0);
}

// What a parameter was at the first run counts, and it has one leaf, here and outside.
TEST(Checkpoint, KeepsAParametersValueOfTheFirstRun) {
  Weight w{Floats{2, 3}, 103};
  Tape<float> tape;
  const Var<float> x = tape.watch(Floats{5, 7});
  const Var<float> y = sum(checkpoint([&](const auto& v) { return v * v * w.var(); })(x));
  w.array = Floats{20, 30};
  EXPECT_TRUE(close(tape.gradient(y, x, {.retain = true}), {20, 42}));
  EXPECT_TRUE(close(tape.gradient(y, std::vector<Weight>{w})[0], {25, 49}));
}

TEST(Checkpoint, AParameterThatIsAnArgumentToo) {
  const auto run = [](const auto& wrap) {
    const Weight w{noise({50}), 104};
    Tape<float> tape;
    const auto f = [&](const auto& v) { return exp(v) * w.var() * w.var(); };
    return tape.gradient(sum(wrap(f)(w.var()) * w.var()), std::vector<Weight>{w})[0];
  };
  EXPECT_TRUE(same_bits(run(kPlain), run(kCheckpointed)));
}

TEST(Checkpoint, WithinACheckpoint) {
  const auto run = [](bool checkpointed) {
    const Weight w{noise({30}, 5), 105};
    Tape<float> tape;
    const Var<float> x = tape.watch(noise({30}));
    const auto inner = [&](const Var<float>& v) { return sin(v * w.var()) * v; };
    const auto outer = [&](const Var<float>& v) {
      const Var<float> u = checkpointed ? checkpoint(inner)(v) : inner(v);
      return exp(checkpointed ? checkpoint(inner)(u) : inner(u)) + u * w.var();
    };
    const Var<float> y = mean(checkpointed ? checkpoint(outer)(x) : outer(x));
    auto gradients = tape.gradient(y, std::vector<Weight>{w}, {.retain = true});
    gradients.push_back(tape.gradient(y, x));
    return gradients;
  };
  const auto plain = run(false), checkpointed = run(true);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_TRUE(same_bits(plain[k], checkpointed[k])) << k;
}

TEST(Checkpoint, AroundADerivative) {
  const auto run = [](const auto& wrap) {
    const Weight w{noise({8}, 5), 106};
    Tape<float> tape;
    const auto energy = [&](const Var<float>& v) { return sum(sin(v * w.var()) * v); };
    const Var<float> x = tape.watch(noise({8}));
    const Var<float> force = wrap([&](const Var<float>& v) { return grad(energy)(v); })(x);
    auto gradients = tape.gradient(sum(force * force), std::vector<Weight>{w}, {.retain = true});
    gradients.push_back(tape.gradient(sum(force * force), x));
    return gradients;
  };
  const auto plain = run(kPlain), checkpointed = run(kCheckpointed);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_TRUE(same_bits(plain[k], checkpointed[k])) << k;
}

TEST(Checkpoint, IsDifferentiatedToAnyOrder) {
  const auto through = [](const auto& wrap) {
    return [wrap](const auto& x) {
      const auto g = [](const auto& u, const auto& v) { return sin(u) * exp(v) * u; };
      const auto y = wrap(g)(x, x * x);
      return sum(wrap(g)(y, x) * y);
    };
  };
  const auto plain = through(kPlain);
  const auto checkpointed = through(kCheckpointed);
  const Doubles x{0.3, -0.7}, v{1, 2};
  EXPECT_TRUE(same_bits(grad(plain)(x), grad(checkpointed)(x)));
  EXPECT_TRUE(close(hessian(checkpointed)(x), hessian(plain)(x), 1e-13));
  EXPECT_TRUE(close(hvp(checkpointed)(x, v), hvp(plain)(x, v), 1e-13));
  EXPECT_TRUE(close(jvp(checkpointed)(x, v).tangent, jvp(plain)(x, v).tangent, 1e-13));
  const auto second = [](const auto& f) {
    return [f](const auto& u) { return sum(grad([f](const auto& w) { return sum(grad(f)(w)); })(u)); };
  };
  EXPECT_TRUE(close(grad(second(checkpointed))(x), grad(second(plain))(x), 1e-11));
  const GradientReport report = check_gradient(checkpointed, x);
  EXPECT_TRUE(report.ok()) << report.message;
}

// The recorded sweep adds the same terms in the same order.
TEST(Checkpoint, RecordedSweepsGiveTheSameBits) {
  const auto run = [](const auto& wrap) {
    const Weight w{noise({9}, 5), 107};
    Tape<float> tape;
    const Var<float> x = tape.watch(noise({9}));
    const auto f = [&](const auto& v) {
      const auto y = wrap([&](const auto& u) { return exp(u * w.var()) * u; })(v);
      return sum(y * v + sin(v) * w.var());
    };
    return grad(f)(x).value();
  };
  EXPECT_TRUE(same_bits(run(kPlain), run(kCheckpointed)));
}

TEST(Checkpoint, PullbacksAreCalledAgainLater) {
  const auto f = [](const auto& x) { return checkpoint([](const auto& v) { return exp(v) * v; })(x); };
  const auto pulled = vjp(f)(Doubles{0, 1});
  const Array<double> first = pulled.pullback(Doubles{1, 0}), second = pulled.pullback(Doubles{0, 1});
  EXPECT_TRUE(close(first, {1, 0}));
  EXPECT_TRUE(close(second, {0, 2 * std::exp(1.0)}));
}

TEST(Checkpoint, RetainsOrRefuses) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  const Var<double> y = sum(checkpoint([](const auto& v) { return v * v; })(x));
  EXPECT_TRUE(close(tape.gradient(y, x, {.retain = true}), {2, 4}));
  EXPECT_TRUE(close(tape.gradient(y, x), {2, 4}));
  EXPECT_THROW(tape.gradient(y, x), TapeError);
}

// Counts how often it is computed.
struct CountedProduct : Operation<"counted_product", operand(1), operand(0)> {
  static inline int evaluations = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& a, const SharedValue<T>& b) const {
    ++evaluations;
    return matmul(Var<T>(a), Var<T>(b)).shared();
  }
  template <class T>
  Var<T> vjp(Argument<0>, const Var<T>& g, const Unsaved&, const ShapeOnly&, const Var<T>& b) const {
    return matmul(g, transpose(b));
  }
  template <class T>
  Var<T> vjp(Argument<1>, const Var<T>& g, const Unsaved&, const Var<T>& a, const ShapeOnly&) const {
    return matmul(transpose(a), g);
  }
};

TEST(CheckpointPolicy, KeepsTheResultsOfSomeOperations) {
  const auto block = [](const auto& x, const auto& w) {
    const auto h = tanh(apply(CountedProduct{}, x, w));
    return softmax(tanh(apply(CountedProduct{}, h, w)), -1);
  };
  const Doubles x = Random(1).normal<double>({5, 4}), w = Random(2).normal<double>({4, 4});
  const auto gradients = [&](const auto& f) {
    Tape<double> tape;
    const Var<double> vx = tape.watch(x), vw = tape.watch(w);
    CountedProduct::evaluations = 0;
    const Var<double> y = sum(square(f(vx, vw)));
    auto result = tape.gradient(y, {vx, vw});
    return std::pair(std::move(result), CountedProduct::evaluations);
  };
  const auto plain = gradients(block), again = gradients(checkpoint(block));
  const auto kept = gradients(checkpoint(block, {.save = {"counted_product"}}));
  const auto nested = gradients(checkpoint(checkpoint(block, {.save = {"counted_product"}})));
  EXPECT_EQ(plain.second, 2);
  EXPECT_EQ(again.second, 4);
  EXPECT_EQ(kept.second, 2);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_TRUE(same_bits(kept.first[k], plain.first[k]));
    EXPECT_TRUE(same_bits(nested.first[k], plain.first[k]));
  }
  const GradientReport report =
      check_gradient({.order = 3}, checkpoint(block, {.save = {"counted_product", "softmax"}}), x, w);
  EXPECT_TRUE(report.ok()) << report.message;
  // Two sweeps of one tape.
  Tape<double> tape;
  const Var<double> vx = tape.watch(x), y = sum(checkpoint(block, {.save = {"counted_product"}})(vx, w));
  const Array<double> first = tape.gradient(y, vx, {.retain = true});
  EXPECT_TRUE(same_bits(first, tape.gradient(y, vx)));
}

TEST(CheckpointPolicy, OfOperationsThatAreMadeOfOthers) {
  const Doubles x = 0.3 * Random(1).normal<double>({3, 3}), wide = Random(2).normal<double>({3, 5});
  const CheckpointOptions keep{.save = {"matmul", "expm", "inv", "sum"}};
  const auto same = [&](const auto& f) {
    const GradientReport report = check_gradient({.order = 2}, checkpoint(f, keep), x);
    EXPECT_TRUE(report.ok()) << report.message;
    const auto total = [](const auto& g) { return grad([g](const auto& z) { return sum(g(z)); }); };
    EXPECT_TRUE(close(total(checkpoint(f, keep))(x), total(f)(x), 1e-13));
    EXPECT_TRUE(close(jacobian(checkpoint(f, keep))(x), jacobian(f)(x), 1e-12));
  };
  same([&](const auto& z) { return matmul(expm(z), wide); });
  same([](const auto& z) { return matmul(expm(z), expm(2.0 * z)); });
  same([](const auto& z) { return sum(tanh(expm(z)), {0}) * sum(z, {0}); });
  same([](const auto& z) { return jvp([](const auto& q) { return expm(q); })(z, z).tangent; });
  same([](const auto& z) {
    return matmul(jvp([](const auto& q) { return inv(q + 5.0 * eye<double>(3)); })(z, z).tangent, matmul(z, z));
  });
  same([](const auto& z) {
    const auto g = checkpoint([](const auto& a) { return matmul(a, a); })(z);
    return tanh(matmul(g, g));
  });
}

TEST(CheckpointPolicy, CountsWhatItKeeps) {
  const auto f = [](const auto& x) { return tanh(matmul(x, x)); };
  const auto bytes = [&](const auto& g) {
    Tape<double> tape;
    const Var<double> y = g(tape.watch(ones<double>({32, 32})));
    std::size_t total = 0;
    for (const auto& row : tape.summary().rows) total += row.saved_bytes;
    return total;
  };
  EXPECT_EQ(bytes(checkpoint(f, {.save = kProducts})), bytes(checkpoint(f)) + 32 * 32 * sizeof(double));
}

TEST(CheckpointPolicy, RefusesNamesThatMeanNothing) {
  Tape<double> tape;
  const Var<double> x = tape.watch(1.0);
  const std::string said =
      message_of<Error>([&] { checkpoint([](const auto& v) { return exp(v); }, {.save = {"exp"}})(x); });
  EXPECT_TRUE(has(said, {"[checkpoint]", "save", "\"exp\"", "element-wise"})) << said;
}

}  // namespace
}  // namespace xtape
