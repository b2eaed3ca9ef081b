// Convolutions and pooling: against PyTorch (tests/golden/make_convolution.py), at kinks, on several threads, and what
// mistakes say.

#include "autodiff/autodiff.hpp"
#include "tests/autodiff/ops/functions.hpp"
#include "tests/golden.hpp"
#include "tests/testing.hpp"
#include "tests/threads.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace xtape::tests {
namespace {

using X = std::span<const Var<double>>;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

struct ConvolutionCase {
  std::string name;
  std::size_t arity;
  detail::ErasedFunction<double> f;
};

void PrintTo(const ConvolutionCase& convolution_case, std::ostream* to) {
  *to << convolution_case.name;
}

const std::vector<ConvolutionCase> kCases{
    {"conv1d", 3, [](X x) { return conv1d(x[0], x[1], x[2], {.stride = 2, .padding = 1, .dilation = 2}); }},
    {"conv2d", 3,
     [](X x) {
       return conv2d(x[0], x[1], x[2], {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}});
     }},
    {"conv2d_groups", 2, [](X x) { return conv2d(x[0], x[1], {.padding = 1, .groups = 2}); }},
    {"conv2d_depthwise", 2, [](X x) { return conv2d(x[0], x[1], {.padding = 1, .groups = 3}); }},
    {"conv2d_one_image", 3, [](X x) { return conv2d(x[0], x[1], x[2]); }},
    {"conv3d", 3,
     [](X x) {
       return conv3d(x[0], x[1], x[2], {.stride = {1, 2, 1}, .padding = 1});
     }},
    {"conv_transpose1d", 3,
     [](X x) { return conv_transpose1d(x[0], x[1], x[2], {.stride = 3, .padding = 1, .output_padding = 2}); }},
    {"conv_transpose2d", 3, [](X x) { return conv_transpose2d(x[0], x[1], x[2], {.stride = 2, .padding = 1}); }},
    {"conv_transpose2d_groups", 2,
     [](X x) {
       return conv_transpose2d(
           x[0], x[1],
           {.stride = {1, 2}, .padding = {0, 1}, .output_padding = {0, 1}, .groups = 2, .dilation = {2, 1}});
     }},
    {"conv_transpose3d", 3,
     [](X x) {
       return conv_transpose3d(x[0], x[1], x[2], {.stride = {2, 1, 1}});
     }},
    {"max_pool1d", 1, [](X x) { return max_pool1d(x[0], 3, {.stride = 2, .padding = 1}); }},
    {"max_pool2d", 1, [](X x) { return max_pool2d(x[0], 2); }},
    {"max_pool2d_dilated", 1,
     [](X x) {
       return max_pool2d(x[0], {2, 3}, {.stride = {2, 1}, .padding = 1, .dilation = {1, 2}, .ceil_mode = true});
     }},
    {"max_pool3d", 1, [](X x) { return max_pool3d(x[0], 2, {.stride = 1}); }},
    {"avg_pool1d", 1, [](X x) { return avg_pool1d(x[0], 3, {.stride = 2, .padding = 1}); }},
    {"avg_pool2d", 1,
     [](X x) {
       return avg_pool2d(x[0], {2, 3}, {.stride = {1, 2}, .padding = 1});
     }},
    {"avg_pool2d_inside", 1,
     [](X x) {
       return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false});
     }},
    {"avg_pool2d_ceil", 1, [](X x) { return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1, .ceil_mode = true}); }},
    {"avg_pool2d_divisor", 1, [](X x) { return avg_pool2d(x[0], 2, {.divisor_override = 3}); }},
    {"avg_pool3d", 1, [](X x) { return avg_pool3d(x[0], 2, {.stride = 1}); }},
    {"adaptive_max_pool2d", 1,
     [](X x) {
       return adaptive_max_pool2d(x[0], {3, 2});
     }},
    {"adaptive_avg_pool1d", 1, [](X x) { return adaptive_avg_pool1d(x[0], 3); }},
    {"adaptive_max_pool1d", 1, [](X x) { return adaptive_max_pool1d(x[0], 3); }},
    {"adaptive_max_pool3d", 1,
     [](X x) {
       return adaptive_max_pool3d(x[0], {2, 1, 3});
     }},
    {"adaptive_avg_pool3d", 1,
     [](X x) {
       return adaptive_avg_pool3d(x[0], {2, 1, 3});
     }},
    {"adaptive_avg_pool2d", 1,
     [](X x) {
       return adaptive_avg_pool2d(x[0], {3, 7});
     }},
    {"unfold", 1,
     [](X x) {
       return unfold(x[0], {2, 3}, {.dilation = {1, 2}, .padding = 1, .stride = {2, 1}});
     }},
    {"fold", 1,
     [](X x) {
       return fold(x[0], {4, 5}, {2, 3}, {.dilation = {1, 2}, .padding = 1, .stride = {2, 1}});
     }},
    {"nearest", 1,
     [](X x) {
       return interpolate(x[0], {.size = {5, 3}});
     }},
    {"nearest_scale", 1, [](X x) { return interpolate(x[0], {.scale_factor = 2.5}); }},
    {"linear", 1, [](X x) { return interpolate(x[0], {.scale_factor = 1.7, .mode = Interpolation::kLinear}); }},
    {"bilinear", 1,
     [](X x) {
       return interpolate(x[0], {.size = {5, 3}, .mode = Interpolation::kLinear});
     }},
    {"bilinear_corners", 1,
     [](X x) {
       return interpolate(x[0], {.size = {5, 3}, .mode = Interpolation::kLinear, .align_corners = true});
     }},
    {"trilinear", 1, [](X x) { return interpolate(x[0], {.scale_factor = 2, .mode = Interpolation::kLinear}); }},
};

class GoldenConvolution : public testing::TestWithParam<ConvolutionCase> {};
INSTANTIATE_TEST_SUITE_P(Torch, GoldenConvolution, testing::ValuesIn(kCases),
                         [](const auto& case_info) { return case_info.param.name; });

// All of them are linear in each operand: the second derivatives are those of sum(c y³).
TEST_P(GoldenConvolution, ValuesAndDerivativesToSecondOrderAgree) {
  static const Golden golden("convolution");
  const auto array = [](const std::string& what) { return golden[GetParam().name + "." + what]; };
  Tape<double> tape;
  std::vector<Var<double>> x;
  for (std::size_t k = 0; k < GetParam().arity; ++k) x.push_back(tape.watch(array("x" + std::to_string(k))));
  const Var<double> y = GetParam().f(x);
  EXPECT_TRUE(close(y.value(), array("y")));
  const Var<double> value = sum(array("c") * y * y * y);
  const auto slopes = recorded_gradients<double>(*tape.record(), value, Var<double>(1.0), x);
  Var<double> along(0.0);
  for (std::size_t k = 0; k < x.size(); ++k) along = along + sum(slopes[k] * array("v" + std::to_string(k)));
  const auto fused = tape.gradient(value, x, {.retain = true});
  const auto products = tape.gradient(along, x);
  for (std::size_t k = 0; k < x.size(); ++k) {
    const std::string number = std::to_string(k);
    EXPECT_TRUE(close(slopes[k].value(), array("g" + number))) << "the recorded gradient of argument " << k;
    EXPECT_TRUE(close(fused[k], array("g" + number))) << "the gradient of argument " << k;
    EXPECT_TRUE(close(products[k], array("h" + number))) << "the second derivative of argument " << k;
  }
}

TEST(MaxPool, GivesTheGradientToTheFirstOfEqualElementsAndShowsNan) {
  Tape<double> tape;
  const Var<double> x = tape.watch(xt::xarray<double>{{2, 2, -kInfinity, -kInfinity, 1, kNan}});
  const Var<double> y = max_pool1d(x, 2);
  EXPECT_EQ(y(0, 0).item(), 2);
  EXPECT_EQ(y(0, 1).item(), -kInfinity);
  EXPECT_TRUE(std::isnan(y(0, 2).item()));
  EXPECT_TRUE(close(tape.gradient(sum(y), x), {1, 6}, std::vector<double>{1, 0, 1, 0, 0, 1}));
}

TEST(Interpolate, DoesNotSeeAnInfinityWhoseWeightIsZero) {
  const xt::xarray<double> x{{{1, kInfinity, 3}}};
  const Var<double> y = interpolate(x, {.size = 3, .mode = Interpolation::kLinear});
  EXPECT_EQ(y(0, 0, 0).item(), 1);
  EXPECT_EQ(y(0, 0, 2).item(), 3);
}

TEST(AvgPool, OfEqualElementsIsTheElement) {
  EXPECT_TRUE(close(avg_pool2d(full<float>({1, 1, 9, 9}, 0.1F), 3).value(), full<float>({1, 1, 3, 3}, 0.1F), 1e-7));
}

// Each element of a result is one sum, in one order.
template <class T>
void expect_the_same_bits(const ConvOptions& options, const Shape& data, const Shape& weight) {
  Random rng(1);
  const Array<T> x = rng.normal<T>(data), w = rng.normal<T>(weight);
  std::vector<std::vector<Array<T>>> results;
  for (const std::size_t threads : {1, 2, 5}) {
    const Threads set(threads);
    Tape<T> tape;
    const std::vector<Var<T>> of{tape.watch(x), tape.watch(w)};
    const Var<T> y = conv2d(of[0], of[1], options);
    results.push_back(tape.gradient(sum(square(y)), of));
    results.back().push_back(y.value());
  }
  for (const auto& other : results) {
    for (std::size_t i = 0; i < other.size(); ++i) {
      EXPECT_EQ(std::memcmp(other[i].data(), results[0][i].data(), other[i].size() * sizeof(T)), 0) << i;
    }
  }
}

TEST(Convolution, HasTheSameBitsOnAnyNumberOfThreads) {
  expect_the_same_bits<float>({.stride = 2, .padding = 1}, {19, 32, 14, 14}, {64, 32, 4, 4});
  expect_the_same_bits<double>({.padding = 1, .groups = 3}, {5, 18, 21, 20}, {21, 6, 3, 3});
  expect_the_same_bits<float>({.padding = 1, .groups = 33}, {7, 33, 21, 20}, {33, 1, 3, 3});
  expect_the_same_bits<float>({.padding = 1}, {1, 3, 70, 60}, {37, 3, 3, 3});
}

TEST(Convolution, ShowsNanOnlyWhereItIsMet) {
  Array<float> x = ones<float>({1, 1, 1, 6});
  x.data()[0] = std::numeric_limits<float>::quiet_NaN();
  const Array<float> y = conv2d(x, ones<float>({1, 1, 1, 3})).value();
  EXPECT_TRUE(std::isnan(y.data()[0]));
  EXPECT_EQ(y.data()[1], 3);
}

TEST(Convolution, OfArraysAndMixturesIsThatOfVars) {
  const xt::xarray<float> x = xt::ones<float>({1, 2, 3}), w = xt::ones<float>({1, 2, 3});
  EXPECT_EQ(conv1d(x, w)(0, 0, 0).item(), 6);
  EXPECT_EQ(conv1d(x, w, xt::xarray<float>{0.5F})(0, 0, 0).item(), 6.5F);
  EXPECT_EQ(conv1d(Var<float>(x), w, std::vector<float>{0.5F}, {.stride = 2})(0, 0, 0).item(), 6.5F);
}

Array<double> of(const Shape& shape) {
  return ones<double>(shape);
}

TEST(Convolution, SaysWhatDoesNotFit) {
  const std::size_t huge = std::size_t(1) << 62;
  const std::vector<std::pair<std::function<void()>, std::string>> mistakes{
      {[] {
         conv2d(of({3, 4}), of({1, 1, 2, 2}));
       },
       "[conv2d] x (batch, in, height, width) or (in, height, width) expected: x is (3, 4), weight is (1, 1, 2, 2)"},
      {[] {
         conv1d(of({1, 3, 4}), of({1, 3}));
       },
       "[conv1d] weight (out, in / groups, kernel length) expected"},
      {[] {
         conv2d(of({1, 3, 4, 4}), of({1, 2, 2, 2}));
       },
       "[conv2d] weight (out, in / groups, ...) expects 2 channels"},
      {[] {
         conv2d(of({1, 4, 4, 4}), of({3, 2, 2, 2}), {.groups = 2});
       },
       "[conv2d] 2 groups do not share 3 channels"},
      {[] {
         conv2d(of({1, 4, 4, 4}), of({3, 2, 2, 2}), {.groups = 0});
       },
       "[conv2d] at least one group expected, got 0"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({1, 1, 3, 3}), {.dilation = 2});
       },
       "[conv2d] a window of 5 is larger than the padded data's 4 along axis 2"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({1, 1, 0, 3}));
       },
       "[conv2d] a kernel of at least one element"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({1, 1, 3, 3}), {.stride = 0});
       },
       "[conv2d] a stride of at least 1 expected, got 0"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({1, 1, 3, 3}), {.padding = {0, -1}});
       },
       "[conv2d] a padding of at least 0"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({1, 1, 3, 3}), {.stride = {1, 1, 1}});
       },
       "[conv2d] a stride: one number or 2 of them expected, got 3"},
      {[] {
         conv2d(of({1, 1, 4, 4}), of({2, 1, 3, 3}), of({1}));
       },
       "[conv2d] bias (2,) expected, got (1,)"},
      {[=] {
         conv2d(of({1, 1, 4, 4}), of({2, 1, 3, 3}), {.padding = huge});
       },
       "[conv2d]"},
      {[=] {
         conv2d(of({1, 1, 4, 4}), of({2, 1, 3, 3}), {.dilation = huge});
       },
       "[conv2d] a window of"},
      {[] {
         conv_transpose2d(of({1, 3, 4, 4}), of({2, 1, 2, 2}));
       },
       "[conv_transpose2d] weight (in, out / groups, ...) expects 2 channels"},
      {[] {
         conv_transpose1d(of({1, 1, 1}), of({1, 1, 2}), {.padding = 1});
       },
       "[conv_transpose1d] a padding of 1 leaves nothing of 2 along axis 2"},
      {[] {
         conv_transpose1d(of({1, 1, 3}), of({1, 1, 2}), {.stride = 2, .output_padding = 2});
       },
       "[conv_transpose1d] an output_padding below the stride or the dilation expected, got 2"},
      {[] {
         conv_transpose1d(of({1, 1, 0}), of({1, 1, 2}));
       },
       "[conv_transpose1d] at least one element expected"},
      {[=] {
         conv_transpose1d(of({1, 1, 3}), of({1, 1, 2}), {.stride = huge});
       },
       "[conv_transpose1d]"},
      {[] {
         max_pool2d(of({4, 4}), 2);
       },
       "[max_pool2d] an array (batch, channels, ...) or (channels, ...) of 4 or 3"},
      {[] {
         max_pool2d(of({1, 4, 4}), 5);
       },
       "[max_pool2d] a window of 5 is larger than the padded data's 4 along axis 1"},
      {[] {
         max_pool2d(of({1, 4, 4}), 2, {.padding = 2});
       },
       "[max_pool2d] a padding of at most half of the window's 2"},
      {[] {
         max_pool2d(of({1, 4, 4}), 0);
       },
       "[max_pool2d] a kernel of at least 1 expected, got 0"},
      {[] {
         max_pool1d(of({1, 1}), 2, {.padding = 1, .dilation = 2});
       },
       "[max_pool1d] a window without an element of the data along axis 1"},
      {[] {
         avg_pool1d(of({1, 4}), 2, {.divisor_override = 0});
       },
       "[avg_pool1d] a divisor_override other than 0"},
      {[] {
         adaptive_avg_pool1d(of({1, 4}), 0);
       },
       "[adaptive_avg_pool1d] a size of at least 1 expected, got 0"},
      {[] {
         adaptive_max_pool2d(of({1, 0, 3}), 1);
       },
       "[adaptive_max_pool2d] at least one element expected along axis 1"},
      {[=] {
         adaptive_max_pool2d(of({1, 3, 3}), huge);
       },
       "[adaptive_max_pool2d]"},
      {[] {
         unfold(of({1, 2, 2}), 3);
       },
       "[unfold] a window of 3 is larger than the padded data's 2 along axis 1"},
      {[] {
         fold(of({3, 4}), 3, 2);
       },
       "[fold] x (batch, channels * 4, windows) expected: x is (3, 4)"},
      {[] {
         fold(of({4, 3}), 3, 2);
       },
       "[fold] x of shape (4, 4) expected for data of shape (1, 3, 3): x is (4, 3)"},
      {[] {
         interpolate(of({1, 1, 4}), {});
       },
       "[interpolate] either a size or a scale_factor expected"},
      {[] {
         interpolate(of({1, 1, 4}), {.size = 2, .scale_factor = 2});
       },
       "[interpolate] either a size"},
      {[] {
         interpolate(of({1, 1, 4}), {.scale_factor = 0.1});
       },
       "[interpolate] a scale_factor that leaves"},
      {[] {
         interpolate(of({1, 1, 4}), {.scale_factor = kNan});
       },
       "[interpolate] a scale_factor that leaves"},
      {[] {
         interpolate(of({1, 4}), {.size = 2});
       },
       "[interpolate] x (batch, channels, ...) with one to three"}};
  for (const auto& [mistake, expected] : mistakes) {
    const std::string message = message_of<ShapeError>(mistake);
    EXPECT_EQ(message.substr(0, expected.size()), expected) << message;
  }
}

}  // namespace
}  // namespace xtape::tests
