// Functions that overflow or cancel when they are written as in a textbook, far out and near 0, with their derivatives.

#include "autodiff/autodiff.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace xtape {
namespace {

template <class T>
using Scalar = std::function<Var<T>(const Var<T>&)>;

// f, f' and f'' at x.
template <class T>
void expect_at(const Scalar<T>& f, T x, T value, T slope, T curvature) {
  const auto total = [&f](const auto& v) { return sum(f(v)); };
  const Array<T> point = full<T>({3}, x);
  EXPECT_EQ(f(Var<T>(point)).value()(1), value) << "at " << x;
  EXPECT_EQ(grad(total)(point)(1), slope) << "the derivative at " << x;
  const Array<T> second = grad([&total](const Var<T>& v) { return sum(grad(total)(v)); })(point);
  EXPECT_EQ(second(1), curvature) << "the second derivative at " << x;
}

template <class T>
void expect_limits() {
  const T far = T(1e4);
  const Scalar<T> soft = [](const Var<T>& x) { return softplus(x); };
  expect_at<T>(soft, far, far, 1, 0);
  expect_at<T>(soft, -far, 0, 0, 0);
  expect_at<T>(soft, 0, T(std::log(2.0)), T(0.5), T(0.25));
  const Scalar<T> log_share = [](const Var<T>& x) { return log_sigmoid(x); };
  expect_at<T>(log_share, far, 0, 0, 0);
  expect_at<T>(log_share, -far, -far, 1, 0);
  expect_at<T>(log_share, 0, T(-std::log(2.0)), T(0.5), T(-0.25));
  const Scalar<T> share = [](const Var<T>& x) { return sigmoid(x); };
  expect_at<T>(share, far, 1, 0, 0);
  expect_at<T>(share, -far, 0, 0, 0);
  expect_at<T>(share, 0, T(0.5), T(0.25), 0);
  const Scalar<T> tangent = [](const Var<T>& x) { return tanh(x); };
  expect_at<T>(tangent, far, 1, 0, 0);
  expect_at<T>(tangent, -far, -1, 0, 0);
  // ln p(label) of a Bernoulli from its logit: -softplus(-logit) of 1, -softplus(logit) of 0.
  const Scalar<T> of_one = [](const Var<T>& logit) { return 1.0 * logit - softplus(logit); };
  expect_at<T>(of_one, far, 0, 0, 0);
  expect_at<T>(of_one, -far, -far, 1, 0);
}

TEST(Stability, FarOut) {
  expect_limits<float>();
  expect_limits<double>();
}

TEST(Stability, OfDifferencesNearZero) {
  for (const double x : {1e-3, 1e-8, 1e-15, 1e-300}) {
    EXPECT_NEAR(expm1(Var<double>(x)).item() / std::expm1(x), 1, 5e-16);
    EXPECT_NEAR(log1p(Var<double>(-x)).item() / std::log1p(-x), 1, 5e-16);
    // The tails of softplus and sigmoid keep their relative precision.
    const double tail = std::log(x);
    EXPECT_NEAR(softplus(Var<double>(tail)).item() / std::log1p(x), 1, 2e-13);
  }
}

// The slopes of what tends to a constant keep their digits; values by mpmath.
TEST(Stability, OfSlopesFarOut) {
  const auto at = [](const auto& f, double x) { return grad(f)(Array<double>(x))(); };
  const auto tangent = [](const auto& x) { return tanh(x); };
  const auto share = [](const auto& x) { return sigmoid(x); };
  EXPECT_DOUBLE_EQ(at(tangent, 20.0), 1.6993417021166355e-17);
  EXPECT_DOUBLE_EQ(at(tangent, -20.0), 1.6993417021166355e-17);
  EXPECT_DOUBLE_EQ(at(share, 50.0), 1.9287498479639178e-22);
  EXPECT_DOUBLE_EQ(at(share, 700.0), 9.8596765437597708e-305);
  EXPECT_DOUBLE_EQ(at([](const auto& x) { return expm1(x); }, -50.0), 1.9287498479639178e-22);
  // The third derivative at 0, where a slope written with |x| would have a kink.
  const auto second = [&](const auto& x) { return grad([&](const auto& y) { return grad(tangent)(y); })(x); };
  EXPECT_DOUBLE_EQ(at(second, 0.0), -2);
}

// The gradient of log(sum(exp(x))), written so, at the end of exp's range.
TEST(Stability, OfExpAtItsEnd) {
  const auto f = [](const auto& x) { return log(sum(exp(x))); };
  const auto g = grad(f)(xt::xtensor<double, 1>{709.5, 707.0});
  EXPECT_NEAR(g(0), 1 / (1 + std::exp(-2.5)), 1e-15);
  EXPECT_NEAR(g(1), 1 / (1 + std::exp(2.5)), 1e-15);
}

TEST(Stability, OfSoftmaxFarOutWithDerivatives) {
  const Array<double> x{1e4, -1e4, 0.0};
  const auto first = [](const auto& v) { return sum(slice(log_softmax(v), {{1, 2}})); };
  const auto [value, gradient] = value_and_grad(first)(x);
  EXPECT_EQ(value, -2e4);
  EXPECT_EQ(gradient(0), -1);
  EXPECT_EQ(gradient(1), 1);
  EXPECT_EQ(gradient(2), 0);
  const Array<double> H = hessian(first)(x);
  for (const double h : H) EXPECT_EQ(h, 0);
  const auto largest = [](const auto& v) { return logsumexp(v); };
  EXPECT_EQ(value_and_grad(largest)(x).value, 1e4);
  EXPECT_EQ(value_and_grad(largest)(x).gradient(0), 1);
}

TEST(Stability, OfVarianceFarFromZero) {
  Array<double> x = Random(1).normal<double>({1000});
  const double here = var(Var<double>(x)).item();
  for (double& value : x) value += 1e6;
  EXPECT_NEAR(var(Var<double>(x)).item(), here, 1e-8);
  const Array<float> y{10000.0f, 10001.0f, 10002.0f};
  EXPECT_FLOAT_EQ(var(Var<float>(y)).item(), 2.0f / 3);
}

}  // namespace
}  // namespace xtape
