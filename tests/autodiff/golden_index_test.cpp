// Scans, elements by their order, parts and updates, and reductions made of others against PyTorch's and NumPy's
// (tests/golden/make_index.py).

#include "tests/autodiff/ops/golden_case.hpp"

#include <cmath>
#include <limits>

namespace xtape::tests {
namespace {

const Golden& golden() {
  static const Golden arrays("index");
  return arrays;
}

using V = Var<double>;
using X = std::span<const V>;
using Ints = std::vector<int>;
using Table = xt::xtensor<int, 2>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const Array<double>& places() {
  static const Array<double> at{0, 0.5, 1.5, 1.75, 3};
  return at;
}
Indices segments() {
  return Ints{1, 0, 1, 3, 1};
}

std::vector<GoldenCase> scan_cases() {
  return {
      {"prod_all", 1, [](X x) { return prod(x[0]); }},
      {"prod_zeros", 1, [](X x) { return prod(x[0], 1); }},
      {"prod_two_axes", 1,
       [](X x) {
         return prod(x[0], {0, -1});
       }},
      {"cumsum", 1, [](X x) { return cumsum(x[0], 1); }},
      {"cumprod", 1, [](X x) { return cumprod(x[0], 0); }},
      {"cumprod_zeros", 1, [](X x) { return cumprod(x[0], -1); }},
      {"logcumsumexp", 1, [](X x) { return logcumsumexp(x[0], 1); }},
      {"cummax", 1, [](X x) { return cummax(x[0], 1); }},
      {"cummin", 1, [](X x) { return cummin(x[0], 0); }},
      {"linear_recurrence", 2, [](X x) { return linear_recurrence(x[0], x[1]); }},
      {"diff", 1, [](X x) { return diff(x[0], 2, 0); }},
      {"trapezoid", 1, [](X x) { return trapezoid(x[0], 0.5, 0); }},
      {"trapezoid_places", 2, [](X x) { return trapezoid(x[0], x[1]); }},
      {"gradient", 1, [](X x) { return gradient(x[0], 0.5, 1); }},
      {"gradient_edges", 1, [](X x) { return gradient(x[0], 0.5, 0, 2); }},
      {"gradient_places", 1, [](X x) { return gradient(x[0], places(), 1); }},
      {"gradient_places_edges", 1, [](X x) { return gradient(x[0], places(), 0, 2); }},
  };
}

std::vector<GoldenCase> rearrange_cases() {
  return {
      {"flip", 1,
       [](X x) {
         return flip(x[0], {0, 2});
       }},
      {"roll", 1,
       [](X x) {
         return roll(x[0], {1, -2}, {0, 1});
       }},
      {"roll_all", 1, [](X x) { return roll(x[0], 2); }},
      {"rot90", 1, [](X x) { return rot90(x[0]); }},
      {"rot90_back", 1,
       [](X x) {
         return rot90(x[0], -1, {1, 2});
       }},
      {"repeat", 1, [](X x) { return repeat(x[0], 2, 1); }},
      {"repeat_counts", 1,
       [](X x) {
         return repeat(x[0], Indices{2, 0, 3}, 0);
       }},
      {"tile", 1,
       [](X x) {
         return tile(x[0], {2, 1, 2});
       }},
      {"pad_constant", 1,
       [](X x) {
         return pad(x[0], {{0, 1}, {1, 2}}, PadMode::kConstantValue, 0.5);
       }},
      {"pad_edge", 1,
       [](X x) {
         return pad(x[0], {0, {2, 1}}, PadMode::kEdge);
       }},
      {"pad_reflect", 1,
       [](X x) {
         return pad(x[0], {0, {2, 1}}, PadMode::kReflect);
       }},
      {"pad_wrap", 1,
       [](X x) {
         return pad(x[0], {0, {2, 1}}, PadMode::kWrap);
       }},
      {"swapaxes", 1, [](X x) { return swapaxes(x[0], 0, -1); }},
      {"moveaxis", 1,
       [](X x) {
         return moveaxis(x[0], {0, 1}, {-1, 0});
       }},
      {"array_split", 1, [](X x) { return array_split(x[0], 3, 1)[1]; }},
      {"meshgrid", 2,
       [](X x) {
         const std::vector<V> grid = meshgrid<V>({x[0], x[1]});
         return grid[0] * grid[1];
       }},
      {"tril", 1, [](X x) { return tril(x[0], -1); }},
      {"triu", 1, [](X x) { return triu(x[0], 1); }},
      {"diag", 1, [](X x) { return diag(x[0], -1); }},
      {"diagonal", 1, [](X x) { return diagonal(x[0], 1, 0, 2); }},
      {"trace", 1, [](X x) { return trace(x[0]); }},
      {"view", 1,
       [](X x) {
         using namespace xt::placeholders;
         return view(x[0], 1, xt::ellipsis(), xt::range(_, _, 2), xt::newaxis());
       }},
  };
}

std::vector<GoldenCase> order_cases() {
  return {
      {"sort", 1, [](X x) { return sort(x[0]); }},
      {"sort_descending", 1, [](X x) { return sort(x[0], 0, true); }},
      {"topk", 1, [](X x) { return topk(x[0], 2).values; }},
      {"take_along_axis", 1,
       [](X x) {
         return take_along_axis(x[0], Table{{0, 2, 2}, {1, 0, 1}}, 1);
       }},
      {"quantile", 1,
       [](X x) {
         return quantile(x[0], {0.25, 0.6}, 1);
       }},
      {"quantile_nearest", 1, [](X x) { return quantile(x[0], 0.4, 0, false, QuantileMethod::kNearest); }},
      {"median", 1, [](X x) { return median(x[0]); }},
  };
}

std::vector<GoldenCase> update_cases() {
  return {
      {"index_add", 2,
       [](X x) {
         return index_add(x[0], Ints{2, 0, 2}, x[1]);
       }},
      {"scatter_add", 2,
       [](X x) {
         return scatter_add(x[0], Table{{0, 0, 2}, {1, 2, 1}}, x[1], 1);
       }},
      {"set_slice", 2,
       [](X x) {
         return at(x[0], {{}, {1, 3}}).set(x[1]);
       }},
      {"set_elements", 2,
       [](X x) {
         return at(x[0], std::vector<Indices>{Ints{0, 1}, Ints{2, 0}}).set(x[1]);
       }},
      {"fancy_index", 1,
       [](X x) {
         return fancy_index(x[0], {Table{{0}, {1}}, Ints{2, 0}});
       }},
      {"boolean_mask", 1,
       [](X x) {
         return boolean_mask(x[0], xt::xarray<bool>{{true, false, true}, {false, true, true}});
       }},
      {"segment_sum", 1, [](X x) { return segment_sum(x[0], segments(), 4); }},
      {"segment_max", 1,
       [](X x) {
         return take(segment_max(x[0], segments(), 4), Ints{0, 1, 3});
       }},
      {"segment_softmax", 1, [](X x) { return segment_softmax(x[0], segments(), 4); }},
      {"segment_mean", 1,
       [](X x) {
         return take(segment_mean(x[0], segments(), 4), Ints{0, 1, 3});
       }},
      {"segment_min", 1,
       [](X x) {
         return take(segment_min(x[0], segments(), 4), Ints{0, 1, 3});
       }},
      {"put_along_axis", 2,
       [](X x) {
         return put_along_axis(x[0], Table{{2, 0}, {1, 2}}, x[1], 1);
       }},
      {"partition", 1, [](X x) { return take(partition(x[0], 2), 2, 1); }},
      {"unstack", 1,
       [](X x) {
         const std::vector<V> columns = unstack(x[0], 1);
         return columns[0] * exp(columns[2]);
       }},
      {"atleast_2d", 1, [](X x) { return atleast_2d(x[0]); }},
      {"atleast_3d", 1, [](X x) { return atleast_3d(x[0]); }},
      {"select", 1,
       [](X x) {
         return select({x[0]<-0.5, x[0]> 0.5}, {square(x[0]), exp(x[0])}, 0.25 * x[0]);
       }},
  };
}

std::vector<GoldenCase> statistics_cases() {
  const auto missing = [](const auto& f) { return [f](X x) { return f(x[0]); }; };
  std::vector<GoldenCase> cases{
      {"average", 2, [](X x) { return average(x[0], x[1], 1); }},
      {"norm", 1, [](X x) { return norm(x[0], 1); }},
      {"nanvar", 1, [](X x) { return nanvar(x[0], 0, false, 1); }},
      {"ptp", 1, [](X x) { return ptp(x[0], 1); }},
      {"var_mean", 1,
       [](X x) {
         const auto [variance, mean_of_x] = var_mean(x[0], 1, false, 1);
         return variance * mean_of_x;
       }},
      {"nansum", 1, missing([](const V& x) { return nansum(x, 1); })},
      {"nanmean", 1, missing([](const V& x) { return nanmean(x, 0); })},
      {"masked_mean", 1,
       [](X x) {
         return mean(x[0], Where(xt::xarray<bool>{true, false, true, true}), 1);
       }},
  };
  const auto text = [](double order) {
    return std::isinf(order) ? order > 0 ? "inf" : "-inf"
           : order == 0.5    ? "0.5"
           : order == 1.5    ? "1.5"
                             : std::to_string(int(order));
  };
  for (const double order : {0.5, 1.0, 1.5, 2.0, 3.0, kInfinity, -kInfinity, -2.0}) {
    cases.push_back(
        {"vector_norm_" + std::string(text(order)), 1, [order](X x) { return vector_norm(x[0], order, 1); }});
  }
  for (const double order : {1.0, -1.0, 2.0, -2.0, kInfinity, -kInfinity}) {
    cases.push_back({"matrix_norm_" + std::string(text(order)), 1, [order](X x) { return matrix_norm(x[0], order); }});
  }
  cases.push_back({"matrix_norm_fro", 1, [](X x) { return matrix_norm(x[0]); }});
  cases.push_back({"matrix_norm_nuc", 1, [](X x) { return matrix_norm(x[0], "nuc"); }});
  return cases;
}

std::vector<GoldenCase> all_cases() {
  std::vector<GoldenCase> all;
  for (const auto& family : {scan_cases(), rearrange_cases(), order_cases(), update_cases(), statistics_cases()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

class GoldenIndex : public testing::TestWithParam<GoldenCase> {};
std::string name_in_letters(const testing::TestParamInfo<GoldenCase>& info) {
  std::string name = info.param.name;
  for (char& c : name) c = c == '-' ? 'm' : c == '.' ? 'p' : c;
  return name;
}
INSTANTIATE_TEST_SUITE_P(Torch, GoldenIndex, testing::ValuesIn(all_cases()), name_in_letters);

TEST_P(GoldenIndex, ValuesAndDerivativesToSecondOrderAgree) {
  expect_golden(golden(), GetParam());
}

TEST(GoldenIndexValues, OfPaddingBeyondTheArray) {
  const V x(golden()["pad_far.x0"]);
  for (const auto& [name, mode] : std::vector<std::pair<std::string, PadMode>>{{"symmetric", PadMode::kSymmetric},
                                                                               {"reflect", PadMode::kReflect},
                                                                               {"wrap", PadMode::kWrap},
                                                                               {"linear_ramp", PadMode::kLinearRamp},
                                                                               {"maximum", PadMode::kMaximum},
                                                                               {"minimum", PadMode::kMinimum},
                                                                               {"mean", PadMode::kMean},
                                                                               {"median", PadMode::kMedian}}) {
    EXPECT_TRUE(close(pad(x, {{1, 2}, {7, 8}}, mode).value(), golden()["pad_far_" + name + ".y"])) << name;
  }
}

// To the bit, NaN like NaN.
void expect_same(const Array<double>& got, const Array<double>& expected, const char* what) {
  ASSERT_EQ(shape_of(got), shape_of(expected)) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double a = got.data()[i], b = expected.data()[i];
    EXPECT_TRUE(std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b))
        << what << " at " << i << ": " << a << ", expected " << b;
  }
}
Array<double> numbers(const Indices& indices) {
  Array<double> y = empty<double>(indices.shape());
  std::copy(indices.values().begin(), indices.values().end(), y.data());
  return y;
}

TEST(GoldenIndexValues, OfHardElements) {
  const V x(golden()["hard.x0"]);
  expect_same(sort(x).value(), golden()["hard.sort"], "sort");
  expect_same(numbers(argsort(x)), golden()["hard.argsort"], "argsort");
  expect_same(cummax(x, 0).value() + 0.0, golden()["hard.cummax"] + 0.0, "cummax");
  expect_same(cummin(flip(x), 0).value() + 0.0, golden()["hard.cummin"] + 0.0, "cummin");
  expect_same(numbers(argmax(x)), golden()["hard.argmax"], "argmax");
  expect_same(numbers(searchsorted(sort(x), x)), golden()["hard.searchsorted"], "searchsorted");
  expect_same(numbers(searchsorted(sort(x), x, true)), golden()["hard.searchsorted_right"], "searchsorted, right");
}

TEST(GoldenIndexValues, OfCountsAndPlaces) {
  const V flags(golden()["flags.x0"]), hard(golden()["hard.x0"]), far(golden()["far.x0"]);
  expect_same(count_nonzero(flags, 0).value(), golden()["flags.count_nonzero"], "count_nonzero");
  expect_same(any(flags).value(), golden()["flags.any"], "any");
  expect_same(all(flags, 1).value(), golden()["flags.all"], "all");
  expect_same(numbers(argmin(hard)), golden()["hard.argmin"], "argmin of NaN");
  expect_same(numbers(argmin(far)), golden()["far.argmin"], "argmin");
  expect_same(far(argpartition(far, 3).values()[3]).value(), golden()["far.argpartition"], "argpartition");
  expect_same(eye<double>(3, 4, 1), golden()["constants.eye"], "eye");
  expect_same(tri<double>(3, 4, -1), golden()["constants.tri"], "tri");
  expect_same(Array<double>(matrix_rank(golden()["rank.x0"])), golden()["rank.y"], "matrix_rank");
}

TEST(GoldenIndexValues, OfFarExponentials) {
  expect_same(logcumsumexp(V(golden()["far.x0"])).value(), golden()["far.logcumsumexp"], "logcumsumexp");
}

}  // namespace
}  // namespace xtape::tests
