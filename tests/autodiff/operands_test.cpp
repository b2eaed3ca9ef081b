// What may be given to a function: Vars, arrays, views, expressions, numbers and braced lists, and arrays that were
// moved from, which are refused.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"

#include <gtest/gtest.h>

#if __has_include(<xtensor/views/xview.hpp>)
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xview.hpp>
#endif

namespace xtape {
namespace {

using Doubles = xt::xarray<double>;

void expect_elements(const Var<double>& got, const Shape& shape, const std::vector<double>& elements) {
  ASSERT_EQ(got.shape(), shape);
  for (std::size_t i = 0; i < elements.size(); ++i)
    EXPECT_NEAR(got.value().data()[i], elements[i], 4e-16 * std::max(1.0, std::abs(elements[i]))) << i;
}

struct Doubled : Operation<"doubled", kNothing> {
  template <class S>
  static S eval(const S& x) {
    return x.v + x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const auto&) {
    return {2.0 * g};
  }
};

// Functions that xtensor lacks take what is not a Var as well: as a constant.
template <class A>
void expect_functions_of(const A& a) {  // of {1, -2}
  expect_elements(xtape::relu(a), {2}, {1, 0});
  expect_elements(xtape::sigmoid(a), {2}, {1 / (1 + std::exp(-1.0)), 1 / (1 + std::exp(2.0))});
  expect_elements(xtape::softplus(a), {2}, {std::log1p(std::exp(1.0)), std::log1p(std::exp(-2.0))});
  expect_elements(xtape::log_sigmoid(a), {2}, {-std::log1p(std::exp(-1.0)), -2 - std::log1p(std::exp(-2.0))});
  expect_elements(xtape::negative(a), {2}, {-1, 2});
  expect_elements(xtape::apply<Doubled>(a), {2}, {2, -4});
  expect_elements(xtape::add(a, 1), {2}, {2, -1});
  expect_elements(xtape::logsumexp(a), {}, {1 + std::log1p(std::exp(-3.0))});
  expect_elements(xtape::softmax(a), {2}, {1 / (1 + std::exp(-3.0)), 1 / (1 + std::exp(3.0))});
  expect_elements(xtape::log_softmax(a), {2}, {0 - std::log1p(std::exp(-3.0)), -3 - std::log1p(std::exp(-3.0))});
  expect_elements(xtape::slice(a, {{1, 2}}), {1}, {-2});
  expect_elements(xtape::take(a, {1, 0}), {2}, {-2, 1});
  expect_elements(xtape::stop_gradient(a), {2}, {1, -2});
  expect_elements(xtape::reshape(a, {2, 1}), {2, 1}, {1, -2});
}

TEST(Operands, VectorsOfTheStandardLibrary) {
  expect_functions_of(std::vector<double>{1, -2});
  expect_functions_of(std::vector<int>{1, -2});
  expect_functions_of(std::array<double, 2>{1, -2});
  const std::vector<std::vector<double>> rows{{1, 2}, {3, 4}};
  const Var<double> matrix(rows);
  expect_elements(matrix, {2, 2}, {1, 2, 3, 4});
  expect_elements(matrix * std::vector<double>{1, 10}, {2, 2}, {1, 20, 3, 40});
  expect_elements(std::vector<float>{1, 2} - matrix, {2, 2}, {0, 0, -2, -2});
  expect_elements(matmul(rows, std::vector<int>{1, 1}), {2}, {3, 7});
  expect_elements(Var<double>(std::vector<double>{}), {0}, {});
  expect_elements(Var<double>(std::vector<std::vector<double>>{}), {0, 0}, {});
  expect_elements(where(std::vector<bool>{true, false}, Var<double>(1.0), 2.0), {2}, {1, 2});
  EXPECT_TRUE(has(message_of<ShapeError>([] {
                    Var<double>(std::vector<std::vector<double>>{{1, 2}, {3}});
                  }),
                  {"[array]", "2 and 1"}));
}

TEST(Operands, VectorsInTapesAndTransforms) {
  Tape<double> tape;
  const Var<double> x = tape.watch(std::vector<double>{1, 2}), y = tape.watch({3, 4}), z = tape.watch({{1, 2}, {3, 4}});
  expect_elements(y, {2}, {3, 4});
  expect_elements(z, {2, 2}, {1, 2, 3, 4});
  expect_elements(tape.watch({{1}, {2}}), {2, 1}, {1, 2});
  expect_elements(tape.watch({1, 2.5F, 3U}), {3}, {1, 2.5, 3});
  EXPECT_TRUE(close(tape.gradient(x * x, x, std::vector<double>{1, 10}), {2, 40}));
  const auto cubes = [](const auto& v) { return sum(v * v * v); };
  EXPECT_TRUE(close(grad(cubes)(std::vector<double>{1, 2}), {3, 12}));
  EXPECT_TRUE(close(hvp(cubes)(std::vector<double>{1, 2}, std::vector<double>{1, 1}), {6, 12}));
  EXPECT_TRUE(
      close(jacobian([](const auto& v) { return v * v; })(std::vector<double>{1, 2}), Shape{2, 2}, {2, 0, 0, 4}));
  const auto [value, pullback] = vjp([](const auto& v) { return v * v; })(std::vector<double>{1, 2});
  EXPECT_TRUE(close(pullback(std::vector<double>{1, 10}), {2, 40}));
}

TEST(Elements, AreVariables) {
  Tape<double> tape;
  const Var<double> v = tape.watch({1, 2, 3}), m = tape.watch({{1, 2, 3}, {4, 5, 6}});
  expect_elements(v(1), {}, {2});
  expect_elements(v(-1), {}, {3});
  expect_elements(m(1, 0), {}, {4});
  expect_elements(m[1], {3}, {4, 5, 6});
  expect_elements(m[-2][2], {}, {3});
  expect_elements(Var<double>(7.0)(), {}, {7});
  const auto d = tape.gradient(v(1) * m(1, 2) + sum(m[0] * v), {v, m});
  EXPECT_TRUE(close(d[0], {1, 2 + 6, 3}));
  EXPECT_TRUE(close(d[1], Shape{2, 3}, {1, 2, 3, 0, 0, 2}));
  EXPECT_EQ(m.shape(0), 2u);
  EXPECT_EQ(m.shape(-1), 3u);
  EXPECT_TRUE(has(message_of<ShapeError>([&] { m(1); }), {"[element]", "(2, 3)", "got 1"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { m(0, 3); }), {"[element]", "index 3", "axis 1", "(2, 3)"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { v[-4]; }), {"[element]", "index -4", "(3,)"}));
  EXPECT_THROW(v.shape(1), ShapeError);
  const auto second = [](const auto& x) { return grad([](const auto& u) { return u(0) * u(0) * u[1]; })(x)(0); };
  EXPECT_TRUE(close(grad(second)(Doubles{3, 5}), {10, 6}));  // of 2 x0 x1
}

TEST(Elements, ByIntegerIndexDropTheDimension) {
  Tape<double> tape;
  const Var<double> m = tape.watch({{1, 2, 3}, {4, 5, 6}});
  expect_elements(slice(m, {1}), {3}, {4, 5, 6});
  expect_elements(slice(m, {{1}}), {3}, {4, 5, 6});
  expect_elements(slice(m, {{}, -1}), {2}, {3, 6});
  expect_elements(slice(m, {{1, {}}, 0}), {1}, {4});
  expect_elements(slice(m, {{{}, {}, -1}, {0, 2}}), {2, 2}, {4, 5, 1, 2});
  expect_elements(take(m, 0), {3}, {1, 2, 3});
  expect_elements(take(m, -1, 1), {2}, {3, 6});
  EXPECT_TRUE(close(tape.gradient(sum(square(take(m, 1, 1))), m), Shape{2, 3}, {0, 4, 0, 0, 10, 0}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { slice(m, {{}, 3}); }), {"[slice]", "index 3", "axis 1"}));
  EXPECT_TRUE(has(message_of<ShapeError>([&] { take(m, 2); }), {"[take]", "index 2", "axis 0"}));
}

TEST(Elements, OfConstantsBecomeArraysOfVariablesDoNot) {
  const Doubles a{1, 2};
  const Array<double> column = reshape(a, {2, 1});
  const xt::xarray<double> row = reshape(a, {1, 2});
  const xt::xtensor<double, 2> fixed = reshape(a, {1, 2});
  EXPECT_EQ(shape_of(column), (Shape{2, 1}));
  EXPECT_EQ(row(0, 1), 2);
  EXPECT_EQ(fixed(0, 0), 1);
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    [[maybe_unused]] const xt::xtensor<double, 1> r = reshape(a, {1, 2});
                  }),
                  {"[array]", "1 dimensions", "(1, 2)"}));
  Tape<double> tape;
  const Var<double> x = tape.watch(a);
  EXPECT_TRUE(
      has(message_of<TapeError>([&] { [[maybe_unused]] const Array<double> lost = x * x; }), {"[array]", "value()"}));
}

// What a Var of one statement gives must not end with it.
TEST(Elements, OfAVarOfOneStatementStay) {
  const Var<double> x(Doubles{1, 2, 3});
  std::vector<double> seen;
  for (const double y : (2.0 * x).value()) seen.push_back(y);
  for (const double y : transpose(reshape(x, {3, 1})).value()) seen.push_back(y);  // a view
  for (const std::size_t extent : reshape(x, {3, 1}).shape()) seen.push_back(double(extent));
  EXPECT_EQ(seen, (std::vector<double>{2, 4, 6, 1, 2, 3, 3, 1}));
  Tape<double> tape;
  const Var<double> w = tape.watch(Doubles{1, 2});
  const Var<double> y = exp(w);
  Array<double> first = Var<double>(y).value();  // of a value that others hold
  first.fill(0);
  EXPECT_TRUE(close(y.value(), {std::exp(1.0), std::exp(2.0)}));
  EXPECT_TRUE(close(tape.gradient(sum(y), w), {std::exp(1.0), std::exp(2.0)}));
  EXPECT_THROW(Var<double>().value(), TapeError);
}

TEST(Elements, BecomeContainersOfAnyLayout) {
  const Var<double> x(Array<double>{{1, 2, 3}, {4, 5, 6}});
  const xt::xtensor<double, 2, xt::layout_type::column_major> columns = x;
  const xt::xtensor<double, 2, xt::layout_type::dynamic> any = x;
  const xt::xarray<double, xt::layout_type::column_major> ranked = x;
  for (std::size_t i : {0u, 1u}) {
    for (std::size_t j : {0u, 1u, 2u}) {
      EXPECT_EQ(columns(i, j), double(3 * i + j + 1));
      EXPECT_EQ(any(i, j), double(3 * i + j + 1));
      EXPECT_EQ(ranked(i, j), double(3 * i + j + 1));
    }
  }
}

TEST(Conditions, CompareElementByElement) {
  const Var<double> v(Doubles{1, 2, 3});
  const Doubles w{1, 0, 3};
  expect_elements(v == w, {3}, {1, 0, 1});
  expect_elements(w == v, {3}, {1, 0, 1});
  expect_elements(v != 2, {3}, {1, 0, 1});
  expect_elements(2 != v, {3}, {1, 0, 1});
  expect_elements(v == v, {3}, {1, 1, 1});
  expect_elements(Var<double>(std::nan("")) != std::nan(""), {}, {1});
  expect_elements(map([](auto a) { return where(a == 2.0, 7.0, a); }, v), {3}, {1, 7, 3});
  EXPECT_TRUE(has(message_of<ShapeError>([&] {
                    static_cast<void>(v == Doubles{1, 2});
                  }),
                  {"[equal]", "(3,) and (2,)"}));
  EXPECT_TRUE(v(0) == 1.0);
}

TEST(Conditions, JoinElementByElement) {
  const Var<double> v(Doubles{1, 2, 3}), nan(std::nan(""));
  expect_elements((v > 1) && (v < 3), {3}, {0, 1, 0});
  expect_elements((v < 2) || (v > 2), {3}, {1, 0, 1});
  expect_elements(!(v < 2), {3}, {0, 1, 1});
  expect_elements((v > 1) && Doubles{1, 0, 5}, {3}, {0, 0, 1});
  expect_elements(nan && true, {}, {1});  // NaN is not 0
  expect_elements(!nan, {}, {0});
  expect_elements(map([](auto x) { return where((x > 1.0) && !(x > 2.0), x * x, 0.0); }, v), {3}, {0, 4, 0});
  const Var<double> loss(0.5), none;
  const bool first = false, stop = loss < 1 && !first;  // a plain bool decides without the other side
  EXPECT_TRUE(stop);
  EXPECT_FALSE(first && none > 0);
  EXPECT_TRUE(!first || none > 0);
  EXPECT_TRUE(bool(loss < 1 && loss > 0));
  EXPECT_FALSE(bool(loss < 1 && false));
}

TEST(Conditions, BoundsOfClipMayBeArrays) {
  const Doubles x{1, 2, 3}, low{1.5, 2, 0}, high{2, 2, 2.5};
  expect_elements(clip(Var<double>(x), 1.5, high), {3}, {1.5, 2, 2.5});
  const auto clipped = [](const auto& v, const auto& l, const auto& h) { return sum(clip(v, l, h)); };
  const auto [dx, dl, dh] = grad(clipped)(x, low, high);
  EXPECT_TRUE(close(dx, {0, 1, 0}));  // bounds are inside
  EXPECT_TRUE(close(dl, {1, 0, 0}));
  EXPECT_TRUE(close(dh, {0, 0, 1}));
  expect_elements(clip(Var<double>(Doubles{0, 9}), Doubles{5, 5}, 3.0), {2},
                  {3, 3});  // as NumPy: high where low > high
}

TEST(Operands, ListsMix) {
  Tape<double> tape;
  const Var<double> v = tape.watch({1, 2});
  expect_elements(concatenate({v, Array<double>{4.0}}), {3}, {1, 2, 4});
  expect_elements(concatenate({Doubles{3}, Doubles{4}}), {2}, {3, 4});
  expect_elements(concatenate(std::vector<Doubles>{{3}, {4}}), {2}, {3, 4});
  expect_elements(stack({v, Doubles{3, 4}}, 1), {2, 2}, {1, 3, 2, 4});
  EXPECT_TRUE(close(tape.gradient(sum(square(concatenate({Doubles{5}, v}))), v), {2, 4}));
}

TEST(Operands, ArraysViewsAndExpressions) {
  const Doubles a{1, -2};
  const Doubles matrix{{1, 0}, {-2, 0}};
  expect_functions_of(a);
  expect_functions_of(Array<double>(a));
  expect_functions_of(xt::xtensor<double, 1>(a));
  expect_functions_of(xt::view(matrix, xt::all(), 0));
  expect_functions_of(a + 0.0);
  expect_functions_of(xt::xarray<int>{1, -2});
  expect_functions_of(Var<double>(a));
}

// Names that xtensor has in no header of those that come along.
template <class A>
void expect_functions_of_matrix(const A& a) {  // of {{3, 1}, {2, 5}}
  expect_elements(max(a), {}, {5});
  expect_elements(max(a, 0), {2}, {3, 5});
  expect_elements(min(a, {0, -1}, true), {1, 1}, {1});
  expect_elements(var(a, 1, false, 1), {2}, {2, 4.5});
  expect_elements(xtape::std(a, 1), {2}, {1, 1.5});
  expect_elements(swapaxes(a, 0, 1), {2, 2}, {3, 2, 1, 5});
  expect_elements(moveaxis(a, 0, -1), {2, 2}, {3, 2, 1, 5});
  expect_elements(trace(a), {}, {8});
  expect_elements(logical_not(a), {2, 2}, {0, 0, 0, 0});
  expect_elements(logical_and(a, a), {2, 2}, {1, 1, 1, 1});
  expect_elements(sort(a), {2, 2}, {1, 3, 2, 5});
  expect_elements(sort(a, 0, true), {2, 2}, {3, 5, 2, 1});
  expect_elements(partition(a, 0), {2, 2}, {1, 3, 2, 5});
  expect_elements(median(a, {0, 1}), {}, {2.5});
  expect_elements(quantile(a, 0.5, 0), {2}, {2.5, 3});
  expect_elements(quantile(a, {0, 1}, 0), {2, 2}, {2, 1, 3, 5});
  expect_elements(tile(a, 2), {2, 4}, {3, 1, 3, 1, 2, 5, 2, 5});
  expect_elements(tile(a, {2, 1}), {4, 2}, {3, 1, 2, 5, 3, 1, 2, 5});
  expect_elements(pad(a, {{1, 0}, 0}), {3, 2}, {0, 0, 3, 1, 2, 5});
  expect_elements(pad(a, 1, PadMode::kEdge), {4, 4}, {3, 3, 1, 1, 3, 3, 1, 1, 2, 2, 5, 5, 2, 2, 5, 5});
  const auto expect_places = [](const Indices& got, const std::vector<std::ptrdiff_t>& expected) {
    EXPECT_EQ(std::vector<std::ptrdiff_t>(got.values().begin(), got.values().end()), expected);
  };
  expect_places(argmax(a), {3});
  expect_places(argmin(a, 0, true), {1, 0});
  expect_places(argsort(a), {1, 0, 0, 1});
  expect_places(argpartition(a, 0), {1, 0, 0, 1});
}

TEST(Operands, ArraysAloneWhereXtensorHasNoSuchFunction) {
  const Doubles a{{3, 1}, {2, 5}};
  expect_functions_of_matrix(a);
  expect_functions_of_matrix(Array<double>(a));
  expect_functions_of_matrix(xt::xtensor<int, 2>(a));
  expect_functions_of_matrix(xt::view(Doubles{{{3, 1}, {2, 5}}}, 0, xt::all(), xt::all()));
  expect_functions_of_matrix(a + 0.0);
  expect_functions_of_matrix(Var<double>(a));
  EXPECT_EQ(searchsorted(Doubles{1, 3, 5}, 4).item(), 2);
  EXPECT_EQ(searchsorted(std::vector<int>{1, 3, 5}, std::vector{3}, true).item(), 2);
  expect_elements(max(std::vector{1, 3}), {}, {3});
}

TEST(Operands, Numbers) {
  EXPECT_EQ(stop_gradient(2.5).item(), 2.5);
  EXPECT_EQ(sum(Var<double>(3)).item(), 3);
}

TEST(Operands, BracedLists) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2}), y = tape.watch(Doubles{3, 4});
  expect_elements(concatenate({x, y}), {4}, {1, 2, 3, 4});
  expect_elements(stack({x, y}, 1), {2, 2}, {1, 3, 2, 4});
  expect_elements(take(x, {-1, 0, 0}), {3}, {2, 1, 1});
  expect_elements(one_hot<double>({1, 0}, 2), {2, 2}, {0, 1, 1, 0});
  EXPECT_DOUBLE_EQ(tape.gradient(sum(concatenate({x, y}) * 3.0), y)(1), 3);
}

// Axes and extents are of any integer type.
TEST(Operands, IntegersOfAnyType) {
  const Var<double> x = xt::xtensor<double, 2>{{1, 2, 3}, {4, 5, 6}};
  expect_elements(sum(x, x.dimension() - 1), {2}, {6, 15});
  expect_elements(sum(x, 1U), {2}, {6, 15});
  expect_elements(sum(x, 1LL), {2}, {6, 15});
  expect_elements(sum(x, std::int8_t(-2)), {3}, {5, 7, 9});
  expect_elements(reshape(x, {x.size(), std::size_t(1)}), {6, 1}, {1, 2, 3, 4, 5, 6});
  expect_elements(reshape(x, {3, -1}), {3, 2}, {1, 2, 3, 4, 5, 6});
  expect_elements(reshape(Var<double>(ones<double>({1})), {}), {}, {1});
}

// Inside map too, x += y is a new number.
TEST(Operands, CompoundAssignment) {
  const auto f = [](const auto& x, const auto& y) {
    auto z = x;
    z += y;
    z *= 2.0;
    z -= x;
    z /= y;
    return z;  // (x + 2 y) / y
  };
  const auto unfused = grad([&](const auto& x, const auto& y) { return sum(f(x, y)); })(Doubles{1.0}, Doubles{4.0});
  const auto fused = grad([&](const auto& x, const auto& y) { return sum(map(f, x, y)); })(Doubles{1.0}, Doubles{4.0});
  EXPECT_DOUBLE_EQ(std::get<0>(unfused)(0), 0.25);
  EXPECT_DOUBLE_EQ(std::get<1>(unfused)(0), -1.0 / 16);
  EXPECT_DOUBLE_EQ(std::get<0>(fused)(0), 0.25);
  EXPECT_DOUBLE_EQ(std::get<1>(fused)(0), -1.0 / 16);
}

template <class A>
void expect_refused(A array) {
  const A taken = std::move(array);
  EXPECT_FALSE(taken.storage().empty());
  const auto refused = [](const auto& use) {
    EXPECT_NE(message_of<TapeError>(use).find("moved from"), std::string::npos) << message_of<TapeError>(use);
  };
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  refused([&] { Var<double> v = array; });
  refused([&] { tape.watch(array); });
  refused([&] { tape.watch(std::move(array)); });
  refused([&] { x + array; });
  refused([&] { xtape::relu(array); });
  refused([&] { tape.gradient(x, x, array); });
  refused([&] { grad([](const auto& v) { return sum(v); })(array); });
  refused([&] { vjp([](const auto& v) { return v; })(x.value()).pullback(array); });
}

TEST(MovedFrom, ArraysAreRefused) {
  expect_refused(Doubles{1, 2});
  expect_refused(Doubles(3.0));
  expect_refused(Array<double>{1, 2});
  expect_refused(xt::xtensor<double, 1>{1, 2});
}

TEST(MovedFrom, SeedsAndPullbacksAreRefused) {
  Tape<double> tape;
  const Var<double> x = tape.watch(Doubles{1, 2});
  std::vector<Array<double>> seeds{Array<double>{1, 1}};
  const Array<double> taken = std::move(seeds[0]);
  const std::vector<Var<double>> targets{x}, sources{x};
  EXPECT_NE(message_of<TapeError>([&] { tape.gradient(targets, sources, seeds); }).find("moved from"),
            std::string::npos);
  auto result = vjp([](const auto& v) { return sum(v); })(Doubles{1, 2});
  const auto kept = std::move(result.pullback);
  EXPECT_NE(message_of<TapeError>([&] { result.pullback(1.0); }).find("moved from"), std::string::npos);
  EXPECT_EQ(kept(1.0)(0), 1);
}

// Arrays of no elements have no limit of dimensions, in the backward pass either.
TEST(Ranks, OfEmptyArraysMayBeHigh) {
  for (const std::size_t rank : {31u, 32u, 33u, 40u, 64u}) {
    Tape<double> tape;
    const Var<double> x = tape.watch(zeros<double>(Shape(rank, 0)));
    std::vector<std::ptrdiff_t> every_second;
    for (std::size_t d = 0; d < rank; d += 2) every_second.push_back(std::ptrdiff_t(d));
    EXPECT_EQ(tape.gradient(sum(sum(exp(x), Axes(every_second), true)), x).size(), 0u) << rank;
  }
}

}  // namespace
}  // namespace xtape
