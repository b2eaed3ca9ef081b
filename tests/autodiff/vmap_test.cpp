// vmap: where examples lie, what it nests with, and what it refuses. That every op is on a batch what it is of each
// example is in levels_test.cpp.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

Array<double> drawn(const Shape& shape, std::uint64_t seed = 1) {
  return Random(seed).normal(shape);
}
// f of each example, one after the other: along the first axis of all arguments.
template <class F, class... X>
Array<double> one_by_one(const F& f, const X&... x) {
  const std::size_t count = std::get<0>(std::tuple<const X&...>(x...)).shape()[0];
  std::vector<Var<double>> each;
  for (std::size_t i = 0; i < count; ++i) each.push_back(f(Var<double>(Var<double>(x)[std::ptrdiff_t(i)].value())...));
  return stack(each).value();
}

const auto kEnergy = [](const auto& x, const auto& w) { return sum(tanh(matmul(w, x))); };

TEST(Vmap, IsTheLoopOverExamples) {
  const Array<double> xs = drawn({6, 3}), ws = drawn({6, 4, 3}, 2);
  EXPECT_TRUE(close(vmap(kEnergy)(xs, ws).value(), one_by_one(kEnergy, xs, ws), 1e-14));
  const Array<double> w = drawn({4, 3}, 3);
  const auto shared = [&](const auto& x) { return kEnergy(x, w); };
  EXPECT_TRUE(close(vmap(kEnergy, {.in_axes = {0, {}}})(xs, w).value(), one_by_one(shared, xs), 1e-14));
  EXPECT_TRUE(close(vmap(shared)(xs).value(), one_by_one(shared, xs), 1e-14));
  EXPECT_EQ(vmap(shared)(zeros<double>({0, 3})).shape(), Shape{0});
}

TEST(Vmap, ExamplesLieWhereTheAxesSay) {
  const Array<double> xs = drawn({3, 6}), w = drawn({4, 3}, 2);
  const auto f = [](const auto& x, const auto& v) { return std::pair(matmul(v, x), sum(x)); };
  const auto [y, total] = vmap(f, {.in_axes = {-1, {}}, .out_axes = {1, 0}})(xs, w);
  EXPECT_TRUE(close(y.value(), matmul(w, xs).value(), 1e-14));
  EXPECT_TRUE(close(total.value(), sum(Var<double>(xs), 0).value(), 1e-14));
  const auto last = vmap([](const auto& x) { return x * 2.0; }, {.in_axes = {1}, .out_axes = {-1}})(xs);
  EXPECT_TRUE(close(last.value(), Array<double>(2.0 * xs), 0));
}

TEST(Vmap, TakesAndGivesStructures) {
  const Array<double> a = drawn({5, 2}), b = drawn({5, 3}, 2);
  const std::map<std::string, Array<double>> in{{"a", a}, {"b", b}};
  const auto f = [](const std::map<std::string, Var<double>>& p, const auto& power, const auto& scale) {
    return std::vector<Var<double>>{scale * p.at("a"), sum(p.at("b")) + power};
  };
  const std::vector<Var<double>> out = vmap(f, {.in_axes = {0, {}, {}}})(in, 2.0, 3.0);
  EXPECT_TRUE(close(out[0].value(), Array<double>(3.0 * a), 0));
  EXPECT_TRUE(close(out[1].value(), (sum(Var<double>(b), 1) + 2.0).value(), 1e-15));
}

TEST(Vmap, RepeatsWhatDoesNotDependOnAnExample) {
  const auto [y, z] = vmap([](const auto& x) { return std::pair(Var<double>(Doubles{1, 2}), x); })(Doubles{5, 6, 7});
  EXPECT_TRUE(close(y.value(), Array<double>{{1, 2}, {1, 2}, {1, 2}}, 0));
  EXPECT_TRUE(close(z.value(), {5, 6, 7}, 0));
}

TEST(Vmap, AlignsExamplesOfFewerDimensions) {
  // As many examples as elements: dimensions of the one must not meet those of the other.
  const Array<double> x = drawn({3}), y = drawn({3, 3}, 2), z = drawn({3, 3}, 3);
  const auto f = [&](const auto& number, const auto& row) { return number + row * z; };
  EXPECT_TRUE(close(vmap(f)(x, y).value(), one_by_one(f, x, y), 1e-15));
}

TEST(Vmap, NestsWithEveryDerivative) {
  const Array<double> xs = drawn({4, 3}), w = drawn({5, 3}, 2);
  const auto f = [&](const auto& x) { return sum(exp(0.3 * matmul(w, x)) * sum(square(x))); };
  const auto slopes = [&](const auto& x) { return grad(f)(x); };
  const auto both = [&](const auto& x) {
    const auto [value, gradient] = value_and_grad(f)(x);
    return value * gradient;
  };
  const auto curvature = [&](const auto& x) { return hessian(f)(x); };
  const auto third = [&](const auto& x) { return jacobian([&](const auto& u) { return hessian(f)(u); })(x); };
  const auto pushed = [&](const auto& x) {
    return jvp([&](const auto& u) { return tanh(matmul(w, u)); })(x, 2.0 * x).tangent;
  };
  const auto product = [&](const auto& x) { return hvp(f)(x, x); };
  const auto columns = [&](const auto& x) { return jacobian([&](const auto& u) { return tanh(matmul(w, u)); })(x); };
  const auto newton = [&](const auto& x) { return solve(hessian(f)(x), grad(f)(x)); };
  EXPECT_TRUE(close(vmap(slopes)(xs).value(), one_by_one(slopes, xs), 1e-13));
  EXPECT_TRUE(close(vmap(both)(xs).value(), one_by_one(both, xs), 1e-13));
  EXPECT_TRUE(close(vmap(curvature)(xs).value(), one_by_one(curvature, xs), 1e-13));
  EXPECT_TRUE(close(vmap(third)(xs).value(), one_by_one(third, xs), 1e-12));
  EXPECT_TRUE(close(vmap(pushed)(xs).value(), one_by_one(pushed, xs), 1e-13));
  EXPECT_TRUE(close(vmap(product)(xs).value(), one_by_one(product, xs), 1e-13));
  EXPECT_TRUE(close(vmap(columns)(xs).value(), one_by_one(columns, xs), 1e-13));
  EXPECT_TRUE(close(vmap(newton)(xs).value(), one_by_one(newton, xs), 1e-10));
}

TEST(Vmap, IsDifferentiatedItselfToAnyOrder) {
  const Array<double> xs = drawn({4, 3}), w = drawn({2, 3}, 2);
  // The loss is of a gradient of each example, in what vmap closes over and in what it is given.
  const auto loss = [](const auto& x, const auto& v) {
    return sum(vmap([&](const auto& u) {
      return sum(square(grad([&](const auto& t) { return sum(tanh(matmul(v, t)) * sigmoid(t[0])); })(u)));
    })(x));
  };
  const GradientReport report = check_gradient({.order = 3}, loss, xs, w);
  EXPECT_TRUE(report.ok()) << report.message;
  const auto written_out = [](const auto& x, const auto& v) {
    Var<double> total(0.0);
    for (std::ptrdiff_t i = 0; i < 4; ++i) {
      total = total + sum(square(grad([&](const auto& t) { return sum(tanh(matmul(v, t)) * sigmoid(t[0])); })(x[i])));
    }
    return total;
  };
  Tape<double> tape;
  const Var<double> x = tape.watch(xs), v = tape.watch(w);
  const auto got = tape.gradient(loss(x, v), {x, v}, {.retain = true});
  const auto expected = tape.gradient(written_out(x, v), {x, v});
  for (std::size_t k = 0; k < 2; ++k) EXPECT_TRUE(close(got[k], expected[k], 1e-13));
}

TEST(Vmap, NestsWithItself) {
  const Array<double> x = drawn({4, 3, 2}), y = drawn({3, 5}, 2);
  const auto inner = [](const auto& a, const auto& b) { return sum(a) * b; };
  const auto table = vmap([&](const auto& a) { return vmap([&](const auto& b) { return inner(a, b); })(y); })(x);
  const auto expected = reshape(sum(Var<double>(x), {1, 2}), {-1, 1, 1}) * y;
  EXPECT_TRUE(close(table.value(), expected.value(), 1e-14));
  const auto columns = vmap([](const auto& a) {
    return vmap([](const auto& c) { return grad([](const auto& u) { return prod(u); })(c); }, {.in_axes = {1}})(a);
  })(x);
  EXPECT_EQ(columns.shape(), (Shape{4, 2, 3}));
  EXPECT_NEAR(columns(1, 0, 2).item(), x(1, 0, 0) * x(1, 1, 0), 1e-14);
}

TEST(Vmap, PicksForEachExampleByItself) {
  const Array<double> xs = drawn({5, 7});
  const auto sorted = [](const auto& x) { return sort(x); };
  const auto middle = [](const auto& x) { return median(x) + quantile(x, 0.3); };
  const auto top = [](const auto& x) { return topk(x, 3).values; };
  const auto taken = [](const auto& x) { return take_along_axis(square(x), argsort(x), 0); };
  const auto running = [](const auto& x) { return cummax(x); };
  const auto slopes = [&](const auto& x) {
    return grad([](const auto& u) { return sum(square(sort(u) * Doubles{1, 2, 3, 4, 5, 6, 7})); })(x);
  };
  EXPECT_TRUE(close(vmap(sorted)(xs).value(), one_by_one(sorted, xs), 0));
  EXPECT_TRUE(close(vmap(middle)(xs).value(), one_by_one(middle, xs), 1e-15));
  EXPECT_TRUE(close(vmap(top)(xs).value(), one_by_one(top, xs), 0));
  EXPECT_TRUE(close(vmap(taken)(xs).value(), one_by_one(taken, xs), 1e-15));
  EXPECT_TRUE(close(vmap(running)(xs).value(), one_by_one(running, xs), 0));
  EXPECT_TRUE(close(vmap(slopes)(xs).value(), one_by_one(slopes, xs), 1e-14));
  const Array<double> table = drawn({7, 2, 3}, 3);
  const auto looked_up = [&](const auto& x) { return take(table, argmax(x)) * sum(x); };
  const auto of_all = [&](const auto& x) { return take(table, argsort(reshape(slice(x, {{0, 6}}), {2, 3})), 0); };
  const auto middle_axis = [&](const auto& x) { return take(table * x[0], argsort(slice(x, {{0, 2}})), 1); };
  const auto found = [&](const auto& t) {
    return sum(square(vmap([&](const auto& x) { return take(t, argmax(x)) * sum(x); })(xs)));
  };
  EXPECT_TRUE(close(vmap(looked_up)(xs).value(), one_by_one(looked_up, xs), 1e-15));
  EXPECT_TRUE(close(vmap(of_all)(xs).value(), one_by_one(of_all, xs), 0));
  EXPECT_TRUE(close(vmap(middle_axis)(xs).value(), one_by_one(middle_axis, xs), 0));
  const GradientReport report = check_gradient(found, table);
  EXPECT_TRUE(report.ok()) << report.message;
  const Array<double> images = drawn({3, 1, 2, 6, 6}, 2);
  const auto pooled = [](const auto& x) {
    return grad([](const auto& u) { return sum(square(max_pool2d(u, 2))); })(x);
  };
  EXPECT_TRUE(close(vmap(pooled)(images).value(), one_by_one(pooled, images), 1e-15));
}

TEST(Vmap, TakesByAnExamplesPlacesFromWhatIsOfATransformInside) {
  const Array<double> xs = drawn({4, 3}), c{1, 2, 3}, w = drawn({3, 3}, 2);
  const auto check = [&](const auto& f) { EXPECT_TRUE(close(vmap(f)(xs).value(), one_by_one(f, xs), 1e-13)); };
  check([&](const auto& r) {
    return jvp([&](const auto& q) { return take(q * q, argsort(r)); })(Var<double>(c), Var<double>(c)).tangent;
  });
  check([](const auto& r) { return jacobian([](const auto& u) { return sort(u) * u; })(r); });
  check([](const auto& r) { return hessian([](const auto& u) { return sum(square(topk(u, 2).values) * u[0]); })(r); });
  check([&](const auto& r) { return vmap([&](const auto& q) { return take(q, argmax(r)); })(w); });
  check([&](const auto& r) {
    return grad([&](const auto& m) { return sum(square(take(m, argmax(r), 1)) * r); })(Var<double>(w));
  });
  check([&](const auto& r) { return scatter_add(Var<double>(c), argsort(r), 2.0 * Var<double>(c), 0); });
  check([&](const auto& r) {
    return jvp([&](const auto& q) { return scatter_add(r, argsort(r), q * q, 0); })(Var<double>(c), Var<double>(c))
        .tangent;
  });
}

TEST(Vmap, LetsTheTapeAroundItGo) {
  Shared<Record<double>> record;
  {
    Tape<double> tape;
    record = tape.record();
    const Var<double> w = tape.watch(Doubles{1, 2});
    const auto slope = [&](const auto& x) { return grad([&](const auto& u) { return sum(tanh(u * w)); })(x); };
    static_cast<void>(vmap(slope)(Doubles{{1, 2}, {3, 4}}));
    static_cast<void>(jvp(slope)(Var<double>(Doubles{1, 2}), Var<double>(Doubles{1, 1})));
  }
  EXPECT_EQ(record->uses.load(), 1u);  // but for this one nobody holds it, its own nodes least of all
}

TEST(Vmap, BelongsToItsThread) {
  std::string said;
  vmap([&](const auto& x) {
    std::thread([&] { said = message_of<TapeError>([&] { static_cast<void>(x + 1.0); }); }).join();
    return x;
  })(Doubles{1, 2});
  EXPECT_TRUE(has(said, {"[add]", "vmap", "another thread"})) << said;
}

TEST(Vmap, OfFunctionsWithRulesAndOfEquations) {
  const Array<double> xs = drawn({4, 3});
  const auto clipped = custom_vjp([](const auto& x) { return x * x; },
                                  [](const auto& g, const auto&, const auto& x) { return clip(g, -1, 1) * 2.0 * x; });
  const auto reading = custom_vjp([](const auto& x) { return Var<double>(Array<double>(xt::sin(x.value()))); },
                                  [](const auto& g, const auto&, const auto& x) { return g * cos(x); });
  const auto by_jvp = custom_jvp([](const auto& x) { return exp(x); },
                                 [](const auto& v, const auto& y, const auto&) { return 3.0 * v * y; });
  const auto f = [&](const auto& x) {
    return grad([&](const auto& u) { return sum(5.0 * clipped(u) + by_jvp(u)); })(x);
  };
  const auto g = [&](const auto& x) { return grad([&](const auto& u) { return sum(square(reading(u))); })(x); };
  EXPECT_TRUE(close(vmap(f)(xs).value(), one_by_one(f, xs), 1e-14));
  EXPECT_TRUE(close(vmap(g)(xs).value(), one_by_one(g, xs), 1e-14));
  // The rule holds for a derivative around vmap as well.
  const auto around =
      grad([&](const auto& x) { return sum(vmap([&](const auto& u) { return 5.0 * clipped(u); })(x)); })(xs);
  EXPECT_TRUE(close(around, Array<double>(2.0 * xs), 1e-14));
  const auto solved = [](const auto& x) {
    return grad([](const auto& a) {
      return root([](const auto& u, const auto& b) { return u * u * u + u - b; })(0.0, sum(a));
    })(x);
  };
  EXPECT_TRUE(close(vmap(solved)(xs).value(), one_by_one(solved, xs), 1e-10));
  const auto decayed = [](const auto& x) {
    return grad([](const auto& a) {
      return sum(
          odeint([](const auto& y, double, const auto& r) { return -r * r * y; })(1.0, std::vector{0.0, 1.0}, sum(a)));
    })(x);
  };
  EXPECT_TRUE(close(vmap(decayed)(xs).value(), one_by_one(decayed, xs), 1e-10));
}

TEST(Vmap, RunsCheckpointsAndLoopsAsTheyAre) {
  const Array<double> xs = drawn({3, 4});
  const auto step = [](const auto& h, const auto& x) { return std::pair(tanh(h + x), h * x); };
  const auto f = [&](const auto& x) {
    return grad([&](const auto& u) {
      const auto [last, ys] = scan(step)(0.5, u);
      return last + sum(checkpoint([](const auto& v) { return exp(v) * v; })(ys));
    })(x);
  };
  EXPECT_TRUE(close(vmap(f)(xs).value(), one_by_one(f, xs), 1e-14));
}

TEST(Vmap, StopsAGradientEverywhere) {
  const Array<double> xs = drawn({3, 2});
  const auto half = [](const auto& x) { return sum(vmap([](const auto& u) { return u * stop_gradient(u); })(x)); };
  EXPECT_TRUE(close(grad(half)(xs), xs, 1e-15));
  EXPECT_TRUE(close(jvp(half)(xs, ones<double>({3, 2})).tangent, sum(Var<double>(xs)).value(), 1e-14));
}

TEST(Vmap, ExamplesHaveNoElements) {
  const Doubles xs{{1, 2}, {3, 4}};
  const auto asked = [&](const auto& ask) {
    return message_of<TapeError>([&] {
      vmap([&](const auto& x) {
        ask(x);
        return x;
      })(xs);
    });
  };
  const std::string by_value = asked([](const auto& x) { static_cast<void>(x.value()); });
  EXPECT_TRUE(has(by_value, {"[vmap]", "all 2 examples", "(2, 2)", "where(condition, a, b)"})) << by_value;
  EXPECT_TRUE(has(asked([](const auto& x) { static_cast<void>(x(0).item()); }), {"[vmap]"}));
  EXPECT_TRUE(has(asked([](const auto& x) { static_cast<void>(bool(sum(x) > 0.0)); }), {"[vmap]"}));
  EXPECT_TRUE(has(asked([](const auto& x) { std::ostringstream() << x; }), {"[vmap]"}));
  EXPECT_TRUE(has(asked([](const auto& x) { static_cast<void>(argmax(x).item()); }), {"[vmap]", "take_along_axis"}));
  EXPECT_TRUE(has(asked([](const auto& x) {
                    static_cast<void>(while_loop([](const auto& u) { return sum(u) < 9.0; },
                                                 [](const auto& u) { return u + 1.0; })(x));
                  }),
                  {"[vmap]"}));
}

TEST(Vmap, RefusesWhatWouldBeLost) {
  const Doubles xs{{1, 2}, {3, 4}};
  Var<double> kept;
  vmap([&](const auto& x) { return kept = x; })(xs);
  EXPECT_TRUE(has(message_of<TapeError>([&] { static_cast<void>(kept + 1.0); }), {"[add]", "vmap", "ended"}));
  const std::string of_array = message_of<TapeError>([&] {
    vmap([&](const auto& x) {
      return Var<double>(grad([&](const auto& u) { return sum(u * x); })(Doubles{1, 2}));
    })(xs);
  });
  EXPECT_TRUE(has(of_array, {"grad", "closes over a variable of vmap", "Var"})) << of_array;
}

TEST(Vmap, RefusesAGradientOfArraysThatWouldLoseADirection) {
  const auto by_tape = [](const auto& x) {
    Tape<double> tape;
    const Var<double> w = tape.watch(Doubles{1, 2});
    return Var<double>(tape.gradient(sum(square(w) * x), w));
  };
  const std::string lost = message_of<TapeError>([&] { jvp(by_tape)(Doubles{1, 2}, Doubles{1, 1}); });
  EXPECT_TRUE(has(lost, {"[gradient]", "variable of jvp", "grad of a Var"})) << lost;
  EXPECT_TRUE(has(message_of<TapeError>([&] { vmap(by_tape)(Doubles{{1, 2}}); }), {"[gradient]", "variable of vmap"}));
  const auto recorded = [](const auto& x) {
    Tape<double> tape;
    const Var<double> w = tape.watch(Doubles{1, 2});
    return tape.gradient(sum(square(w) * x), w, {.record = true}).constant();
  };
  EXPECT_TRUE(close(jvp(recorded)(Doubles{1, 2}, Doubles{1, 1}).tangent, {2, 4}, 1e-15));
  EXPECT_TRUE(close(vmap(recorded)(Doubles{{1, 2}}).value(), Shape{1, 2}, {2, 8}, 1e-15));
}

// What does not fit is said of the shapes that the function sees, those of one example.
TEST(Vmap, ErrorsHaveTheShapesOfAnExample) {
  const auto check = [](const auto& f, const Shape& a, const Shape& b) {
    const auto of_one = [&] { return f(Var<double>(zeros<double>(a)), Var<double>(zeros<double>(b))); };
    const std::string expected = message_of<ShapeError>(of_one);
    const auto all = [](Shape shape, std::size_t examples) {
      shape.insert(shape.begin(), examples);
      return zeros<double>(shape);
    };
    EXPECT_EQ(message_of<ShapeError>([&] { vmap(f)(all(a, 7), all(b, 7)); }), expected);
    EXPECT_EQ(message_of<ShapeError>([&] {
                vmap(f, {.in_axes = {0, std::nullopt}})(all(a, 7), zeros<double>(b));
              }),
              expected);
    const auto nested = vmap(vmap(f));
    EXPECT_EQ(message_of<ShapeError>([&] { nested(all(all(a, 7).shape(), 5), all(all(b, 7).shape(), 5)); }), expected);
  };
  check([](const auto& x, const auto& y) { return x + y; }, {2}, {3});
  check([](const auto& x, const auto& y) { return matmul(x, y); }, {2, 3}, {4, 5});
  check([](const auto& x, const auto& y) { return solve(x, y); }, {3, 3}, {4});
  check([](const auto& x, const auto& y) { return concatenate(std::vector<Var<double>>{x, y}, 0); }, {2, 3}, {2, 4});
  check([](const auto& x, const auto& y) { return conv1d(x, y); }, {1, 2, 5}, {3, 4, 2});
}

TEST(Vmap, SaysWhichArgumentDoesNotFit) {
  const auto add = [](const auto& x, const auto& y) { return x + y; };
  const std::string counts = message_of<ShapeError>([&] { vmap(add)(zeros<double>({3, 2}), zeros<double>({4, 2})); });
  EXPECT_TRUE(has(counts, {"[vmap]", "argument 0 has 3", "(3, 2)", "argument 1 4", "(4, 2)"})) << counts;
  const std::string axis = message_of<ShapeError>([&] {
    vmap(add, {.in_axes = {0, 2}})(zeros<double>({3, 2}), zeros<double>({3, 2}));
  });
  EXPECT_TRUE(has(axis, {"[vmap]", "axis 2 of argument 1", "(3, 2)"})) << axis;
  EXPECT_TRUE(has(message_of<ShapeError>([&] { vmap(add)(zeros<double>({3}), 1.0); }), {"axis 0 of argument 1", "()"}));
  EXPECT_TRUE(has(message_of<Error>([&] {
                    vmap(add, {.in_axes = {0, 0, 0}})(zeros<double>({3}), zeros<double>({3}));
                  }),
                  {"in_axes", "2", "3"}));
  EXPECT_TRUE(
      has(message_of<Error>([&] { vmap(add, {.in_axes = {std::nullopt}})(1.0, 1.0); }), {"at least one argument"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { vmap(add, {.out_axes = {2}})(zeros<double>({3}), zeros<double>({3})); }),
                  {"axis 2 of the result", "()"}));
  EXPECT_TRUE(has(message_of<Error>([&] {
                    vmap(add, {.out_axes = {0, 0}})(zeros<double>({3}), zeros<double>({3}));
                  }),
                  {"out_axes", "1", "2"}));
  const std::string place = message_of<ShapeError>([&] {
    vmap([](const auto& m) { return m.at("b"); })(
        std::map<std::string, Array<double>>{{"a", zeros<double>({3})}, {"b", zeros<double>({4})}});
  });
  EXPECT_TRUE(has(place, {"argument 0[\"a\"] has 3", "argument 0[\"b\"] 4"})) << place;
}

TEST(Vmap, TellsOfALoopOnce) {
  const auto f = [](const auto& x) { return unfold(x, 2); };
  testing::internal::CaptureStderr();
  static_cast<void>(vmap(f)(drawn({2, 1, 1, 4, 4})));
  static_cast<void>(vmap(f)(drawn({2, 1, 1, 4, 4})));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said,
            "xtape: vmap applies [unfold] to each of 2 examples by itself: the operation does not say what it is on a "
            "batch\n");
}

// Forwards.

TEST(Jvp, RecordsNothing) {
  const auto f = [](const auto& x) {
    EXPECT_EQ(LiveTapes<double>::innermost()->size(), 0);
    Var<double> y = x;
    for (int i = 0; i < 50; ++i) y = tanh(y) * sum(softmax(y)) + map([](auto u) { return u * exp(-u * u); }, y);
    EXPECT_EQ(LiveTapes<double>::innermost()->size(), 0);
    return y;
  };
  const Array<double> x = drawn({4}), v = drawn({4}, 2);
  const auto [value, tangent] = jvp(f)(x, v);
  EXPECT_EQ(shape_of(tangent), Shape{4});
  const auto slopes = linearize([](const auto& u) {
    Var<double> y = u;
    for (int i = 0; i < 50; ++i) y = tanh(y) * sum(softmax(y)) + map([](auto w) { return w * exp(-w * w); }, y);
    return y;
  })(x);
  EXPECT_TRUE(close(tangent, slopes.pushforward(v), 1e-12));
}

TEST(Jvp, KeepsDirectionsApart) {
  // d/dx (x d/dy (x + y)) = 1, and not 2.
  const auto f = [](const auto& x) {
    return x * jvp([&](const auto& y) { return x + y; })(Var<double>(1.0), Var<double>(1.0)).tangent;
  };
  EXPECT_DOUBLE_EQ(jvp(f)(2.0, 1.0).tangent(), 1.0);
  EXPECT_DOUBLE_EQ(grad(f)(2.0)(), 1.0);
  const auto cube = [](const auto& x) { return x * x * x; };
  const auto twice = [&](const auto& x) { return jvp(cube)(x, Var<double>(1.0)).tangent; };
  EXPECT_DOUBLE_EQ(jvp(twice)(2.0, 1.0).tangent(), 12.0);
  EXPECT_DOUBLE_EQ(jvp([&](const auto& x) { return grad(cube)(x); })(2.0, 1.0).tangent(), 12.0);
}

TEST(Jvp, GivesValuesToWhoAsks) {
  const auto f = [](const auto& x) { return x.value()(0) > 0 ? 2.0 * x : 3.0 * x; };
  EXPECT_DOUBLE_EQ(jvp(f)(Doubles{1.0}, Doubles{1.0}).tangent(0), 2);
  EXPECT_DOUBLE_EQ(jvp(f)(Doubles{-1.0}, Doubles{1.0}).tangent(0), 3);
  Var<double> kept;
  jvp([&](const auto& x) { return kept = x; })(1.0, 1.0);
  EXPECT_TRUE(has(message_of<TapeError>([&] { static_cast<void>(exp(kept)); }), {"[exp]", "jvp", "ended"}));
}

}  // namespace
}  // namespace xtape
