// Values that are views of others: they share elements, nest without a chain, and are arrays to whoever asks.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace xtape::tests {
namespace {

const Shape kShape{6, 40, 50};

Var<double> cube() {
  return Var<double>(Random(2).uniform<double>(kShape, -1, 1));
}

bool shares(const Var<double>& view, const Var<double>& x) {
  const double* first = view.shared()->in_place().first;
  return first >= x.shared()->data() && first < x.shared()->data() + x.size();
}

TEST(Views, ShareTheElementsOfWhatTheyAreTakenFrom) {
  const Var<double> x = cube();
  EXPECT_TRUE(shares(x[2], x));
  EXPECT_TRUE(shares(slice(x, {{}, {3, 30, 2}}), x));
  EXPECT_TRUE(shares(slice(x, {{}, {}, {{}, {}, -1}}), x));
  EXPECT_TRUE(shares(transpose(x), x));
  EXPECT_TRUE(shares(transpose(x, {1, 2, 0}), x));
  EXPECT_TRUE(shares(reshape(x, {-1}), x));
  EXPECT_TRUE(shares(broadcast_to(x, {3, 6, 40, 50}), x));
  EXPECT_TRUE(shares(split(x, 2, 1)[1], x));
  EXPECT_TRUE(shares(unstack(x, 2)[49], x));
  EXPECT_TRUE(shares(transpose(slice(transpose(x), {{1, 49}})), x));
  EXPECT_FALSE(shares(x(1, 2, 3), x)) << "few elements are copied, and do not keep x";
}

TEST(Views, OfViewsAreRight) {
  const Var<double> x = cube();
  const Array<double>& a = x.value();
  const Array<double> turned = transpose(slice(x, {{1, 6, 2}, {{}, {}, -1}}), {2, 0, 1}).value();
  ASSERT_EQ(shape_of(turned), (Shape{50, 3, 40}));
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 40; ++k) ASSERT_EQ(turned(i, j, k), a(1 + 2 * j, 39 - k, i));
    }
  }
  const Array<double> flat = reshape(transpose(x), {-1}).value(), back = transpose(transpose(x)).value();
  EXPECT_EQ(flat(345), transpose(x).value().flat(345));
  EXPECT_EQ(back, a);
  const Array<double> rows = broadcast_to(transpose(x[0]), {4, 50, 40}).value();
  for (std::size_t i = 0; i < 50; ++i) ASSERT_EQ(rows(3, i, 7), a(0, 7, i));
}

// What loops over rows read in place, and what products do, is what a copy would have given.
TEST(Views, ComputeAsCopiesDo) {
  const Var<double> x = cube();
  const auto copy = [](const Var<double>& v) { return Var<double>(Array<double>(v.value())); };
  for (const Var<double>& view :
       {slice(x, {{}, {}, {5, 45}}), slice(x, {{}, {2, 38, 3}}), transpose(x, {1, 0, 2}), transpose(x), x[3],
        slice(x, {{}, 7}), broadcast_to(slice(x, {{}, {0, 1}}), {6, 9, 50}), slice(x, {{{}, {}, -1}}), flip(x, 1),
        diagonal(x)}) {
    const Var<double> same = copy(view);
    EXPECT_EQ(exp(view).value(), exp(same).value());
    EXPECT_EQ((view * same + 1.0).value(), (same * same + 1.0).value());
    EXPECT_EQ(sum(view, -1).value(), sum(same, -1).value());
    const Axes turned = view.dimension() == 2 ? Axes{1, 0} : Axes{0, 2, 1};
    EXPECT_TRUE(
        close(matmul(view, transpose(view, turned)).value(), matmul(same, copy(transpose(same, turned))).value()));
    EXPECT_EQ(concatenate({view, view}, 1).value(), concatenate({same, same}, 1).value());
    const auto f = [](const auto& v) { return sum(square(v) * v); };
    EXPECT_EQ(grad(f)(view).value(), grad(f)(same).value());
  }
}

// A view outlives the variable, and a gradient through it goes where the elements came from.
TEST(Views, KeepWhatTheyNeed) {
  std::vector<Var<double>> views;
  {
    const Var<double> x = cube();
    views = {x[5], transpose(x, {2, 0, 1}), flip(x, 0), diagonal(x), broadcast_to(x[5], {2, kShape[1], kShape[2]})};
  }
  const Array<double> elsewhere = full<double>(kShape, -1.0),
                      elements = cube().value();  // where x was, had it been freed
  EXPECT_EQ(views[0].value()(39, 49), elements(5, 39, 49));
  EXPECT_EQ(views[1].value()(49, 5, 39), elements(5, 39, 49));
  EXPECT_EQ(views[2].value()(0, 39, 49), elements(kShape[0] - 1, 39, 49));
  EXPECT_EQ(views[3].value()(49, 3), elements(3, 3, 49));
  EXPECT_EQ(views[4].value()(1, 39, 49), elements(5, 39, 49));
  Tape<double> tape;
  const Var<double> x = tape.watch(cube().value());
  const Array<double> g = tape.gradient(sum(square(transpose(slice(x, {{1, 3}}), {2, 1, 0}))), x);
  EXPECT_EQ(g(0, 0, 0), 0);
  EXPECT_EQ(g(2, 3, 4), 2 * x.value()(2, 3, 4));
}

TEST(Views, OfOneValueAreMadeOnceByThreads) {
  const Var<double> x = cube(), view = transpose(x, {2, 0, 1});
  std::vector<const double*> seen(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < seen.size(); ++t) threads.emplace_back([&, t] { seen[t] = view.value().data(); });
  for (std::thread& thread : threads) thread.join();
  for (const double* data : seen) EXPECT_EQ(data, seen[0]);
  EXPECT_EQ(view.value()(7, 3, 9), x.value()(3, 9, 7));
}

// An array of xtensor's is made around the elements where they lie, when somebody asks for it, and is like xtensor's
// own.
TEST(Values, AreArraysWhereSomebodyAsks) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3, 4}, Shape{2, 1, 3}, Shape{0, 3}, Shape{2, 1, 1, 2, 3}}) {
    const Array<double> expected = full<double>(shape, 2.0);
    const Var<double> y = 1.0 + Var<double>(ones<double>(shape));
    const double* const elements = y.shared()->data();
    std::vector<const Array<double>*> seen(8);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < seen.size(); ++t) threads.emplace_back([&, t] { seen[t] = &y.value(); });
    for (std::thread& thread : threads) thread.join();
    for (const Array<double>* array : seen) EXPECT_EQ(array, seen[0]);
    EXPECT_EQ(y.value().data(), elements);
    EXPECT_EQ(y.shared()->data(), elements);
    EXPECT_EQ(y.value(), expected);
    EXPECT_EQ(shape_of(y.value()), shape);
    EXPECT_TRUE(std::equal(expected.strides().begin(), expected.strides().end(), y.value().strides().begin()));
    EXPECT_TRUE(
        std::equal(expected.backstrides().begin(), expected.backstrides().end(), y.value().backstrides().begin()));
    const Array<double> kept = Value<double>::release(y.shared());  // others see it: a copy
    EXPECT_EQ(y.value(), kept);
    EXPECT_TRUE(kept.size() == 0 || kept.data() != elements);
    // What nobody else sees is handed over, whether an array was made of it or not.
    for (const bool asked : {false, true}) {
      Var<double> z = 1.0 + Var<double>(ones<double>(shape));
      if (asked) {
        EXPECT_EQ(z.value(), expected);
      }
      const double* const before = z.shared()->data();
      const Array<double> released = std::move(z).value();
      EXPECT_EQ(released.data(), before);
      EXPECT_EQ(released, expected);
      EXPECT_TRUE(std::equal(expected.strides().begin(), expected.strides().end(), released.strides().begin()));
    }
  }
}

TEST(Views, OfEmptyArraysHaveTheirShapes) {
  const Var<double> none(zeros<double>({0, 5})), wide(zeros<double>({5, 0}));
  EXPECT_EQ(slice(none, {{}, 2}).shape(), (Shape{0}));
  EXPECT_EQ(slice(wide, {3}).shape(), (Shape{0}));
  EXPECT_EQ(transpose(none).shape(), (Shape{5, 0}));
  EXPECT_EQ(broadcast_to(none, {7, 0, 5}).shape(), (Shape{7, 0, 5}));
  EXPECT_EQ(sum(slice(none, {{}, {4, {}}})).item(), 0);
}

}  // namespace
}  // namespace xtape::tests
