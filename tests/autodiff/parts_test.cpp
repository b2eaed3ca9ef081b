// Ops that take a part of an array: their cotangents are added where they belong, in both sweeps and to any order.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xtape::tests {
namespace {

// Rows, overlapping windows, and elements that are taken twice.
template <class V>
V sum_of_parts(const V& x) {
  V y = 0.0 * sum(x);
  for (std::size_t i = 0; i < x.shape(0); ++i) y = y + double(i + 1) * sum(x[i] * x[i] * x[i]);
  for (std::ptrdiff_t i = 0; i + 2 <= std::ptrdiff_t(x.shape(0)); ++i) {
    const V window = slice(x, {{i, i + 2}});
    y = y + sum(window * window * window);
  }
  const V taken = take(x, {0, 2, 0}, -1);
  return y + sum(taken * taken * taken);
}

// d sum_of_parts = 3 c x², where c counts what an element is part of.
Array<double> weights(std::size_t rows, std::size_t columns) {
  Array<double> c = zeros<double>({rows, columns});
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      c(i, j) = double(i + 1) + (i > 0 ? 1 : 0) + (i + 1 < rows ? 1 : 0) + (j == 0 ? 2 : j == 2 ? 1 : 0);
    }
  }
  return c;
}

void expect_near(const Array<double>& got, const Array<double>& expected) {
  EXPECT_TRUE(close(got, expected));
}

TEST(Parts, AreAddedWhereTheyBelongToAnyOrder) {
  Random rng(5);
  const Array<double> x = rng.uniform({4, 3}, -2, 2), v = rng.uniform({4, 3}, -1, 1), w = rng.uniform({4, 3}, -1, 1);
  const Array<double> c = weights(4, 3);
  const auto f = [](const Var<double>& u) { return sum_of_parts(u); };
  const auto slope = [&](const Var<double>& u) { return sum(grad(f)(u) * v); };
  const auto bend = [&](const Var<double>& u) { return sum(grad(slope)(u) * w); };
  expect_near(grad(f)(x), 3 * c * x * x);
  expect_near(grad(slope)(x), 6 * c * x * v);
  expect_near(grad(bend)(x), 6 * c * v * w);
}

TEST(Parts, OfAnIntermediateBesideItsWholeGradient) {
  const Array<double> x{{1, 2}, {3, 4}};
  Tape<double> tape;
  const Var<double> source = tape.watch(x), middle = source * source;
  const Var<double> y = sum(middle * middle) + 5.0 * sum(middle[0]) + 7.0 * middle(1, 1);
  const auto gradients = tape.gradient(y, {source, middle});
  const Array<double> at_middle = 2 * x * x + Array<double>{{5, 5}, {0, 7}};
  expect_near(gradients[1], at_middle);
  expect_near(gradients[0], 2 * x * at_middle);
}

// A gradient that is only broadcast so far, or that somebody else has, must not be written into.
TEST(Parts, LeaveSharedMemoryAlone) {
  const Array<double> x{1, 2, 3};
  Tape<double> tape;
  const Var<double> a = tape.watch(x), b = tape.watch(x);
  const Var<double> both = a + b;
  const auto gradients = tape.gradient(2.0 * a(1) + sum(both) + 3.0 * b(2), {a, b});
  expect_near(gradients[0], Array<double>{1, 3, 1});
  expect_near(gradients[1], Array<double>{1, 1, 4});
}

TEST(Parts, OfAnArrayWithoutElementsHaveGradients) {
  Tape<double> tape;
  const Var<double> x = tape.watch(zeros<double>({0, 3}));
  EXPECT_EQ(shape_of(tape.gradient(sum(slice(x, {{}, {0, 2}})), x)), (Shape{0, 3}));
}

// The recorded sweep puts all parts together by one operation, and not each among zeros of its own.
TEST(Parts, OfOneArrayAreOneOperationOfTheRecordedSweep) {
  const auto operations = [](std::size_t rows) {
    Tape<double> tape;
    const Var<double> x = tape.watch(ones<double>({rows, 2}));
    const auto f = [](const Var<double>& u) {
      Var<double> y = sum(u[0]);
      for (std::size_t i = 1; i < u.shape(0); ++i) y = y + sum(u[i] * u[i]);
      return y;
    };
    static_cast<void>(grad(f)(x));
    for (const auto& row : tape.summary().rows) {
      if (row.operation == "scatter") return row.calls;
    }
    return std::size_t(0);
  };
  EXPECT_EQ(operations(3), 1u);
  EXPECT_EQ(operations(30), 1u);
}

TEST(Parts, GiveTheSameBitsInACheckpoint) {
  Random rng(6);
  const Array<float> x = rng.uniform<float>({5, 3}, -2, 2);
  const auto halves = [](const Var<float>& u) {
    const Var<float> first = slice(u, {{0, 3}});
    return sum(exp(first)) + 3.0f * sum(u[1]) + sum(u[1] * u[2]);
  };
  const auto whole = [&](const Var<float>& u) { return sum(u * u) + halves(u) + sum(sin(u[1])) + 0.1f * u(1, 1); };
  const auto parted = [&](const Var<float>& u) {
    return sum(u * u) + checkpoint(halves)(u) + sum(sin(u[1])) + 0.1f * u(1, 1);
  };
  EXPECT_EQ(grad(whole)(x), grad(parted)(x));
  Tape<float> tape;
  const Var<float> u = tape.watch(x);
  EXPECT_EQ(grad(whole)(u).value(), grad(parted)(u).value());
}

/// The diagonal of a square matrix. `beyond`: how far its derivative misses the last element.
struct Diagonal {
  static constexpr const char* name = "diagonal";
  static constexpr unsigned saves = kNothing;
  std::size_t beyond = 0;
  template <class T>
  SharedValue<T> eval(const SharedValue<T>& x) const {
    const std::size_t n = x->shape()[0];
    SharedValue<T> y(new Value<T>(Shape{n}));
    for (std::size_t i = 0; i < n; ++i) y->mutable_data()[i] = x->data()[i * (n + 1)];
    return y;
  }
  template <class T>
  void add_into(const Shape& x, T* dx, const Value<T>& g) const {
    for (std::size_t i = 0; i < g.size(); ++i) dx[i * (x[0] + 1) + beyond] += g.data()[i];
  }
};

template <class T>
Var<T> diagonal_by(const Var<T>& x, std::size_t beyond = 0) {
  return xtape::apply(Diagonal{beyond}, x);
}

TEST(Parts, AnOpOfOnesOwnTakesThem) {
  const Array<double> x{{1, 2}, {3, 4}};
  const GradientReport report =
      check_gradient([](const auto& u) { return square(diagonal_by(u)) * diagonal_by(u * u); }, x);
  EXPECT_TRUE(report.ok()) << report.message;
}

#if !defined(NDEBUG)
TEST(Parts, WrittenOutsideAreTold) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Array<double>{{1, 2}, {3, 4}});
  const std::string message = message_of<Error>([&] { tape.gradient(sum(diagonal_by(x, 1)), x); });
  EXPECT_NE(message.find("[diagonal] add_into wrote outside of the gradient of shape (2, 2)"), std::string::npos)
      << message;
}
#endif

}  // namespace
}  // namespace xtape::tests
