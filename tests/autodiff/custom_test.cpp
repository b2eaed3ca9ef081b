// Functions with derivatives that somebody writes.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kX{0.5, -1.25, 2.0}, kY{1.0, 3.0, -0.5};

// sin by a function that no tape looks into.
const auto kSinVjp = custom_vjp([](const auto& x) { return Var<double>(Array<double>(xt::sin(x.value()))); },
                                [](const auto& g, const auto&, const auto& x) { return g * cos(x); });
const auto kSinJvp = custom_jvp([](const auto& x) { return Var<double>(Array<double>(xt::sin(x.value()))); },
                                [](const auto& v, const auto&, const auto& x) { return v * cos(x); });

TEST(Custom, HasTheDerivativeThatItsRuleSays) {
  for (const bool by_jvp : {false, true}) {
    const auto f = [by_jvp](const auto& x) { return by_jvp ? kSinJvp(x) : kSinVjp(x); };
    EXPECT_TRUE(close(f(kX).value(), Array<double>(xt::sin(kX)), 0));
    EXPECT_TRUE(close(grad([&](const auto& x) { return sum(f(x)); })(kX), Array<double>(xt::cos(kX)), 1e-15));
    const GradientReport report = check_gradient(
        {.order = 3}, [&](const auto& x) { return f(x * x) * x; }, kX);
    EXPECT_TRUE(report.ok()) << report.message;
  }
}

TEST(Custom, OfStructuresAndSeveralArguments) {
  const auto value = [](const auto& p, const auto& x) { return std::pair(p.at("a") * x, sum(x)); };
  const auto by_vjp = custom_vjp(value, [](const auto& g, const auto&, const auto& p, const auto& x) {
    std::map<std::string, Var<double>> dp{{"a", g.first * x}};
    return std::tuple(dp, g.first * p.at("a") + g.second);
  });
  const auto by_jvp = custom_jvp(value, [](const auto& dp, const auto& dx, const auto&, const auto& p, const auto& x) {
    return std::pair(dp.at("a") * x + p.at("a") * dx, sum(dx));
  });
  const auto loss_of = [](const auto& f) {
    return [&f](const auto& p, const auto& x) {
      const auto [product, total] = f(p, x);
      return sum(square(product)) * total;
    };
  };
  const std::map<std::string, Doubles> p{{"a", kY}};
  const auto expected = grad(loss_of(value))(p, kX);
  const auto check = [&](const auto& f) {
    const auto got = grad(loss_of(f))(p, kX);
    EXPECT_TRUE(close(std::get<0>(got).at("a"), std::get<0>(expected).at("a")));
    EXPECT_TRUE(close(std::get<1>(got), std::get<1>(expected)));
    const GradientReport report = check_gradient(loss_of(f), p, kX);
    EXPECT_TRUE(report.ok()) << report.message;
  };
  check(by_vjp);
  check(by_jvp);
}

// Derivatives that are none: a gradient that is clipped, one that is turned around.
TEST(Custom, ClipsAndReversesGradients) {
  const auto same = [](const auto& x) { return x; };
  const auto clipped = custom_vjp(same, [](const auto& g, const auto&, const auto&) { return clip(g, -1.0, 1.0); });
  const auto reversed = custom_vjp(same, [](const auto& g, const auto&, const auto&) { return -0.5 * g; });
  const Doubles slopes{0.5, -7.0, 3.0};
  EXPECT_TRUE(close(grad([&](const auto& x) { return sum(slopes * clipped(x)); })(kX), {0.5, -1.0, 1.0}));
  EXPECT_TRUE(close(grad([&](const auto& x) { return sum(slopes * reversed(x)); })(kX), {-0.25, 3.5, -1.5}));
}

TEST(Custom, OutsideOfATapeJustComputes) {
  const Var<double> y = kSinVjp(Var<double>(kX));
  EXPECT_EQ(y.node(), kConstant);
  Tape<double> tape;
  EXPECT_EQ(kSinVjp(Var<double>(kX)).node(), kConstant);
  const Var<double> x = tape.watch(kX);
  const std::size_t before = tape.size();
  static_cast<void>(kSinVjp(x));
  EXPECT_EQ(tape.size(), before + 1);
}

TEST(Custom, SaysWhatIsWrong) {
  Tape<double> tape;
  const Var<double> x = tape.watch(kX);
  const auto closes =
      custom_vjp([&](const auto& v) { return v * x; }, [](const auto& g, const auto&, const auto&) { return g; });
  EXPECT_EQ(
      message_of<TapeError>([&] { closes(x); }),
      "[multiply] the function given to custom_vjp closes over a variable of the tape, which would get no gradient; "
      "pass it as an argument, or use stop_gradient(v) for its value as a constant");
  const auto same = [](const auto& v) { return v; };
  const auto of_other_shape = custom_vjp(same, [](const auto& g, const auto&, const auto&) { return sum(g); });
  EXPECT_EQ(message_of<ShapeError>([&] { tape.gradient(sum(of_other_shape(x)), x); }),
            "[custom_vjp] the gradient of argument 0 must have the shape (3,), got ()");
  const auto of_two = custom_vjp(same, [](const auto& g, const auto&, const auto&) { return std::vector{g, g}; });
  EXPECT_EQ(message_of<ShapeError>([&] { tape.gradient(sum(of_two(x)), x); }),
            "[custom_vjp] the gradient must have the parts that are expected: argument 0, got argument 0[0]");
  const auto tangent = custom_jvp(same, [](const auto& v, const auto&, const auto&) { return sum(v); });
  EXPECT_EQ(message_of<ShapeError>([&] { tape.gradient(sum(tangent(x)), x); }),
            "[custom_jvp] the tangent must have the shape (3,), got ()");
  const auto other_name = custom_vjp([](const auto& p) { return p.at("a"); },
                                     [](const auto& g, const auto&, const auto&) {
                                       return std::map<std::string, Var<double>>{{"b", g}};
                                     });
  EXPECT_THROW(grad(other_name)(std::map<std::string, double>{{"a", 2.0}}), ShapeError);
  const auto other_names = custom_vjp([](const auto& p) { return p.at("a") * p.at("b"); },
                                      [](const auto& g, const auto&, const auto& p) {
                                        return std::map<std::string, Var<double>>{{"b", g * p.at("a")}, {"c", g}};
                                      });
  EXPECT_EQ(
      message_of<ShapeError>([&] {
        grad(other_names)(std::map<std::string, double>{{"a", 2.0}, {"b", 5.0}});
      }),
      "[custom_vjp] the gradient must have the parts that are expected: argument 0[\"a\"], got argument 0[\"b\"]");
}

}  // namespace
}  // namespace xtape
