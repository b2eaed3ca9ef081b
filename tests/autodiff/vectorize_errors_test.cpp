// What functions of single numbers may not do, and what they throw.

#include <gtest/gtest.h>

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <optional>
#include <stdexcept>

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;
const Doubles kOne = xt::ones<double>({1}), kTwo = 2 * kOne;

TEST(VectorizeErrors, BadInput) {
  const auto two = vectorize<"(n),(n,2)->(n)">([](const auto& x, const auto& y) {
    auto z = x;
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = x[i] * y[i][0] + y[i][1];
    return z;
  });
  const Doubles x3 = xt::ones<double>({3}), x32 = xt::ones<double>({3, 2}), x42 = xt::ones<double>({4, 2}),
                x33 = xt::ones<double>({3, 3}), none = xt::ones<double>({0, 3});
  EXPECT_TRUE(close(two(x3, x32).value(), std::vector<double>{2, 2, 2}));
  const auto says = [&](const auto& call, std::initializer_list<std::string> parts) {
    EXPECT_TRUE(has(message_of<ShapeError>(call), parts));
  };
  says([&] { two(1.0, x32); }, {"[vectorize] argument 1 must have at least the dimensions (n), got shape ()"});
  says([&] { two(x3, x42); }, {"argument 2 must have the dimensions (n, 2) with n = 3, got shape (4, 2)"});
  says([&] { two(x3, x33); }, {"argument 2 must have the dimensions (n, 2), got shape (3, 3)"});
  says([&] { two(none, x32); }, {"[vectorize] at least one row expected, got none", "shape (0,)"});
  says(
      [&] {
        two(Doubles(xt::ones<double>({2, 3})), Doubles(xt::ones<double>({4, 3, 2})));
      },
      {"[vectorize]", "(2,)", "(4,)"});

  const auto ragged = vectorize([](auto x) { return std::vector<std::vector<decltype(x)>>{{x, x}, {x}}; });
  says([&] { ragged(1.0); }, {"[vectorize] the vectors of a result", "got 2 and 1"});
  const auto grows = vectorize([](auto x) { return std::vector<decltype(x)>(std::size_t(x.value()), x); });
  says(
      [&] {
        grows(Doubles{1, 2});
      },
      {"[vectorize] every row must give results of the same shapes, got (1,) and (2,)"});
  const auto wrong = vectorize<"()->(3)">([](auto x) { return std::array{x, x}; });
  says([&] { wrong(1.0); }, {"result 1 must have the dimensions (3), got shape (2,)"});
  const auto more = vectorize<"()->(),()">([](auto x) { return x; });
  says([&] { more(1.0); }, {"2 results expected by the signature, got 1"});
}

TEST(VectorizeErrors, ANumberBeyondItsRun) {
  std::optional<Active<Scalar<double>>> kept;
  const auto keeps = vectorize([&](auto x) {
    if constexpr (std::same_as<decltype(x), Active<Scalar<double>>>) {
      if (kept) x = x + *kept;
      kept = x;
    }
    return x * 2.0;
  });
  const auto run = [&] {
    Tape<double> tape;
    const Var<double> x = tape.watch(kOne);
    return tape.gradient(sum(keeps(x)), x);
  };
  EXPECT_TRUE(close(run(), std::vector<double>{2.0}));
  EXPECT_TRUE(has(message_of<TapeError>(run), {"[vectorize] a number was used beyond the run", "keep x.value()"}));
  EXPECT_TRUE(
      has(message_of<TapeError>([&] { return *kept + 1.0; }), {"[vectorize] a number was used beyond the run"}));
}

TEST(VectorizeErrors, ThirdDerivativesAreRefused) {
  const auto f = vectorize([](auto x) { return x * x * x * x; });
  const auto first = grad([&](const Var<double>& x) { return sum(f(x)); });
  const auto second = grad([&](const Var<double>& x) { return sum(first(x)); });
  EXPECT_TRUE(close(second(kTwo), std::vector<double>{48}));
  const auto third = grad([&](const Var<double>& x) { return sum(second(x)); });
  EXPECT_TRUE(has(message_of<Error>([&] { third(kTwo); }),
                  {"[vectorize] first and second derivatives", "a third one was asked for"}));
}

TEST(VectorizeErrors, WhatTheFunctionThrowsArrives) {
  const Doubles x = xt::linspace<double>(-1, 1, 1000);
  const auto throws_above = [](double limit) {
    return vectorize([limit](auto v) {
      auto y = v;
      for (int i = 0; i < 50; ++i) y = sin(y) + v;
      if (v > limit) throw std::runtime_error("too large");
      return y;
    });
  };
  Tape<double> tape;
  const Var<double> u = tape.watch(x);
  EXPECT_TRUE(has(message_of<std::runtime_error>([&] { throws_above(0.9)(u); }), {"too large"}));
  const auto square_of = vectorize([](auto v) { return v * v; });
  EXPECT_TRUE(close(tape.gradient(sum(square_of(u)), u), Array<double>(2 * x), 0));
  const auto catches = vectorize([&](auto v) {
    const auto inner = vectorize([](auto w) {
      if (w < 0.0) throw std::runtime_error("negative");
      return w * w;
    });
    try {
      return inner(v) * 1.0;
    } catch (const std::runtime_error&) {
      return v * 3.0;
    }
  });
  EXPECT_TRUE(close(grad([&](const Var<double>& v) { return sum(catches(v)); })(x),
                    Array<double>(xt::where(x < 0.0, 3.0, 2 * x)), 0));
}

}  // namespace
}  // namespace xtape
