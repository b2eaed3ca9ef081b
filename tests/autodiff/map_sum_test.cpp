// map_sum(f, x...) is sum(map(f, x...), -1), in one pass: values, gradients, second derivatives, broadcasting, threads.

#include "autodiff/autodiff.hpp"
#include "tests/sanitized.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace xtape::tests {
namespace {

const auto kScore = [](const auto& a, const auto& b, const auto& c) {
  return a * exp(-square(b)) + log1p(square(c)) * b;
};

template <class T>
struct Outcome {
  Array<T> value;
  std::vector<Array<T>> gradients;
};

// sum(weight * scores), so that every row's gradient is another one.
template <class T, class Score>
Outcome<T> run(const std::vector<Array<T>>& x, const Score& score, const GradientOptions& options = {}) {
  Tape<T> tape;
  const std::vector<Var<T>> v{tape.watch(x[0]), tape.watch(x[1]), tape.watch(x[2])};
  const Var<T> y = score(v[0], v[1], v[2]);
  Random rng(9);
  const Var<T> loss = sum(y * rng.uniform<T>(y.shape(), T(-1), T(1)));
  std::vector<Array<T>> gradients = tape.gradient(loss, v, options);
  if (options.retain) gradients = tape.gradient(loss, v);
  return {y.value(), gradients};
}

template <class T>
void expect_near(const Array<T>& a, const Array<T>& b, double tolerance, const std::string& what) {
  ASSERT_EQ(shape_of(a), shape_of(b)) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(double(a.data()[i]), double(b.data()[i]), tolerance * (1 + std::abs(double(b.data()[i])))) << what;
  }
}

template <class T>
void expect_a_sum_of_a_map(double tolerance) {
  const std::vector<std::vector<Shape>> cases{{{7}, {7}, {7}},
                                              {{1}, {1}, {1}},
                                              {{5, 1}, {5, 1}, {5, 1}},
                                              {{3, 40}, {3, 40}, {3, 40}},
                                              {{1, 9}, {1, 9}, {1, 9}},
                                              {{4, 6}, {6}, {1}},
                                              {{2, 3, 5}, {3, 5}, {}},
                                              {{2, 1, 5}, {4, 1}, {4, 5}},
                                              {{60, 700}, {700}, {60, 1}},
                                              {{2, 5000}, {2, 1}, {5000}},
                                              {{3, 0}, {3, 0}, {0}},
                                              {{0, 3}, {3}, {1}}};
  for (const std::vector<Shape>& shapes : cases) {
    Random rng(4);
    std::vector<Array<T>> x;
    for (const Shape& shape : shapes) x.push_back(rng.normal<T>(shape));
    const auto fused = [](const auto& a, const auto& b, const auto& c) { return map_sum(kScore, a, b, c); };
    const auto apart = [](const auto& a, const auto& b, const auto& c) { return sum(map(kScore, a, b, c), -1); };
    const std::string what = to_string(shapes[0]) + to_string(shapes[1]) + to_string(shapes[2]);
    const Outcome<T> expected = run(x, apart);
    for (const bool retain : {false, true}) {
      const Outcome<T> got = run(x, fused, {.retain = retain});
      expect_near(got.value, expected.value, tolerance, what);
      for (std::size_t k = 0; k < 3; ++k) expect_near(got.gradients[k], expected.gradients[k], tolerance, what);
    }
    expect_near(map_sum(kScore, x[0], x[1], x[2]).value(), expected.value, tolerance, what);  // outside of a tape
  }
}

TEST(MapSum, IsASumOfAMap) {
  expect_a_sum_of_a_map<double>(1e-13);
  expect_a_sum_of_a_map<float>(3e-5);
}

TEST(MapSum, HasTheRightDerivativesOfFirstAndSecondOrder) {
  Random rng(5);
  const Array<double> b = rng.uniform<double>({3, 4}, 0.5, 1.5), c = rng.uniform<double>({4}, 0.5, 1.5);
  const auto f = [&](const auto& a) { return sum(square(map_sum(kScore, sin(a), b, a * c))); };
  const auto g = [&](const auto& a) { return sum(square(sum(map(kScore, sin(a), b, a * c), -1))); };
  const Array<double> a = rng.uniform<double>({3, 4}, 0.5, 1.5);
  check_gradient(f, a);
  expect_near<double>(hessian(f)(a), hessian(g)(a), 1e-12, "hessian");
}

TEST(MapSum, GivesTheSameBitsForAnyNumberOfThreads) {
  Random rng(6);
  const std::vector<Array<float>> x{rng.normal<float>({300, 401}), rng.normal<float>({401}),
                                    rng.normal<float>({300, 1})};
  const auto fused = [](const auto& a, const auto& b, const auto& c) { return map_sum(kScore, a, b, c); };
  const auto with = [&](int threads) {
    const Threads scope(threads);
    return run(x, fused);
  };
  const Outcome<float> one = with(1);
  for (const int threads : {2, 3}) {
    const Outcome<float> more = with(threads);
    EXPECT_EQ(one.value, more.value);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(one.gradients[k], more.gradients[k]);
  }
}

// On a tape and off it, and in a checkpoint: values and gradients, whose order of addition is the same.
template <class T>
void expect_the_same_bits_off_a_tape() {
  Random rng(7);
  const auto fused = [](const auto& a, const auto& b, const auto& c) { return map_sum(kScore, a, b, c); };
  constexpr std::size_t kDraws = kSanitized ? 1 : 5;
  std::size_t draws = 0;
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{100}, Shape{5, 1}, Shape{3, 40}, Shape{2, 3, 5}, Shape{1, 5000},
                             Shape{60, 700}, Shape{2, 1, 300}, Shape{70000}}) {
    const std::size_t d = shape.back();
    for (const Shape& other : {shape, Shape{d}, Shape{1}, Shape{}}) {
      for (std::size_t draw = 0; draw < kDraws; ++draw, ++draws) {
        const Array<T> a = rng.normal<T>(shape), b = rng.normal<T>(other), c = rng.normal<T>({d});
        Tape<T> tape;
        const Var<T> u = tape.watch(a), v = tape.watch(b), w = tape.watch(c);
        EXPECT_EQ(fused(u, v, w).value(), fused(a, b, c).value()) << to_string(shape) << to_string(other);
        const Var<T> plain = sum(square(fused(u, v, w))), kept = sum(square(checkpoint(fused)(u, v, w)));
        EXPECT_EQ(plain.value(), kept.value());
        const std::vector<Array<T>> expected = tape.gradient(plain, {u, v, w}), got = tape.gradient(kept, {u, v, w});
        for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(expected[k], got[k]) << to_string(shape) << to_string(other);
      }
    }
  }
  EXPECT_EQ(draws, 40 * kDraws);
}

TEST(MapSum, GivesTheSameBitsOffATapeAndInACheckpoint) {
  expect_the_same_bits_off_a_tape<float>();
  expect_the_same_bits_off_a_tape<double>();
}

TEST(MapSum, SavesOneArrayForEachVariable) {
  Tape<float> tape;
  const Var<float> x = tape.watch(ones<float>({100, 100}));
  const Var<float> y = map_sum([](const auto& u, const auto& v) { return u * v; }, x, 2.0F * ones<float>({100, 100}));
  EXPECT_EQ(y.shape(), Shape{100});
  EXPECT_EQ(tape.size(), 2u);  // x, and one operation
}

TEST(MapSum, OfNumbersAlone) {
  const auto message = [](const auto& f) {
    try {
      f();
    } catch (const ShapeError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto square_of = [](const auto& u) { return u * u; };
  Tape<double> tape;
  const Var<double> number = tape.watch(2.0);
  EXPECT_NE(message([&] { map_sum(square_of, number); }), "");
  EXPECT_NE(message([&] {
              map_sum([](const auto& u, const auto& v) { return u * v; }, tape.watch(ones<double>({2, 3})),
                      ones<double>({4}));
            }).find("[map_sum]"),
            std::string::npos);
}

}  // namespace
}  // namespace xtape::tests
