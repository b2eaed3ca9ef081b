// Element-wise functions against those of an independent implementation (tests/golden/make_elementwise.py): values and
// derivatives at random arguments, values at hard ones.

#include "tests/autodiff/ops/golden_case.hpp"

#include <cmath>

namespace xtape::tests {
namespace {

const Golden& golden() {
  static const Golden arrays("elementwise");
  return arrays;
}

using X = std::span<const Var<double>>;

std::vector<GoldenCase> differentiable_cases() {
  return {
      {"tan", 1, [](X x) { return tan(x[0]); }},
      {"arcsin", 1, [](X x) { return arcsin(x[0]); }},
      {"arccos", 1, [](X x) { return arccos(x[0]); }},
      {"arctan", 1, [](X x) { return arctan(x[0]); }},
      {"arctan2", 2, [](X x) { return arctan2(x[0], x[1]); }},
      {"sinc", 1, [](X x) { return sinc(x[0]); }},
      {"deg2rad", 1, [](X x) { return deg2rad(x[0]); }},
      {"rad2deg", 1, [](X x) { return rad2deg(x[0]); }},
      {"sinh", 1, [](X x) { return sinh(x[0]); }},
      {"cosh", 1, [](X x) { return cosh(x[0]); }},
      {"arcsinh", 1, [](X x) { return arcsinh(x[0]); }},
      {"arccosh", 1, [](X x) { return arccosh(x[0]); }},
      {"arctanh", 1, [](X x) { return arctanh(x[0]); }},
      {"exp2", 1, [](X x) { return exp2(x[0]); }},
      {"log2", 1, [](X x) { return log2(x[0]); }},
      {"log10", 1, [](X x) { return log10(x[0]); }},
      {"logaddexp", 2, [](X x) { return logaddexp(x[0], x[1]); }},
      {"logaddexp2", 2, [](X x) { return logaddexp2(x[0], x[1]); }},
      {"xlogy", 2, [](X x) { return xlogy(x[0], x[1]); }},
      {"xlog1py", 2, [](X x) { return xlog1py(x[0], x[1]); }},
      {"logit", 1, [](X x) { return logit(x[0]); }},
      {"cbrt", 1, [](X x) { return cbrt(x[0]); }},
      {"rsqrt", 1, [](X x) { return rsqrt(x[0]); }},
      {"reciprocal", 1, [](X x) { return reciprocal(x[0]); }},
      {"hypot", 2, [](X x) { return hypot(x[0], x[1]); }},
      {"mod", 2, [](X x) { return mod(x[0], x[1]); }},
      {"fmod", 2, [](X x) { return fmod(x[0], x[1]); }},
      {"fmax", 2, [](X x) { return fmax(x[0], x[1]); }},
      {"fmin", 2, [](X x) { return fmin(x[0], x[1]); }},
      {"copysign", 2, [](X x) { return copysign(x[0], x[1]); }},
      {"nan_to_num", 1, [](X x) { return nan_to_num(x[0]); }},
      {"softsign", 1, [](X x) { return softsign(x[0]); }},
      {"leaky_relu", 1, [](X x) { return leaky_relu(x[0]); }},
      {"elu", 1, [](X x) { return elu(x[0], 0.7); }},
      {"celu", 1, [](X x) { return celu(x[0], 0.7); }},
      {"selu", 1, [](X x) { return selu(x[0]); }},
      {"silu", 1, [](X x) { return silu(x[0]); }},
      {"mish", 1, [](X x) { return mish(x[0]); }},
      {"gelu", 1, [](X x) { return gelu(x[0]); }},
      {"gelu_tanh", 1, [](X x) { return gelu_tanh(x[0]); }},
      {"hardtanh", 1, [](X x) { return hardtanh(x[0]); }},
      {"softshrink", 1, [](X x) { return softshrink(x[0]); }},
  };
}

std::vector<GoldenCase> flat_cases() {
  return {
      {"floor", 1, [](X x) { return floor(x[0]); }},
      {"ceil", 1, [](X x) { return ceil(x[0]); }},
      {"trunc", 1, [](X x) { return trunc(x[0]); }},
      {"round", 1, [](X x) { return round(x[0]); }},
      {"isnan", 1, [](X x) { return isnan(x[0]); }},
      {"isinf", 1, [](X x) { return isinf(x[0]); }},
      {"isfinite", 1, [](X x) { return isfinite(x[0]); }},
      {"sign", 1, [](X x) { return sign(x[0]); }},
      {"heaviside", 1, [](X x) { return heaviside(x[0], 0.25); }},
      {"logical_and", 1, [](X x) { return logical_and(x[0], roll(x[0], 1)); }},
      {"logical_or", 1, [](X x) { return logical_or(x[0], roll(x[0], 1)); }},
      {"logical_not", 1, [](X x) { return logical_not(x[0]); }},
  };
}

std::vector<GoldenCase> hard_cases() {
  std::vector<GoldenCase> cases = flat_cases();
  for (const GoldenCase& one : differentiable_cases()) {
    // PyTorch has no cbrt and a rough sinc, and its softsign of infinity is NaN.
    if (one.name != "cbrt" && one.name != "sinc" && one.name != "softsign") cases.push_back(one);
  }
  return cases;
}

class GoldenElementwise : public testing::TestWithParam<GoldenCase> {};
INSTANTIATE_TEST_SUITE_P(Torch, GoldenElementwise, testing::ValuesIn(differentiable_cases()), name_of_golden);

TEST_P(GoldenElementwise, ValuesAndDerivativesToSecondOrderAgree) {
  expect_golden(golden(), GetParam());
}

class GoldenElementwiseHard : public testing::TestWithParam<GoldenCase> {};
INSTANTIATE_TEST_SUITE_P(Torch, GoldenElementwiseHard, testing::ValuesIn(hard_cases()), name_of_golden);

TEST_P(GoldenElementwiseHard, ValuesAgreeAtEndsAndExtremes) {
  const GoldenCase& one = GetParam();
  const Var<double> few(golden()["few"]);
  std::vector<Var<double>> x{Var<double>(golden()["hard"])};
  if (one.arity == 2) x = {expand_dims(few, 1), few};
  const Array<double> y = one.f(x).value(), expected = golden()[one.name + ".hard"];
  ASSERT_EQ(shape_of(y), shape_of(expected));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double got = y.data()[i], right = expected.data()[i];
    if (std::isfinite(right) && std::isfinite(got)) {
      EXPECT_NEAR(got, right, 1e-13 * std::abs(right) + 1e-323) << "element " << i;
    } else {
      EXPECT_TRUE(got == right || (std::isnan(got) && std::isnan(right)))
          << "element " << i << ": got " << got << ", expected " << right;
    }
  }
}

}  // namespace
}  // namespace xtape::tests
