// Transforms of functions that take and give structures: tuples, vectors, maps, structs.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace {

using namespace xtape;

using Vector = xt::xarray<double>;
const Vector kX{1.0, 2.0, 3.0}, kY{0.5, -1.0, 2.0};

struct Line {
  Var<double> slope, offset;
  int label = 0;
  friend auto members(Line& line) { return std::tie(line.slope, line.offset); }
};

template <class A>
struct Curve {
  A a, b;
  friend auto members(Curve& curve) { return std::tie(curve.a, curve.b); }
};

void expect_near(const Array<double>& got, const Vector& expected) {
  ASSERT_EQ(shape_of(got), shape_of(expected));
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got.data()[i], expected.data()[i], 1e-13);
}

TEST(Structures, TuplesPairsArraysVectorsAndMaps) {
  const auto of_tuple = grad([](const auto& t) { return sum(std::get<0>(t) * std::get<1>(t)); })(std::tuple(kX, kY));
  static_assert(std::same_as<decltype(of_tuple), const std::tuple<Array<double>, Array<double>>>);
  expect_near(std::get<0>(of_tuple), kY);
  expect_near(std::get<1>(of_tuple), kX);

  const auto of_pair = grad([](const auto& p) { return sum(p.first) * p.second; })(std::pair(kX, 2.0));
  expect_near(of_pair.first, {2.0, 2.0, 2.0});
  expect_near(of_pair.second, Vector(6.0));

  const auto of_array = grad([](const auto& a) { return sum(a[0] * a[1]); })(std::array{kX, kY});
  expect_near(of_array[1], kX);

  const auto of_vector = grad([](const auto& layers) {
    Var<double> h = 1.0;
    for (const auto& layer : layers) h = h * sum(layer);
    return h;
  })(std::vector{kX, kY});
  ASSERT_EQ(of_vector.size(), 2u);
  expect_near(of_vector[0], {1.5, 1.5, 1.5});

  const std::map<std::string, Vector> by_name{{"w", kX}, {"b", kY}};
  const auto of_map = grad([](const auto& p) { return sum(square(p.at("w")) + p.at("b")); })(by_name);
  expect_near(of_map.at("w"), 2.0 * kX);
  expect_near(of_map.at("b"), {1.0, 1.0, 1.0});
}

TEST(Structures, AStructByOneLine) {
  const auto loss = [](const Line& line) { return sum(square(line.slope * kX + line.offset)); };
  const Line gradient = grad(loss)(Line{2.0, 1.0, 7});
  EXPECT_NEAR(gradient.slope.item(), 2 * (3 * 1 + 5 * 2 + 7 * 3), 1e-12);
  EXPECT_NEAR(gradient.offset.item(), 2 * (3 + 5 + 7), 1e-12);
  EXPECT_EQ(gradient.label, 7);

  const Curve<Vector> at{kX, kY};
  const auto [value, slopes] = value_and_grad([](const Curve<Var<double>>& c) { return sum(c.a * square(c.b)); })(at);
  static_assert(std::same_as<decltype(slopes), const Curve<Array<double>>>);
  EXPECT_NEAR(value, 1 * 0.25 + 2 * 1 + 3 * 4, 1e-12);
  expect_near(slopes.a, {0.25, 1.0, 4.0});
  expect_near(slopes.b, {1.0, -4.0, 12.0});
}

TEST(Structures, Nest) {
  const std::map<std::string, std::vector<Curve<Vector>>> deep{{"only", {{kX, kY}, {kY, kX}}}};
  const auto f = [](const auto& s) {
    Var<double> total = 0.0;
    for (const auto& curve : s.at("only")) total = total + sum(curve.a * square(curve.b));
    return total;
  };
  const auto gradient = grad(f)(deep);
  expect_near(gradient.at("only")[1].a, {1.0, 4.0, 9.0});
  expect_near(gradient.at("only")[1].b, {1.0, -4.0, 12.0});
}

TEST(Structures, StandBesideOtherArguments) {
  const auto f = [](const auto& pair, const auto& scale) { return scale * sum(pair.first * pair.second); };
  const auto [of_pair, of_scale] = grad(f)(std::pair(kX, kY), 3.0);
  expect_near(of_pair.first, 3.0 * kY);
  expect_near(of_scale, Vector(0.5 - 2.0 + 6.0));
}

TEST(Structures, GiveVarsForVarsAndNest) {
  const auto f = [](const auto& p) { return sum(p.first * p.first * p.second); };
  const auto slope_of_slopes = grad([&](const Var<double>& x) {
    const auto g = grad(f)(std::pair(x, Var<double>(kY)));
    return sum(g.first) + sum(g.second);  // 2 x y + x²
  })(kX);
  expect_near(slope_of_slopes, 2.0 * kY + 2.0 * kX);
}

TEST(Structures, InEveryTransform) {
  const auto f = [](const auto& p) { return std::pair(p.at("w") * p.at("b"), sum(p.at("w"))); };
  const std::map<std::string, Vector> at{{"w", kX}, {"b", kY}}, along{{"w", {1, 0, -1}}, {"b", {0.5, 2, 1}}};

  const auto [value, tangent] = jvp(f)(at, along);
  expect_near(value.first, kX * kY);
  expect_near(tangent.first, {1.0 * 0.5 + 0.5 * 1, 2.0 * 2, -1.0 * 2 + 1.0 * 3});
  expect_near(tangent.second, Vector(0.0));

  const auto [same, pullback] = vjp(f)(at);
  expect_near(same.second, Vector(6.0));
  const auto pulled = pullback(std::pair(Vector{1, 2, 3}, 10.0));
  expect_near(pulled.at("w"), {0.5 + 10, -2.0 + 10, 6.0 + 10});
  expect_near(pulled.at("b"), {1.0, 4.0, 9.0});

  const auto blocks = jacobian(f)(at);
  expect_near(blocks.first.at("w"), {{0.5, 0, 0}, {0, -1, 0}, {0, 0, 2}});
  expect_near(blocks.first.at("b"), {{1, 0, 0}, {0, 2, 0}, {0, 0, 3}});
  expect_near(blocks.second.at("w"), {1.0, 1.0, 1.0});
  expect_near(blocks.second.at("b"), {0.0, 0.0, 0.0});

  const auto g = [](const auto& p) { return sum(p.at("w") * square(p.at("b"))); };
  const auto second = hessian(g)(at);
  expect_near(second.at("w").at("w"), xt::zeros<double>({3, 3}));
  expect_near(second.at("w").at("b"), {{1, 0, 0}, {0, -2, 0}, {0, 0, 4}});
  expect_near(second.at("b").at("b"), {{2, 0, 0}, {0, 4, 0}, {0, 0, 6}});
  const auto product = hvp(g)(at, along);
  expect_near(product.at("w"), {0.5, -4.0, 4.0});
  expect_near(product.at("b"), {1.0 + 1.0, 8.0, 6.0 - 4.0});
}

TEST(Structures, JacobianOfSeveralResultsByColumns) {
  const auto f = [](const auto& x) { return std::vector{sin(x(0) * kX), kY * x(1)}; };
  const auto blocks = jacobian(f)(Vector{0.3, 2.0});  // two numbers in, six out
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(blocks[0](i, 0), std::cos(0.3 * kX(i)) * kX(i), 1e-14);
    EXPECT_EQ(blocks[0](i, 1), 0.0);
    EXPECT_NEAR(blocks[1](i, 1), kY(i), 1e-14);
  }
  const auto by_vars = jacobian(f)(Var<double>(Vector{0.3, 2.0}));
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(by_vars[0].value().data()[i], blocks[0].data()[i], 1e-15);
}

TEST(Structures, LinearizeIsJvpAgainAndAgain) {
  int calls = 0;
  const auto f = [&calls](const auto& p, const auto& x) {
    ++calls;
    return std::pair(p.at("w") * sin(x), sum(p.at("w") * x));
  };
  const std::map<std::string, Vector> at{{"w", kY}};
  const auto linear = linearize(f)(at, kX);
  EXPECT_EQ(calls, 1);
  expect_near(linear.value.first, kY * xt::sin(kX));
  for (const double scale : {1.0, -2.0}) {
    const std::map<std::string, Vector> along{{"w", scale * kX}};
    const auto got = linear.pushforward(along, kY);
    const auto expected = jvp(f)(at, kX, along, kY).tangent;
    expect_near(got.first, expected.first);
    expect_near(got.second, expected.second);
  }
  EXPECT_EQ(message_of<ShapeError>([&] {
              linear.pushforward(at, Vector{1, 2});
            }),
            "[linearize] the direction of argument 1 must have the shape (3,), got (2,)");
}

TEST(Structures, ArgumentsOfAPlace) {
  const auto f = [](const auto& x, const std::string& name, const auto& y) { return sum(x * y) * double(name.size()); };
  expect_near(grad(f, argnums<0>)(kX, std::string("four"), kY), 4.0 * kY);
  const auto [of_y, of_x] = grad(f, argnums<2, 0>)(kX, std::string("four"), kY);
  expect_near(of_y, 4.0 * kX);
  expect_near(of_x, 4.0 * kY);
  EXPECT_NEAR(value_and_grad(f, argnums<0>)(kX, std::string("one"), kY).value, 3 * 4.5, 1e-12);
}

TEST(Structures, SomethingBesideTheValue) {
  const auto f = [](const auto& x) {
    return std::pair(sum(square(x)), std::map<std::string, Var<double>>{{"x3", x * 3.0}});
  };
  const auto [value, gradient, aux] = value_and_grad(f, has_aux)(kX);
  EXPECT_NEAR(value, 14.0, 1e-12);
  expect_near(gradient, 2.0 * kX);
  expect_near((aux.at("x3") + 1.0).value(), 3.0 * kX + 1.0);  // a constant: its tape has ended

  const auto g = [](const auto& x, int n) { return std::pair(sum(x) * double(n), n + 1); };
  const auto [slope, next] = grad(g, has_aux, argnums<0>)(kX, 2);
  expect_near(slope, {2.0, 2.0, 2.0});
  EXPECT_EQ(next, 3);

  // Among Vars it stays a variable.
  expect_near(grad([&](const Var<double>& x) {
                auto [g2, more] = grad(f, has_aux)(x);
                return sum(g2) + sum(more.at("x3"));
              })(kX),
              {5.0, 5.0, 5.0});
  const auto constants = grad(f, has_aux)(Var<double>(kX));
  expect_near((constants.aux.at("x3") * 2.0).value(), 6.0 * kX);
}

TEST(Structures, MayBeEmpty) {
  using Vars = std::vector<Var<double>>;
  const std::vector<Vector> none;
  const auto constant = [](const Vars&) { return Var<double>(1.0); };
  EXPECT_TRUE(grad(constant)(none).empty());
  EXPECT_TRUE(jacobian(constant)(none).empty());
  EXPECT_TRUE(jacobian(constant)(Vars{}).empty());
  EXPECT_TRUE(hessian(constant)(none).empty());
  EXPECT_TRUE(hvp(constant)(none, none).empty());
  EXPECT_EQ(jvp(constant)(none, none).tangent(), 0.0);
  const auto nothing = [](const auto&) { return Vars{}; };
  EXPECT_TRUE(jacobian(nothing)(kX).empty());
  EXPECT_TRUE(linearize(nothing)(kX).pushforward(kX).empty());
}

TEST(Structures, AsRowsAndBack) {
  const std::map<std::string, Array<double>> p{{"b", {{1, 2}, {3, 4}}}, {"a", {5, 6}}};
  const Array<double> row = ravel_structure(p);
  EXPECT_TRUE(close(row, {5, 6, 1, 2, 3, 4}, 0));
  const std::map<std::string, Array<double>> back = unravel_structure(row, p);
  EXPECT_EQ(back, p);
  const auto f = [&](const auto& v) {
    const auto parts = unravel_structure(v, p);
    return sum(square(parts.at("b"))) * sum(parts.at("a")) + sum(ravel_structure(parts));
  };
  const GradientReport report = check_gradient(f, row);
  EXPECT_TRUE(report.ok()) << report.message;
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    static_cast<void>(unravel_structure(Array<double>{1, 2}, p));
                  }),
                  {"[unravel_structure]", "6", "(2,)"}));
}

TEST(Structures, ThatDoNotMatchSayWhere) {
  const std::map<std::string, Vector> at{{"w", kX}, {"b", kY}};
  const auto f = [](const auto& p) { return sum(p.at("w") * p.at("b")); };
  EXPECT_EQ(message_of<ShapeError>([&] {
              jvp(f)(at, std::map<std::string, Vector>{{"w", kX}, {"c", kY}});
            }),
            "[jvp] the direction must have the parts that are expected: argument 0[\"b\"], got argument 0[\"c\"]");
  EXPECT_EQ(message_of<ShapeError>([&] {
              hvp(f)(at, std::map<std::string, Vector>{{"b", kX}});
            }),
            "[hvp] the direction must have the parts that are expected: argument 0[\"w\"], got nothing more");
  EXPECT_EQ(message_of<ShapeError>([&] {
              jvp(f)(at, std::map<std::string, Vector>{{"w", {1, 2}}, {"b", kY}});
            }),
            "[jvp] the direction of argument 0[\"w\"] must have the shape (3,), got (2,)");
  using Map = std::map<std::string, Vector>;
  const auto of_one = linearize([](const auto& p) { return sum(p.at("w")); })(Map{{"w", kX}}).pushforward;
  EXPECT_EQ(
      message_of<ShapeError>([&] {
        of_one(Map{{"v", kX}});
      }),
      "[linearize] the direction must have the parts that are expected: argument 0[\"w\"], got argument 0[\"v\"]");
  EXPECT_THROW(of_one(kX), ShapeError);
  const auto pullback = vjp([](const auto& x) { return std::vector{x, 2.0 * x}; })(kX).pullback;
  EXPECT_EQ(message_of<ShapeError>([&] { pullback(std::vector{kX}); }),
            "[vjp] the cotangent must have the parts that are expected: [1], got nothing more");
  EXPECT_EQ(message_of<ShapeError>([&] {
              pullback(std::vector{kX, Vector{1, 2}});
            }),
            "[vjp] the cotangent of [1] must have the shape (3,), got (2,)");
}

}  // namespace
