// The blocks of the documentation that have a name, each between what it takes for granted and what it must give.

#include "nn/nn.hpp"
#include "tests/testing.hpp"

#include <iostream>

using namespace xtape;

namespace {

using Floats = xt::xarray<float>;

TEST(Readme, WhatItDoes) {
  const Floats x{{1, 2}, {3, 4}, {5, 6}}, y{{1, 0}, {0, 1}, {1, 1}}, weights{{0.5, -1}, {2, 0.25}};
  const Var<float> mu(Floats{1, -1}), log_sigma(Floats{0, 0.5}), epsilon(Floats{2, 3});
#include "README/tour.inc"
  EXPECT_DOUBLE_EQ(value, std::log(100.0));
  EXPECT_TRUE(close(gradient, {1, 0.8, 0.6}));  // 2 x / (1 + x²)
  // 2 (1 - x²) / (1 + x²)²
  EXPECT_TRUE(close(h, Shape{3, 3}, {0, 0, 0, 0, -0.24, 0, 0, 0, -0.16}));
  const Array<float> error = (matmul(x, weights) - Var<float>(y)).value();
  EXPECT_TRUE(close(Array<float>(dw), Array<float>(matmul(transpose(Var<float>(x)), error).value() / 3.0f), 1e-6));
  EXPECT_TRUE(close(z.value(), {3, 3 * std::exp(0.5) - 1}, 1e-6));
}

// The operation that two pages write down must be the library's own.
template <class Op>
void expect_sqrt() {
  EXPECT_STREQ(Op::name, "sqrt");
  EXPECT_EQ(Op::saves, op::Sqrt::saves);
  const xt::xarray<double> x{0.1, 0.3, 2, 5};
  EXPECT_TRUE(close(apply<Op>(Var<double>(x)).value(), sqrt(Var<double>(x)).value(), 0));
  const auto slopes = [&](const auto& f) { return grad([&](const auto& v) { return sum(f(v)); })(x); };
  EXPECT_TRUE(
      close(slopes([](const auto& v) { return apply<Op>(v); }), slopes([](const auto& v) { return sqrt(v); }), 0));
  const GradientReport report = check_gradient([](const auto& v) { return apply<Op>(v); }, x);
  EXPECT_TRUE(report.ok()) << report.message;
}

namespace contributing {
#include "CONTRIBUTING/sqrt.inc"
}
namespace design {
#include "design/sqrt.inc"
}

TEST(Contributing, AddsAnOperation) {
  expect_sqrt<contributing::Sqrt>();
}
TEST(Design, ShowsAnOperation) {
  expect_sqrt<design::Sqrt>();
}

TEST(Behaviour, OfNumbers) {
#include "behaviour/numbers.inc"
  EXPECT_TRUE(close(slope, Shape{}, {12}));
  EXPECT_EQ(number, 12);
  static_assert(std::is_same_v<decltype(value), float> && std::is_same_v<decltype(gradient), Array<float>>);
  EXPECT_EQ(value, 8);
  EXPECT_TRUE(close(gradient, Shape{}, {12}));
}

TEST(Behaviour, OfNestedDerivatives) {
#include "behaviour/nested.inc"
  EXPECT_EQ(whole, 24);
  const auto block = [] {
#include "behaviour/nested_lost.inc"
  };
  EXPECT_TRUE(has(message_of<TapeError>(block),
                  {"[multiply] the function given to grad closes over a variable of the tape, "}));
}

TEST(Behaviour, OfPrinting) {
  testing::internal::CaptureStdout();
#include "behaviour/printed.inc"
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "[[  1.      2.5  ]\n [ -0.125 100.   ]]");
}

TEST(Behaviour, OfATapeThatChecks) {
  const auto block = [] {
#include "behaviour/check_finite.inc"
  };
  EXPECT_EQ(message_of<NumericError>(block), "[log] the result is not finite: element 1 of shape (2,) is -inf");
}

}  // namespace
