#pragma once
// The entries of the elementary functions, roundings and activations: domain, reference and slopes of each.

#include "tests/autodiff/ops/elementwise_trait.hpp"

#include <numbers>

namespace xtape::tests {

// IEEE 754's maximum: NaN where either is, and -0 below +0.
inline long double larger(long double a, long double b) {
  if (std::isnan(a) || std::isnan(b)) return kNan;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}
inline long double share(long double a, long double b) {
  return a > b ? 1 : a == b ? 0.5L : 0;
}
inline long double logistic(long double x) {
  return 1 / (1 + std::exp(-x));
}
inline long double log_of_1_and_exp(long double x) {
  return (x < 0 ? 0 : x) + std::log1p(std::exp(-std::fabs(x)));
}
inline long double logistic_slope(long double x) {
  const long double e = std::exp(-std::fabs(x));
  return e / ((1 + e) * (1 + e));
}

inline constexpr long double kPi = std::numbers::pi_v<long double>, kLn2 = std::numbers::ln2_v<long double>;

// sin(π x + n ½ π), from the part that an exact reduction leaves.
inline long double sine_of_half_turns(long double x, int n) {
  if (!std::isfinite(x)) return kNan;
  const long double quarters = std::nearbyint(2 * x), angle = kPi * (x - quarters / 2);
  const int quadrant = (int(std::fmod(quarters, 4)) + 4 + n) % 4;
  const long double y = quadrant % 2 == 0 ? std::sin(angle) : std::cos(angle);
  return quadrant < 2 ? y : -y;
}
inline long double sinc(long double x) {
  return x == 0 ? 1 : sine_of_half_turns(std::fabs(x), 0) / (kPi * std::fabs(x));
}
inline long double sinc_slope(long double x) {
  const long double t = kPi * x;
  if (std::fabs(t) > 0.05L) return (sine_of_half_turns(x, 1) - sinc(x)) / x;
  return -kPi * t / 3 * (1 - t * t / 10 * (1 - t * t / 28 * (1 - t * t / 54)));
}
inline long double log_of_sum(long double a, long double b, long double unit) {
  if (std::isnan(a) || std::isnan(b)) return kNan;
  if (a == b) return a + kLn2 / unit;
  return std::fmax(a, b) + std::log1p(std::exp(-unit * std::fabs(a - b))) / unit;
}
inline Slopes slopes_of_log_of_sum(long double a, long double b, long double unit) {
  const long double distance = a == b ? 0 : unit * (a - b);
  return {logistic(distance), logistic(-distance)};
}
inline long double logit(long double x) {
  return x > 0.25L && x < 0.75L ? std::log1p((2 * x - 1) / (1 - x)) : std::log(x / (1 - x));
}
inline long double floored(long double a, long double b) {
  const long double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0L, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}
// The number of times that b was taken from a.
inline long double whole_quotient(long double a, long double b, long double rest) {
  return std::nearbyint((a - rest) / b);
}
inline long double sign_of(long double x) {
  return x > 0 ? 1 : x < 0 ? -1 : std::fabs(x);
}
// What the larger of a and b, or the one that is not NaN, leaves to `a` of the gradient.
inline long double share_of_number(long double a, long double b) {
  return std::isnan(b) ? (std::isnan(a) ? 0 : 1) : std::isnan(a) ? 0 : share(a, b);
}
inline long double over_length(long double x, long double y) {
  return x == 0 && y == 0 ? 0 : x / std::hypot(x, y);
}
inline long double over_square(long double x, long double y) {
  return x / std::hypot(x, y) / std::hypot(x, y);
}
inline long double mish_slope(long double x) {
  const long double t = std::tanh(log_of_1_and_exp(x));
  return t + x * (4 * logistic_slope(2 * log_of_1_and_exp(x))) * logistic(x);
}
inline long double normal_distribution(long double x) {
  return 0.5L * std::erfc(-x * std::sqrt(0.5L));
}
inline long double normal_density(long double x) {
  return std::exp(-0.5L * x * x) / std::sqrt(2 * kPi);
}
inline long double gelu_gate(long double x) {
  return 2 * std::sqrt(2 / kPi) * (x + 0.044715L * x * x * x);
}

// clang-format off
inline ElementwiseTrait trait(const op::Tan&) {
  return {{{-1.2, 1.2}}, false, [](Numbers x) { return std::tan(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{1 + std::tan(x[0]) * std::tan(x[0])}; }, 6};
}
inline ElementwiseTrait trait(const op::Arcsin&) {
  return {{{-0.8, 0.8}}, false, [](Numbers x) { return std::asin(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{1 / std::sqrt((1 - x[0]) * (1 + x[0]))}; }, 2};
}
inline ElementwiseTrait trait(const op::Arccos&) {
  return {{{-0.8, 0.8}}, false, [](Numbers x) { return std::acos(x[0]); }, 3,
          [](Numbers x) { return Slopes{-1 / std::sqrt((1 - x[0]) * (1 + x[0]))}; }, 2};
}
inline ElementwiseTrait trait(const op::Arctan&) {
  return {{kAny}, false, [](Numbers x) { return std::atan(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{1 / (1 + x[0] * x[0])}; }, 4, true};
}
inline ElementwiseTrait trait(const op::Arctan2Slope&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return over_square(x[0], x[1]); }, 3};
}
inline ElementwiseTrait trait(const op::Arctan2&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return std::atan2(x[0], x[1]); }, 2,
          [](Numbers x) { return Slopes{over_square(x[1], x[0]), -over_square(x[0], x[1])}; }, 3};
}
inline ElementwiseTrait trait(const op::SincSlope&) {
  return {{{0.3, 0.9}}, false, [](Numbers x) { return x[0] == 0 ? -x[0] : sinc_slope(x[0]); }, 4, nullptr, 0, false, 0,
          [](Numbers x) { return std::fabs(x[0]) > 0.5L ? 1 / std::fabs(x[0]) : 0; }};
}
inline ElementwiseTrait trait(const op::Sinc&) {
  return {{kAny}, false, [](Numbers x) { return sinc(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{sinc_slope(x[0])}; }, 4, false, 0, nullptr,
          [](Numbers x) { return std::fabs(x[0]) > 0.5L ? 1 / std::fabs(x[0]) : 0; }};
}
inline ElementwiseTrait trait(const op::Sinh&) {
  return {{kAny}, false, [](Numbers x) { return std::sinh(x[0]); }, 3, [](Numbers x) { return Slopes{std::cosh(x[0])}; }, 2};
}
inline ElementwiseTrait trait(const op::Cosh&) {
  return {{kAny}, false, [](Numbers x) { return std::cosh(x[0]); }, 2, [](Numbers x) { return Slopes{std::sinh(x[0])}; }, 3};
}
inline ElementwiseTrait trait(const op::Arcsinh&) {
  return {{kAny}, false, [](Numbers x) { return std::asinh(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{1 / std::hypot(1.0L, x[0])}; }, 2, true};
}
inline ElementwiseTrait trait(const op::Arccosh&) {
  return {{{1.3, 4}}, false, [](Numbers x) { return std::acosh(x[0]); }, 3,
          [](Numbers x) { return Slopes{1 / (std::sqrt(x[0] - 1) * std::sqrt(x[0] + 1))}; }, 3};
}
inline ElementwiseTrait trait(const op::Arctanh&) {
  return {{{-0.8, 0.8}}, false, [](Numbers x) { return std::atanh(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{1 / (1 - x[0]) / (1 + x[0])}; }, 2.5};
}
inline ElementwiseTrait trait(const op::Exp2&) {
  return {{kAny}, false, [](Numbers x) { return std::exp2(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{kLn2 * std::exp2(x[0])}; }, 3};
}
inline ElementwiseTrait trait(const op::Log2&) {
  return {{kPositive}, false, [](Numbers x) { return std::log2(x[0]); }, 2, [](Numbers x) { return Slopes{1 / (kLn2 * x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::Log10&) {
  return {{kPositive}, false, [](Numbers x) { return std::log10(x[0]); }, 2,
          [](Numbers x) { return Slopes{1 / (std::numbers::ln10_v<long double> * x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::LogAddExp&) {
  return {{kAny, kAny}, false, [](Numbers x) { return log_of_sum(x[0], x[1], 1); }, 2,
          [](Numbers x) { return slopes_of_log_of_sum(x[0], x[1], 1); }, 3, false, 0,
          [](Numbers x) { return std::fmax(1, std::fmax(x[0], x[1])); }, [](Numbers) { return 1.0L; }};
}
inline ElementwiseTrait trait(const op::LogAddExp2&) {
  return {{kAny, kAny}, false, [](Numbers x) { return log_of_sum(x[0], x[1], kLn2); }, 2,
          [](Numbers x) { return slopes_of_log_of_sum(x[0], x[1], kLn2); }, 3, false, 0,
          [](Numbers x) { return std::fmax(1, std::fmax(x[0], x[1])); }, [](Numbers) { return 1.0L; }};
}
inline ElementwiseTrait trait(const op::XLogY&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return x[0] == 0 && !std::isnan(x[1]) ? 0 : x[0] * std::log(x[1]); }, 2,
          [](Numbers x) { return Slopes{std::log(x[1]), x[0] == 0 ? 0 : x[0] / x[1]}; }, 1.5};
}
inline ElementwiseTrait trait(const op::XLog1pY&) {
  return {{kAny, {-0.6, 3}}, false, [](Numbers x) { return x[0] == 0 && !std::isnan(x[1]) ? 0 : x[0] * std::log1p(x[1]); }, 2.5,
          [](Numbers x) { return Slopes{std::log1p(x[1]), x[0] == 0 ? 0 : x[0] / (1 + x[1])}; }, 2};
}
inline ElementwiseTrait trait(const op::Logit&) {
  return {{{0.15, 0.85}}, false, [](Numbers x) { return logit(x[0]); }, 4,
          [](Numbers x) { return Slopes{1 / x[0] / (1 - x[0])}; }, 2};
}
inline ElementwiseTrait trait(const op::Cbrt&) {
  return {{kPositive}, false, [](Numbers x) { return std::cbrt(x[0]); }, 1,
          [](Numbers x) { return Slopes{1 / (3 * std::cbrt(x[0]) * std::cbrt(x[0]))}; }, 4};
}
inline ElementwiseTrait trait(const op::Rsqrt&) {
  return {{kPositive}, false, [](Numbers x) { return 1 / std::sqrt(x[0]); }, 1.5,
          [](Numbers x) { const long double y = 1 / std::sqrt(x[0]); return Slopes{-0.5L * y * y * y}; }, 5};
}
inline ElementwiseTrait trait(const op::HypotSlope&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return over_length(x[0], x[1]); }, 2.5};
}
inline ElementwiseTrait trait(const op::Hypot&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return std::hypot(x[0], x[1]); }, 1.5,
          [](Numbers x) { return Slopes{over_length(x[0], x[1]), over_length(x[1], x[0])}; }, 2.5};
}
inline ElementwiseTrait trait(const op::Floor&) {
  return {{kAny}, true, [](Numbers x) { return std::floor(x[0]); }};
}
inline ElementwiseTrait trait(const op::Ceil&) {
  return {{kAny}, true, [](Numbers x) { return std::ceil(x[0]); }};
}
inline ElementwiseTrait trait(const op::Trunc&) {
  return {{kAny}, true, [](Numbers x) { return std::trunc(x[0]); }};
}
inline ElementwiseTrait trait(const op::Round&) {
  return {{kAny}, true, [](Numbers x) { return std::nearbyint(x[0]); }};
}
inline ElementwiseTrait trait(const op::IsNan&) {
  return {{kAny}, true, [](Numbers x) { return std::isnan(x[0]) ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::IsInf&) {
  return {{kAny}, true, [](Numbers x) { return std::isinf(x[0]) ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::IsFinite&) {
  return {{kAny}, true, [](Numbers x) { return std::isfinite(x[0]) ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Copysign&) {
  return {{kAny, kAny}, true, [](Numbers x) { return std::copysign(x[0], x[1]); }, 0,
          [](Numbers x) { return Slopes{sign_of(x[0]) * std::copysign(1.0L, x[1]), 0}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Mod&) {  // jumps at 0 alone
  return {{{-2, 2.7}, {2.6, 4}}, true, [](Numbers x) { return floored(x[0], x[1]); }, 0.51,
          [](Numbers x) { return Slopes{1, -whole_quotient(x[0], x[1], floored(x[0], x[1]))}; }, 2};
}
inline ElementwiseTrait trait(const op::Fmod&) {
  return {{{-2, 2.7}, {2.6, 4}}, true, [](Numbers x) { return std::fmod(x[0], x[1]); }, 0,
          [](Numbers x) { return Slopes{1, -whole_quotient(x[0], x[1], std::fmod(x[0], x[1]))}; }, 2};
}
inline ElementwiseTrait trait(const op::Fmax&) {
  return {{kAny, kAny}, true,
          [](Numbers x) { return std::isnan(x[0]) ? x[1] : std::isnan(x[1]) ? x[0] : larger(x[0], x[1]); }, 0,
          [](Numbers x) { return Slopes{share_of_number(x[0], x[1]), share_of_number(x[1], x[0])}; }, 0.5, true};
}
inline ElementwiseTrait trait(const op::Fmin&) {
  return {{kAny, kAny}, true,
          [](Numbers x) { return std::isnan(x[0]) ? x[1] : std::isnan(x[1]) ? x[0] : -larger(-x[0], -x[1]); }, 0,
          [](Numbers x) { return Slopes{share_of_number(-x[0], -x[1]), share_of_number(-x[1], -x[0])}; }, 0.5, true};
}
inline ElementwiseTrait trait(const op::NanToNum&) {  // of the numbers in `example`
  return {{kAny}, false, [](Numbers x) { return std::isnan(x[0]) ? 0.25L : std::isinf(x[0]) ? (x[0] > 0 ? 8 : -4) : x[0]; }, 0,
          [](Numbers x) { return Slopes{std::isfinite(x[0]) ? 1.0L : 0.0L}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Softsign&) {
  return {{kAny}, true, [](Numbers x) { return std::isinf(x[0]) ? std::copysign(1.0L, x[0]) : x[0] / (1 + std::fabs(x[0])); }, 1.5,
          [](Numbers x) { return Slopes{1 / (1 + std::fabs(x[0])) / (1 + std::fabs(x[0]))}; }, 3, true};
}
inline ElementwiseTrait trait(const op::LeakyRelu&) {
  return {{kAny}, true, [](Numbers x) { return x[0] > 0 ? x[0] : 0.125L * x[0]; }, 0.5,
          [](Numbers x) { return Slopes{x[0] > 0 ? 1 : 0.125L}; }, 0.5, true};
}
inline ElementwiseTrait trait(const op::Elu&) {
  return {{kAny}, true, [](Numbers x) { return 1.25L * (x[0] > 0 ? x[0] : 1.5L * std::expm1(0.5L * x[0])); }, 3,
          [](Numbers x) { return Slopes{1.25L * (x[0] > 0 ? 1 : 0.75L * std::exp(0.5L * std::fmin(x[0], 0.0L)) + 0 * x[0])}; }, 3};
}
// x times a gate: where that is denormal, its rounding counts x times; at infinity its slope is 0 times infinity, and
// what that comes to differs from sweep to sweep.
inline ElementwiseTrait gated(ElementwiseTrait one) {
  one.tiny_ulp = one.tiny_slope_ulp = 5000;
  one.finite_slopes = true;
  return one;
}
inline ElementwiseTrait trait(const op::Silu&) {
  ElementwiseTrait silu{{kAny}, false, [](Numbers x) { return x[0] * logistic(x[0]); }, 4,
                        [](Numbers x) { return Slopes{logistic(x[0]) + x[0] * logistic_slope(x[0])}; }, 8};
  silu.slope_terms = [](Numbers x) { return std::fmax(logistic(x[0]), std::fabs(x[0]) * logistic_slope(x[0])); };
  return gated(silu);
}
inline ElementwiseTrait trait(const op::Mish&) {
  ElementwiseTrait mish{{kAny}, false, [](Numbers x) { return x[0] * std::tanh(log_of_1_and_exp(x[0])); }, 6,
                        [](Numbers x) { return Slopes{mish_slope(x[0])}; }, 16};
  mish.slope_terms = [](Numbers x) { return std::fmax(1, std::fabs(x[0])) * logistic(x[0]); };
  return gated(mish);
}
inline ElementwiseTrait trait(const op::Gelu&) {
  ElementwiseTrait gelu{{kAny}, false, [](Numbers x) { return x[0] * normal_distribution(x[0]); }, 8,
                        [](Numbers x) { return Slopes{normal_distribution(x[0]) + x[0] * normal_density(x[0])}; }, 16};
  gelu.slope_terms = [](Numbers x) { return std::fmax(normal_distribution(x[0]), std::fabs(x[0]) * normal_density(x[0])); };
  return gated(gelu);
}
inline ElementwiseTrait trait(const op::GeluTanh&) {
  // Far on the negative side the value is e^gate, whose relative error is the rounding error of the gate, of size x³.
  ElementwiseTrait gelu{{kAny}, false, [](Numbers x) { return x[0] * logistic(gelu_gate(x[0])); }, 1000,
                        [](Numbers x) {
                          const long double u = gelu_gate(x[0]), slope = 2 * std::sqrt(2 / kPi) * (1 + 3 * 0.044715L * x[0] * x[0]);
                          return Slopes{logistic(u) + x[0] * slope * logistic_slope(u)};
                        }, 1000};
  gelu.slope_terms = [](Numbers x) { return std::fmin(1, std::exp(gelu_gate(x[0]))) * (1 + x[0] * x[0]); };
  return gated(gelu);
}
// clang-format on

}  // namespace xtape::tests
