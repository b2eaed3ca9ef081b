// Loops over the first dimension of arrays.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

struct Problem {
  Array<double> h0, xs, w;
  explicit Problem(std::size_t steps) {
    Random rng(1);
    h0 = rng.normal<double>({3});
    xs = rng.normal<double>({steps, 3});
    w = Array<double>(0.4 * rng.normal<double>({3, 3}));
  }
};

const auto kCell = [](const auto& h, const auto& x, const auto& w) {
  const Var<double> next = tanh(matmul(w, h) + x);
  return std::pair(next, sum(square(next)));
};

Var<double> unrolled(const Var<double>& h0, const Var<double>& xs, const Var<double>& w) {
  Var<double> h = h0;
  std::vector<Var<double>> ys;
  for (std::size_t i = 0; i < xs.shape(0); ++i) {
    auto [next, y] = kCell(h, xs[i], w);
    h = next;
    ys.push_back(y);
  }
  return sum(h) + sum(sin(stack(ys)));
}

TEST(Scan, IsTheLoopToTheBit) {
  for (const std::size_t steps : {1, 2, 7, 50}) {
    const Problem p(steps);
    for (const std::size_t segment : {0, 1, 3, 1000}) {
      const auto looped = [&](const auto& h0, const auto& xs, const auto& w) {
        const auto [h, ys] = scan(kCell, {.segment = segment})(h0, xs, w);
        EXPECT_EQ(ys.shape(), Shape{steps});
        return sum(h) + sum(sin(ys));
      };
      const auto got = value_and_grad(looped)(p.h0, p.xs, p.w), expected = value_and_grad(unrolled)(p.h0, p.xs, p.w);
      EXPECT_EQ(got.value, expected.value);
      EXPECT_TRUE(close(std::get<0>(got.gradient), std::get<0>(expected.gradient), 0));
      EXPECT_TRUE(close(std::get<1>(got.gradient), std::get<1>(expected.gradient), 0));
      EXPECT_TRUE(close(std::get<2>(got.gradient), std::get<2>(expected.gradient), 0));
    }
  }
}

TEST(Scan, HasDerivativesOfEveryOrder) {
  const Problem p(6);
  const auto loss = [](const auto& h0, const auto& xs, const auto& w) {
    const auto [h, ys] = scan(kCell)(h0, xs, w);
    return sum(h) * sum(ys);
  };
  const GradientReport report = check_gradient({.order = 3}, loss, p.h0, p.xs, p.w);
  EXPECT_TRUE(report.ok()) << report.message;
}

TEST(Scan, RecordsTheRootOfTheSteps) {
  const Problem p(400);
  Tape<double> tape;
  const Var<double> w = tape.watch(p.w);
  static_cast<void>(scan(kCell)(p.h0, p.xs, w));
  EXPECT_LT(tape.size(), 120u);  // 20 segments, of two results each, and what takes them apart and together
}

TEST(Scan, OverStructures) {
  const std::map<std::string, Doubles> xs{{"a", {1, 2, 3}}, {"b", {4, 5, 6}}};
  const auto step = [](const auto& carry, const auto& x) {
    const Var<double> product = carry.first * x.at("a");
    return std::pair(std::pair(product, carry.second + x.at("b")), std::vector{product, x.at("b") * 2.0});
  };
  const auto [carry, ys] = scan(step)(std::pair(1.0, 0.0), xs);
  EXPECT_EQ(carry.first.item(), 6.0);
  EXPECT_EQ(carry.second.item(), 15.0);
  EXPECT_TRUE(close(ys[0].value(), {1.0, 2.0, 6.0}));
  EXPECT_TRUE(close(ys[1].value(), {8.0, 10.0, 12.0}));
}

// The generator stands in the sweep where it stood in the loop.
TEST(Scan, DrawsTheSameAgain) {
  const Problem p(30);
  Random rng(5);
  const auto loss = [&](const auto& w) {
    rng = Random(5);
    const auto cell = [&rng](const auto& h, const auto& x, const auto& v) {
      const Var<double> next = tanh(matmul(v, h) + x * rng.normal<double>({3}));
      return std::pair(next, next);
    };
    return sum(scan(cell, rng)(p.h0, p.xs, w).first);
  };
  const double step = 1e-6;
  const Array<double> gradient = grad(loss)(p.w);
  Array<double> up = p.w, down = p.w;
  up(1, 2) += step;
  down(1, 2) -= step;
  EXPECT_NEAR(gradient(1, 2), (loss(Var<double>(up)).item() - loss(Var<double>(down)).item()) / (2 * step), 1e-7);
}

TEST(Scan, SaysWhatIsWrong) {
  const Problem p(4);
  const auto grows = [](const auto& h, const auto&) { return std::pair(concatenate(std::vector{h, h}), h); };
  EXPECT_EQ(message_of<ShapeError>([&] { scan(grows)(Var<double>(p.h0), p.xs); }),
            "[scan] the carry after a step must have the shape (3,), got (6,)");
  const auto same = [](const auto& h, const auto&) { return std::pair(h, h); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              scan(same)(Var<double>(p.h0), std::pair(p.xs, Doubles{1, 2}));
            }),
            "[scan] as many steps expected in each array: xs[0] has shape (4, 3), xs[1] (2,)");
  EXPECT_EQ(message_of<ShapeError>([&] { scan(same)(Var<double>(p.h0), 1.0); }),
            "[scan] at least one step in the first dimension of xs expected, got shape ()");
  int calls = 0;
  const auto more_and_more = [&calls](const auto& h, const auto&) {
    return std::pair(h, std::vector<Var<double>>(std::size_t(++calls), h));
  };
  EXPECT_EQ(message_of<ShapeError>([&] { scan(more_and_more, {.segment = 1})(Var<double>(p.h0), p.xs); }),
            "[scan] what is stacked must have the parts that are expected: nothing more, got [1]");
  using Map = std::map<std::string, Var<double>>;
  const auto renames = [](const auto& c, const auto& x) { return std::pair(Map{{"b", c.begin()->second + x}}, x); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              scan(renames)(Map{{"a", Var<double>(p.h0)}}, p.xs);
            }),
            "[scan] the carry after a step must have the parts that are expected: [\"a\"], got [\"b\"]");
  Tape<double> tape;
  const Var<double> w = tape.watch(p.w);
  EXPECT_THROW(scan([&](const auto& h, const auto& x) { return std::pair(matmul(w, h) + x, h); })(p.h0, p.xs),
               TapeError);
}

const auto kFar = [](const auto& x, const auto& a) { return sum(abs(x * x - a)) > 1e-12; };
const auto kNearer = [](const auto& x, const auto& a) { return 0.5 * (x + a / x); };  // Heron's step

TEST(WhileLoop, IsTheLoopToTheBit) {
  const Array<double> a{2.0, 30.0, 0.1}, start = ones<double>({3});
  const auto by_while = [&](const auto& v) { return sum(sin(while_loop(kFar, kNearer)(start, v))); };
  const auto written_out = [&](const auto& v) {
    Var<double> x(start);
    while (kFar(x.constant(), v)) x = kNearer(x, v);
    return sum(sin(x));
  };
  EXPECT_EQ(grad(by_while)(a), grad(written_out)(a));
  const GradientReport report = check_gradient({.order = 3}, by_while, a);
  EXPECT_TRUE(report.ok()) << report.message;
  const Array<double> roots = sqrt(Var<double>(a)).value();
  EXPECT_TRUE(close(while_loop(kFar, kNearer)(start, a).value(), roots, 1e-14));
  EXPECT_TRUE(
      close(jvp(by_while)(a, ones<double>({3})).tangent, sum(0.5 * cos(Var<double>(roots)) / roots).value(), 1e-12));
}

TEST(WhileLoop, RecordsTheRootOfTheSteps) {
  Tape<double> tape;
  const Var<double> a = tape.watch(1.001);
  std::size_t steps = 0;
  const auto grow = [&steps](const auto& c, const auto& f) {
    ++steps;
    return std::pair(c.first * f, c.second + 1.0);
  };
  const auto [x, count] =
      while_loop([](const auto& c, const auto&) { return c.second < 1000.0; }, grow)(std::pair(1.0, 0.0), a);
  EXPECT_EQ(count.item(), 1000);
  EXPECT_EQ(steps, 1000u);
  EXPECT_LT(tape.record()->size(), 100);  // 45 segments, of two results
  EXPECT_NEAR(tape.gradient(x, a)(), 1000 * std::pow(1.001, 999), 1e-9);
}

TEST(WhileLoop, OfNoSteps) {
  const auto f = [](const auto& x) {
    return while_loop([](const auto&) { return false; }, [](const auto& v) { return v * v; })(x);
  };
  EXPECT_EQ(f(Var<double>(3.0)).item(), 3);
  EXPECT_EQ(grad(f)(3.0)(), 1);
}

TEST(WhileLoop, SaysWhatIsWrong) {
  const auto forever = [](const auto&) { return true; };
  const auto next = [](const auto& x) { return x + 1.0; };
  EXPECT_EQ(message_of<NumericError>([&] { while_loop(forever, next, {.max_steps = 7})(Var<double>(0.0)); }),
            "[while_loop] the condition still holds after 7 steps, as many as `max_steps` allows");
  const auto below = [](const auto& x) { return x < 7.0; };
  EXPECT_EQ(while_loop(below, next, {.max_steps = 7})(Var<double>(0.0)).item(), 7);
  const auto grows = [](const auto& x) { return concatenate({x, x}); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              while_loop(forever, grows)(Var<double>(Doubles{1, 2}));
            }),
            "[while_loop] the carry after a step must have the shape (2,), got (4,)");
  Tape<double> tape;
  const Var<double> w = tape.watch(2.0);
  EXPECT_THROW(while_loop(below, [&](const auto& x) { return x + w; })(Var<double>(0.0)), TapeError);
}

}  // namespace
}  // namespace xtape
