// What users' mistakes with scans, orders, parts and updates say; and what these do with no elements, rank 0, and
// several threads.

#include "autodiff/autodiff.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace xtape {
namespace {

using Places = std::vector<int>;

Var<double> of(const Shape& shape) {
  return Var<double>(ones<double>(shape));
}

struct Mistake {
  std::function<void()> make;
  std::vector<std::string> says;  // the first at the beginning
};

TEST(IndexErrors, NameTheOperationWhatWasExpectedAndWhatCame) {
  const Var<double> x = of({2, 3}), none = of({2, 0});
  const std::string shape = "(2, 3)";
  const Mistake mistakes[] = {
      {[&] { prod(x, 2); }, {"[prod]", "axis 2", shape}},
      {[&] { cumsum(x, 2); }, {"[cumsum]", "axis 2", shape}},
      {[&] { cumprod(x, -3); }, {"[cumprod]", "axis -3", shape}},
      {[&] { cummax(x, 2); }, {"[cummax]", "axis 2", shape}},
      {[&] { cummin(x, 2); }, {"[cummin]", "axis 2", shape}},
      {[&] { logcumsumexp(x, 2); }, {"[logcumsumexp]", "axis 2", shape}},
      {[&] { linear_recurrence(x, of({4})); }, {"[linear_recurrence]", shape, "(4,)"}},
      {[&] { linear_recurrence(x, x, 2); }, {"[linear_recurrence]", "axis 2", shape}},
      {[&] { diff(x, 1, 2); }, {"[diff]", "axis 2", shape}},
      {[&] { trapezoid(x, of({2})); }, {"[trapezoid]", shape, "axis 1", "(2,)"}},
      {[&] { gradient(x, 1.0, 0, 2); }, {"[gradient]", "3 samples", "axis 0", shape}},
      {[&] { gradient(x, 1.0, 0, 3); }, {"[gradient]", "edge_order", "3"}},
      {[&] { gradient(x, ones<double>({2}), 1); }, {"[gradient]", "3 places", "(2,)"}},
      {[&] { diff(x, std::size_t(-1)); }, {"[diff]", "-1"}},
      {[&] { vector_norm(none, -1); }, {"[vector_norm]", "no elements", "(2, 0)"}},
      {[&] { flip(x, 2); }, {"[flip]", "axis 2", shape}},
      {[&] {
         roll(x, {1, 2}, {0});
       },
       {"[roll]", "2", "1 axes", shape}},
      {[&] {
         rot90(x, 1, {0, 0});
       },
       {"[rot90]", "axis 0", "twice", shape}},
      {[&] { rot90(x, 1, {0}); }, {"[rot90]", "two axes", shape}},
      {[&] {
         repeat(x, Places{1, 2}, 1);
       },
       {"[repeat]", "3 slices", "(2,)"}},
      {[&] {
         repeat(x, Places{1, -2}, 0);
       },
       {"[repeat]", "-2"}},
      {[&] { repeat(x, std::size_t(1) << 60, 0); }, {"[repeat]", "too many"}},
      {[&] {
         tile(x, {std::size_t(1) << 40, std::size_t(1) << 40});
       },
       {"[tile]", "too many"}},
      {[&] {
         pad(x, {1, 2, 3});
       },
       {"[pad]", shape, "3"}},
      {[&] { pad(x, {-1}); }, {"[pad]", "-1"}},
      {[&] { pad(x, {PTRDIFF_MAX}); }, {"[pad]"}},
      {[&] { pad(none, {1}, PadMode::kEdge); }, {"[pad]", "axis 1", "(2, 0)"}},
      {[&] { swapaxes(x, 0, 2); }, {"[swapaxes]", "axis 2", shape}},
      {[&] {
         moveaxis(x, 0, {0, 1});
       },
       {"[moveaxis]", "2 for 1", shape}},
      {[&] {
         moveaxis(x, {0, 0}, {0, 1});
       },
       {"[moveaxis]", "twice", shape}},
      {[&] { array_split(x, 0); }, {"[array_split]", "got 0", shape}},
      {[&] {
         array_split(x, Indices{2, 1}, 1);
       },
       {"[array_split]", "rising", shape}},
      {[&] {
         meshgrid<Var<double>>({x, x});
       },
       {"[meshgrid]", "vectors", shape}},
      {[&] { tril(of({3})); }, {"[tril]", "two dimensions", "(3,)"}},
      {[&] {
         diag(of({1, 2, 3}));
       },
       {"[diag]", "(1, 2, 3)"}},
      {[&] { diag(of({3}), PTRDIFF_MIN); }, {"[diag]", "too many"}},
      {[&] { diagonal(x, 0, 1, 1); }, {"[diagonal]", "axis 1", "twice", shape}},
      {[&] { trace(of({3})); }, {"[trace]", "axis 1", "(3,)"}},
      {[&] { view(x, 0, 0, 0); }, {"[view]", "got 3", shape}},
      {[&] { view(x, 2); }, {"[view]", "index 2", "axis 0", shape}},
      {[&] { view(x, xt::ellipsis(), xt::ellipsis()); }, {"[view]", "ellipsis", shape}},
      {[&] { take_along_axis(x, Places{0}, 1); }, {"[take_along_axis]", "(1,)", shape}},
      {[&] { take_along_axis(x, xt::xtensor<int, 2>{{3}}, 1); }, {"[take_along_axis]", "index 3", "axis 1", shape}},
      {[&] { sort(x, 2); }, {"[sort]", "axis 2", shape}},
      {[&] { argsort(x, 2); }, {"[argsort]", "axis 2", shape}},
      {[&] { topk(x, 4); }, {"[topk]", "at most 3", shape, "k = 4"}},
      {[&] { partition(x, 3); }, {"[partition]", "place 3", "axis 1", shape}},
      {[&] { median(none, 1); }, {"[median]", "no elements", "(2, 0)"}},
      {[&] { quantile(x, 0.5, 2); }, {"[quantile]", "axis 2", shape}},
      {[&] { argmax(none, 1); }, {"[argmax]", "no elements", "(2, 0)"}},
      {[&] { argmin(none); }, {"[argmin]", "no elements", "(2, 0)"}},
      {[&] { searchsorted(x, 1.0); }, {"[searchsorted]", "vector", shape}},
      {[&] { index_add(x, Places{2}, 1.0); }, {"[index_add]", "index 2", shape}},
      {[&] {
         index_add(x, Places{0}, of({2, 3}));
       },
       {"[index_add]", "(1, 3)", shape}},
      {[&] { scatter_add(x, Places{0}, 1.0, 1); }, {"[scatter_add]", "(1,)", shape}},
      {[&] {
         scatter_add(x, xt::xtensor<int, 2>{{0}, {0}, {0}}, 1.0, 1);
       },
       {"[scatter_add]", "(3, 1)", "do not broadcast"}},
      {[&] {
         put_along_axis(of({1, 3}), xt::xtensor<int, 2>{{0}, {0}}, 1.0, 1);
       },
       {"[put_along_axis]", "but for the axis", "(2, 1)", "(1, 3)"}},
      {[&] { arange<double>(0, 1, 0); }, {"[arange]", "finite", "from 0 to 1 by 0"}},
      {[&] { array_split(x, 0); }, {"[array_split]", "axis 0", shape}},
      {[&] {
         array_split(x, Places{2, 1}, 1);
       },
       {"[array_split]", "rising order", "axis 1", shape}},
      {[&] { put_along_axis(x, xt::xtensor<int, 2>{{-4}}, 1.0, 1); }, {"[put_along_axis]", "index -4", shape}},
      {[&] { at(x, {5}); }, {"[at]", "index 5", shape}},
      {[&] {
         at(x, {0, 0, 0});
       },
       {"[at]", "3 ranges", shape}},
      {[&] { at(x, {0}).set(of({2})); }, {"[at]", "(3,)", "(2,)"}},
      {[&] {
         at(x, std::vector<Indices>{Places{0}, Places{0}, Places{0}});
       },
       {"[at]", "got 3", shape}},
      {[&] { segment_sum(x, Places{0}, 2); }, {"[segment_sum]", "(1,)", shape}},
      {[&] {
         segment_max(x, Places{0, 2}, 2);
       },
       {"[segment_max]", "segment 2", "2"}},
      {[&] {
         segment_softmax(x, Places{0, -1}, 2);
       },
       {"[segment_softmax]", "segment -1"}},
      {[&] {
         fancy_index(x, {Places{0, 1}, Places{0, 1, 2}});
       },
       {"[fancy_index]", "(2,)", "(3,)"}},
      {[&] { fancy_index(x, {Places{2}}); }, {"[fancy_index]", "index 2", shape}},
      {[&] { boolean_mask(x, of({3})); }, {"[boolean_mask]", "(3,)", shape}},
      {[&] {
         select({x, x}, {x}, 0.0);
       },
       {"[select]", "2 for 1"}},
      {[&] { sum(x, Where(of({2}))); }, {"[sum]", "(2,)", shape}},
      {[&] { average(x, of({2}), 1); }, {"[average]", "(2,)", shape}},
      {[&] { ptp(none, 1); }, {"[ptp]", "no elements", "(2, 0)"}},
      {[&] { vector_norm(x, 2, 2); }, {"[vector_norm]", "axis 2", shape}},
      {[&] { matrix_norm(of({3})); }, {"[matrix_norm]", "axis -2", "(3,)"}},
      {[&] { eye<double>(std::size_t(1) << 31); }, {"[eye]", "too many"}},
      {[&] { static_cast<void>(argsort(x).item()); }, {"[item]", shape}},
      {[&] { var_mean(x, 2); }, {"[var_mean]", "axis 2", shape}},
      {[&] { norm(x, 2); }, {"[norm]", "axis 2", shape}},
      {[&] { nansum(x, 2); }, {"[nansum]", "axis 2", shape}},
      {[&] { nanmean(x, 2); }, {"[nanmean]", "axis 2", shape}},
      {[&] { nanvar(x, 2); }, {"[nanvar]", "axis 2", shape}},
      {[&] { count_nonzero(x, 2); }, {"[count_nonzero]", "axis 2", shape}},
      {[&] { any(x, 2); }, {"[any]", "axis 2", shape}},
      {[&] { all(x, 2); }, {"[all]", "axis 2", shape}},
      {[&] { ptp(x, 2); }, {"[ptp]", "axis 2", shape}},
      {[&] { median(x, 2); }, {"[median]", "axis 2", shape}},
      {[&] { argmax(x, 2); }, {"[argmax]", "axis 2", shape}},
      {[&] { argmin(x, 2); }, {"[argmin]", "axis 2", shape}},
      {[&] { mean(x, Where(x), 2); }, {"[mean]", "axis 2", shape}},
      {[&] { average(x, x, 2); }, {"[average]", "axis 2", shape}},
      {[&] { trapezoid(x, 1.0, 2); }, {"[trapezoid]", "axis 2", shape}},
      {[&] { gradient(x, 1.0, 2); }, {"[gradient]", "axis 2", shape}},
      {[&] { unstack(x, 2); }, {"[unstack]", "axis 2", shape}},
      {[&] { array_split(x, 2, 2); }, {"[array_split]", "axis 2", shape}},
      {[&] { repeat(x, 2, 2); }, {"[repeat]", "axis 2", shape}},
      {[&] { roll(x, 1, 2); }, {"[roll]", "axis 2", shape}},
      {[&] { moveaxis(x, 3, 0); }, {"[moveaxis]", "axis 3", shape}},
      {[&] { take_along_axis(x, xt::xtensor<int, 2>{{0}}, 2); }, {"[take_along_axis]", "axis 2", shape}},
      {[&] { topk(x, 1, 2); }, {"[topk]", "axis 2", shape}},
      {[&] { partition(x, 1, 2); }, {"[partition]", "axis 2", shape}},
      {[&] { argpartition(x, 1, 2); }, {"[argpartition]", "axis 2", shape}},
      {[&] { argpartition(x, 3); }, {"[argpartition]", "place 3", "axis 1", shape}},
      {[&] { index_add(x, Places{0}, 1.0, 2); }, {"[index_add]", "axis 2", shape}},
      {[&] { scatter_add(x, xt::xtensor<int, 2>{{0}}, 1.0, 2); }, {"[scatter_add]", "axis 2", shape}},
      {[&] { scatter_add(x, xt::xtensor<int, 2>{{7}}, 1.0, 1); }, {"[scatter_add]", "index 7", "axis 1", shape}},
      {[&] { put_along_axis(x, xt::xtensor<int, 2>{{0}}, 1.0, 2); }, {"[put_along_axis]", "axis 2", shape}},
      {[&] { at(x, Places{0}, 2); }, {"[at]", "axis 2", shape}},
      {[&] { at(x, {0}).add(of({2})); }, {"[at]", "(3,)", "(2,)"}},
      {[&] { at(x, {0}).max(of({2})); }, {"[at]", "(3,)", "(2,)"}},
      {[&] { segment_mean(x, Places{0}, 2); }, {"[segment_mean]", "(1,)", shape}},
      {[&] { segment_min(x, Places{0}, 2); }, {"[segment_min]", "(1,)", shape}},
      {[&] { matrix_norm(none, 1); }, {"[matrix_norm]", "no elements", "(2, 0)"}},
      {[&] { matrix_norm(none, -2); }, {"[matrix_norm]", "no elements", "(2, 0)"}},
      {[&] { quantile(none, 0.5); }, {"[quantile]", "no elements", "(2, 0)"}},
      {[&] { max(none, Where(none), 1); }, {"[max]", "no elements", "(2, 0)"}},
      {[&] { mean(x, Where(of({2}))); }, {"[mean]", "(2,)", shape}},
      {[&] { min(x, Where(of({2}))); }, {"[min]", "(2,)", shape}},
      {[&] { cross(x, x, 2); }, {"[cross]", "axis 2", shape}},
      {[&] {
         cross(x, of({4, 3}));
       },
       {"[cross]", "(4, 3)", shape}},
      {[&] { pad(x, -1); }, {"[pad]", "-1"}},
      {[&] { flip(Var<double>(1.0), 0); }, {"[flip]", "axis 0", "()"}},
      {[&] { tri<double>(std::size_t(1) << 40, std::size_t(1) << 40); }, {"[tri]", "too many"}},
      {[&] { linspace<double>(0, 1, std::size_t(1) << 61); }, {"[linspace]", "too many"}},
  };
  for (const Mistake& mistake : mistakes) {
    const std::string message = message_of<ShapeError>(mistake.make);
    EXPECT_EQ(message.rfind(mistake.says[0], 0), 0u) << message << ", expected " << mistake.says[0];
    for (const std::string& part : mistake.says)
      EXPECT_NE(message.find(part), std::string::npos) << part << ": " << message;
  }
  EXPECT_TRUE(has(message_of<Error>([&] { quantile(x, 1.0000001); }), {"[quantile]", "0 to 1", "1.0000001"}));
  EXPECT_TRUE(has(message_of<Error>([&] { matrix_norm(x, 3.0); }), {"[matrix_norm]", "3"}));
  EXPECT_TRUE(has(message_of<Error>([&] { matrix_norm(x, "max"); }), {"[matrix_norm]", "max"}));
}

TEST(IndexEnds, OfNoElementsAndOfNumbers) {
  const Var<double> none = of({0}), number(2.0);
  EXPECT_EQ(prod(none).item(), 1);
  EXPECT_EQ(cumsum(number).shape(), Shape{1});
  EXPECT_EQ(sort(none).shape(), Shape{0});
  EXPECT_EQ(sort(number, OptionalAxis()).value()(0), 2);
  EXPECT_EQ(topk(none, 0).indices.size(), 0u);
  EXPECT_EQ(median(number).item(), 2);
  EXPECT_EQ(argmax(number).item(), 0);
  EXPECT_EQ(any(none).item(), 0);
  EXPECT_EQ(all(none).item(), 1);
  EXPECT_EQ(vector_norm(none, 3).item(), 0);
  EXPECT_EQ(flip(number).item(), 2);
  EXPECT_EQ(atleast_1d(number).shape(), Shape{1});
  EXPECT_EQ(roll(none, 3).shape(), Shape{0});
  EXPECT_EQ(diag(none, 1).shape(), (Shape{1, 1}));
  EXPECT_EQ(repeat(number, 3).shape(), Shape{3});
  EXPECT_EQ(pad(none, {{1, 2}}).shape(), Shape{3});
  EXPECT_EQ(array_split(of({2}), 3).size(), 3u);
  EXPECT_EQ(segment_sum(of({0, 2}), Indices(), 3).shape(), (Shape{3, 2}));
  EXPECT_EQ(segment_max(of({0, 2}), Indices(), 1).value()(0, 1), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(boolean_mask(number, 1.0 * Var<double>(1.0)).shape(), Shape{1});
  EXPECT_TRUE(std::isnan(nanmean(Var<double>(std::nan(""))).item()));
  EXPECT_EQ(at(number, {}).set(3.0).item(), 3);
}

TEST(IndexEnds, SignedZerosStay) {
  const Var<double> x(Array<double>{-0.0, 1.0});
  EXPECT_TRUE(std::signbit(at(x, {1}).set(-0.0).value()(1)));
  EXPECT_TRUE(std::signbit(at(x, {1}).add(1.0).value()(0)));
  EXPECT_TRUE(std::signbit(cumsum(x, 0).value()(0)));
  EXPECT_TRUE(std::signbit(pad(x, {1}).value()(1)));
}

TEST(IndexEnds, OfMaskedAndLargestElements) {
  const Var<double> x(Array<double>{{1, 2}, {3, 4}}), mask(Array<double>{1, 0});
  EXPECT_TRUE(close(gradient(x, std::vector{0, 2}, 1)[0].value(), {0.5, 0.5}));
  EXPECT_TRUE(close(sum(x, Where(mask), 1).value(), {1, 3}));
  // Masks of other types, which are kept as long as the Where is.
  const xt::xarray<bool> columns{true, false};
  EXPECT_TRUE(close(sum(x, Where(columns), 1).value(), {1, 3}));
  EXPECT_EQ(max(x, Where(columns)).item() - min(x, Where(columns), {0, 1}).item(), 2);
  EXPECT_EQ(mean(Var<float>(x.value()), Where(x > 1.5)).item(), 3);
  const Where above(x > 1.5);
  EXPECT_EQ(sum(x, above).item(), 9);
  EXPECT_EQ(max(x, Where(x < 3.5)).item(), 3);
  EXPECT_EQ(min(x, Where(x > 1.5)).item(), 2);
  EXPECT_EQ(max(x, Where(x > 9.0)).item(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(close(at(x, Indices{0, 0}).max(Array<double>{{0, 5}, {2, 1}}).value(), {2, 2}, {2, 5, 3, 4}));
  EXPECT_TRUE(close(at(x, {{}, 1}).min(3.0).value(), {2, 2}, {1, 2, 3, 3}));
  EXPECT_TRUE(close(at(x, {{}, 1}).get().value(), {2, 4}));
  EXPECT_TRUE(close(nanvar(Var<double>(Array<double>{1, std::nan(""), 3}), {}, false, 1).value(), Shape{}, {2}));
  EXPECT_TRUE(close(slice(segment_mean(x, Places{1, 1}, 2), {1}).value(), {2, 3}));
  EXPECT_TRUE(close(tri<double>(2, 3), {2, 3}, {1, 0, 0, 1, 1, 0}));
  EXPECT_TRUE(close(eye<float>(2, 3, 1), {2, 3}, {0, 1, 0, 0, 0, 1}));
  EXPECT_TRUE(close(arange<double>(1, 2, 0.25), {1, 1.25, 1.5, 1.75}));
  EXPECT_TRUE(close(linspace<double>(0, 1, 5), {0, 0.25, 0.5, 0.75, 1}));
}

// Products that leave the range on the way, and norms of what would.
TEST(IndexEnds, OfTheRange) {
  const Var<double> far(Array<double>{1e300, 1e300, 1e-300, 1e-300, 3.0}), tiny(Array<double>{3e-200, 4e-200});
  EXPECT_NEAR(prod(far).item(), 3, 1e-14);
  EXPECT_NEAR(vector_norm(tiny, 3).item() / 1e-200, std::cbrt(91.0), 1e-14);
  EXPECT_NEAR(vector_norm(1.0 / tiny, 3).item() * 1e-200, std::cbrt(1 / 27.0 + 1 / 64.0), 1e-14);
  const Array<double> slope = grad([](const auto& v) { return vector_norm(v, 3.0); })(zeros<double>({2}));
  EXPECT_TRUE(close(slope, {0, 0}));
}

// Floats go several at a time, beside one another or along the line, with what is left over one by one: pairs of
// factors whose product is near 1, while the partial products leave even a double's range.
TEST(IndexEnds, AProductOfFloatsIsThatOfWiderNumbers) {
  for (const Shape& shape : {Shape{3, 77, 1}, Shape{1, 9000, 1}, Shape{2, 33, 19}, Shape{1, 4100, 8}, Shape{5, 3, 7}}) {
    const std::size_t length = shape[1], inner = shape[2];
    Array<float> x = Random(7).uniform<float>(shape, 0.9F, 1.1F);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t place = i / inner % length;
      const int power = int(std::min<std::size_t>(40, 20000 / length)) * (place < length / 2 ? 1 : -1);
      if (place < length - length % 2) x.flat(i) *= std::ldexp(1.0F, power);
    }
    x.flat(x.size() / 2) *= -1.0F;
    const Array<float> y = prod(Var<float>(x), 1).value();
    for (std::size_t i = 0; i < y.size(); ++i) {
      long double expected = 1;
      for (std::size_t l = 0; l < length; ++l) expected *= x.flat((i / inner * length + l) * inner + i % inner);
      EXPECT_FLOAT_EQ(y.flat(i), float(expected)) << i << " of " << length << ", " << inner;
    }
  }
}

// In pieces, of which one overflows and another one vanishes.
TEST(IndexEnds, AProductOfManyIsFiniteWhereItsPartsAreNot) {
  Array<double> x = full<double>({10000, 2}, -1.0);
  for (std::size_t i = 0; i < 10000; ++i) x(i, 0) = i < 5000 ? 16 : 0.0625;
  x(7000, 0) = 3 * 0.0625;
  EXPECT_TRUE(close(prod(Var<double>(x), 0).value(), {3, 1}, 0));
  // Its gradient too, also beside lines with an element of 0, whose derivatives are products of the others.
  Array<double> with_zero = full<double>({10000, 3}, 1.0);
  for (std::size_t i = 0; i < 10000; ++i) std::copy_n(&x(i, 0), 2, &with_zero(i, 0));
  with_zero(4, 2) = 0;
  const auto product = [](const auto& v) { return prod(v, 0); };
  const Array<double> slopes = grad([](const auto& v) { return sum(prod(v, 0)); })(with_zero);
  for (std::size_t i = 0; i < 10000; ++i) {
    EXPECT_DOUBLE_EQ(slopes(i, 0), 3 / x(i, 0));
    EXPECT_DOUBLE_EQ(slopes(i, 1), 1 / x(i, 1));
    EXPECT_DOUBLE_EQ(slopes(i, 2), i == 4 ? 1 : 0);
  }
  const GradientReport report = check_gradient(product, Array<double>{{1.5, 2}, {-0.5, 0}, {2, 3}});
  EXPECT_TRUE(report.ok()) << report.message;
}

// d²y / dx_i dx_j is y / (x_i x_j), and no NaN, where products before and behind overflow; beside a usual line and one
// with a 0.
TEST(IndexEnds, AProductOfManyHasSecondDerivatives) {
  constexpr std::size_t kCount = 2000;
  Array<double> x = full<double>({3, kCount}, 1.0);
  for (std::size_t i = 0; i < kCount; ++i) x(0, i) = i < kCount / 2 ? 16 : 0.0625;
  x(0, 7) = 48;
  x(1, 3) = 2;
  x(2, 5) = 0;
  const Array<double> second = hvp([](const auto& v) { return sum(prod(v, 1)); })(x, ones<double>({3, kCount}));
  const double sum_of_inverses = 999 / 16.0 + 1 / 48.0 + 16 * 1000;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double expected = 3 / x(0, i) * (sum_of_inverses - 1 / x(0, i));
    EXPECT_NEAR(second(0, i), expected, 1e-10 * expected);
    EXPECT_EQ(second(1, i), i == 3 ? 1999 : 2 * 1998 + 1);
    EXPECT_EQ(second(2, i), i == 5 ? 1999 : 1);
  }
}

// A product is linear in each of its factors: to the last bit, also where their squares leave the range.
TEST(IndexEnds, AProductIsLinearInEachFactor) {
  const auto curvature = [](auto far) {
    using T = decltype(far);
    const Array<T> second = hessian([](const auto& v) { return prod(v); })(Array<T>{1 / far, far, 1});
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(second(i, i), 0) << far;
    EXPECT_EQ(second(0, 1), 1);
    EXPECT_EQ(second(1, 2), 1 / far);
  };
  curvature(1e5f);
  curvature(1e30f);
  curvature(1e5);
  curvature(1e200);
}

// The same bits on one thread and on several.
TEST(IndexEnds, ThreadsDoNotChangeBits) {
  Random rng(7);
  const Array<float> x = rng.normal<float>({300, 700});
  const auto results = [&x] {
    Tape<float> tape;
    const Var<float> v = tape.watch(x);
    const Var<float> y = sum(cumsum(v, 0) * cumprod(v, 1)) + sum(logcumsumexp(v, 1)) + sum(sort(v, 0) * sort(v, 1)) +
                         sum(prod(v, 0)) + sum(index_add(v, Indices{3, 5, 3}, slice(v, {{0, 3}})));
    return tape.gradient(y, v);
  };
  const auto with = [&results](std::size_t count) {
    const tests::Threads threads(count);
    return results();
  };
  EXPECT_EQ(with(1), with(3));
}

}  // namespace
}  // namespace xtape
