#pragma once
// What the tests know of every element-wise op: the domain that its arguments are drawn from and an independent
// reference. An op of `ElementwiseOps` without an entry here does not compile into the tests.

#include "tests/autodiff/ops/elementary_traits.hpp"
#include "tests/autodiff/ops/elementwise_case.hpp"
#include "tests/autodiff/ops/special_traits.hpp"

#include <algorithm>

namespace xtape::tests {

inline long double power_slope(long double a, long double b) {
  if (b == 0) return 0;
  const long double y = b * std::pow(std::fabs(a), b - 1);
  if (!(a < 0 && std::isfinite(a) && std::isfinite(b))) return b * std::pow(a, b - 1);
  return std::floor(b) != b ? kNan : std::fmod(b, 2) == 0 ? -y : y;
}

// clang-format off
inline ElementwiseTrait trait(const op::Greater&) {
  return {{kAny, kAny}, true, [](Numbers x) { return x[0] > x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::GreaterEqual&) {
  return {{kAny, kAny}, true, [](Numbers x) { return x[0] >= x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Less&) {
  return {{kAny, kAny}, true, [](Numbers x) { return x[0] < x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::LessEqual&) {
  return {{kAny, kAny}, true, [](Numbers x) { return x[0] <= x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Equal&) {
  return {{kAny, kAny}, true, [](Numbers x) { return x[0] == x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Sign&) {
  return {{kAny}, true, [](Numbers x) { return x[0] > 0 ? 1.0L : x[0] < 0 ? -1.0L : std::fabs(x[0]); }};
}
inline ElementwiseTrait trait(const op::Where&) {
  return {{kAny, kAny, kAny}, true, [](Numbers x) { return x[0] == 0 ? x[2] : x[1]; }, 0,
          [](Numbers x) { return Slopes{0, x[0] == 0 ? 0.0L : 1.0L, x[0] == 0 ? 1.0L : 0.0L}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Maximum&) {
  return {{kAny, kAny}, true, [](Numbers x) { return larger(x[0], x[1]); }, 0,
          [](Numbers x) { return Slopes{share(x[0], x[1]), share(x[1], x[0])}; }, 0.5, true};
}
inline ElementwiseTrait trait(const op::Minimum&) {
  return {{kAny, kAny}, true, [](Numbers x) { return -larger(-x[0], -x[1]); }, 0,
          [](Numbers x) { return Slopes{share(x[1], x[0]), share(x[0], x[1])}; }, 0.5, true};
}
inline ElementwiseTrait trait(const op::Clip&) {  // of the bounds in `example` below
  return {{kAny}, true, [](Numbers x) { return -larger(-larger(x[0], -0.5L), -1.0L); }, 0,
          [](Numbers x) { return Slopes{x[0] >= -0.5L && x[0] <= 1 ? 1.0L : 0.0L}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Add&) {
  return {{kAny, kAny}, false, [](Numbers x) { return x[0] + x[1]; }, 0.51,
          [](Numbers) { return Slopes{1, 1}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Subtract&) {
  return {{kAny, kAny}, false, [](Numbers x) { return x[0] - x[1]; }, 0.51,
          [](Numbers) { return Slopes{1, -1}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Multiply&) {
  return {{kAny, kAny}, false, [](Numbers x) { return x[0] * x[1]; }, 0.51,
          [](Numbers x) { return Slopes{x[1], x[0]}; }, 0.51, true};
}
inline ElementwiseTrait trait(const op::QuotientSlope&) {
  return {{kAny, kAny, kPositive}, false, [](Numbers x) { return x[0] * x[1] / (x[2] * x[2]); }, 3};
}
inline ElementwiseTrait trait(const op::Divide&) {
  return {{kAny, kPositive}, false, [](Numbers x) { return x[0] / x[1]; }, 0.51,
          [](Numbers x) { return Slopes{1 / x[1], -x[0] / (x[1] * x[1])}; }, 3, true};
}
inline ElementwiseTrait trait(const op::Negative&) {
  return {{kAny}, false, [](Numbers x) { return -x[0]; }, 0, [](Numbers) { return Slopes{-1}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Square&) {
  return {{kAny}, false, [](Numbers x) { return x[0] * x[0]; }, 0.51,
          [](Numbers x) { return Slopes{2 * x[0]}; }, 1.01, true};
}
inline ElementwiseTrait trait(const op::Sqrt&) {
  return {{kPositive}, false, [](Numbers x) { return std::sqrt(x[0]); }, 0.51,
          [](Numbers x) { return Slopes{0.5L / std::sqrt(x[0])}; }, 1.5, true};
}
inline ElementwiseTrait trait(const op::Abs&) {
  return {{kAny}, true, [](Numbers x) { return std::fabs(x[0]); }, 0,
          [](Numbers x) { return Slopes{x[0] > 0 ? 1 : x[0] < 0 ? -1 : std::fabs(x[0])}; }, 0, true};
}
inline ElementwiseTrait trait(const op::PowerSlope&) {
  return {{kAny, kPositive, kAny}, false,
          [](Numbers x) {
            if (x[2] == 0) return std::isnan(x[0]) ? kNan : 0;
            return x[0] * power_slope(x[1], x[2]);
          }, 2};
}
inline ElementwiseTrait trait(const op::Power&) {
  return {{kPositive, kAny}, false, [](Numbers x) { return std::pow(x[0], x[1]); }, 1,
          [](Numbers x) {
            const long double y = std::pow(x[0], x[1]);
            const bool flat = x[0] == 0 || (x[0] > 0 && y == 0);
            return Slopes{power_slope(x[0], x[1]), flat ? 0 : y * std::log(x[0])};
          }, 4, false, 500};
}
inline ElementwiseTrait trait(const op::Exp&) {
  return {{kAny}, false, [](Numbers x) { return std::exp(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{std::exp(x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::Expm1&) {
  return {{kAny}, false, [](Numbers x) { return std::expm1(x[0]); }, 2,
          [](Numbers x) { return Slopes{std::exp(x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::Log&) {
  return {{kPositive}, false, [](Numbers x) { return std::log(x[0]); }, 1.2,
          [](Numbers x) { return Slopes{1 / x[0]}; }, 0.51, true};
}
inline ElementwiseTrait trait(const op::Log1p&) {
  return {{{-0.6, 3}}, false, [](Numbers x) { return std::log1p(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{1 / (1 + x[0])}; }, 1.5, true};
}
inline ElementwiseTrait trait(const op::Sin&) {
  return {{kAny}, false, [](Numbers x) { return std::sin(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{std::cos(x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::Cos&) {
  return {{kAny}, false, [](Numbers x) { return std::cos(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{-std::sin(x[0])}; }, 1.5};
}
inline ElementwiseTrait trait(const op::SigmoidSlope&) {
  return {{kAny}, false, [](Numbers x) { return logistic_slope(x[0]); }, 4};
}
inline ElementwiseTrait trait(const op::Tanh&) {
  return {{kAny}, false, [](Numbers x) { return std::tanh(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{4 * logistic_slope(2 * x[0])}; }, 5};
}
inline ElementwiseTrait trait(const op::Sigmoid&) {
  return {{kAny}, false, [](Numbers x) { return logistic(x[0]); }, 2.5,
          [](Numbers x) { return Slopes{logistic_slope(x[0])}; }, 4};
}
inline ElementwiseTrait trait(const op::Relu&) {
  return {{kAny}, true, [](Numbers x) { return larger(x[0], 0); }, 0,
          [](Numbers x) { return Slopes{x[0] > 0 ? 1.0L : 0.0L}; }, 0, true};
}
inline ElementwiseTrait trait(const op::Softplus&) {
  return {{kAny}, false, [](Numbers x) { return log_of_1_and_exp(x[0]); }, 3,
          [](Numbers x) { return Slopes{logistic(x[0])}; }, 2.5};
}
inline ElementwiseTrait trait(const op::LogSigmoid&) {
  return {{kAny}, false, [](Numbers x) { return -log_of_1_and_exp(-x[0]); }, 3,
          [](Numbers x) { return Slopes{logistic(-x[0])}; }, 2.5};
}
// clang-format on

inline op::Clip example(const op::Clip&) {
  return {{}, -0.5, 1.0};
}
inline op::NanToNum example(const op::NanToNum&) {
  return {{}, 0.25, 8, -4};
}
inline op::LeakyRelu example(const op::LeakyRelu&) {
  return {{}, 0.125};
}
inline op::Elu example(const op::Elu&) {
  return {{}, 1.5, 1.25, 0.5};
}

template <class Op, std::size_t N>
ElementwiseCase case_of(Listed<Op, N>) {
  ElementwiseCase result{trait(Op{}), Op::name, N, detail::kSaves<Op> == kNothing, detail::Flat<Op>, {}};
  result.function = function_of<N>([](const auto&... x) { return apply(example(Op{}), x...); });
  return result;
}

template <class... Listed>
std::vector<ElementwiseCase> cases_of(TypeList<Listed...>) {
  return {case_of(Listed{})...};
}

/// Numbers of every exponent and sign that T has, with small, large and arbitrary mantissas; the denormal ones, both
/// zeros, infinities and NaN among them. Operands have their exponents in different orders.
template <class T>
Array<T> draw_all_exponents(std::size_t count, Random& rng) {
  using L = std::numeric_limits<T>;
  const std::vector<T> ends{
      L::quiet_NaN(), L::infinity(), 0, L::denorm_min(), L::min(), L::max(), L::epsilon(), 1, 0.5, 2};
  const int lowest = L::min_exponent - L::digits, exponents = L::max_exponent - lowest;
  const std::vector<std::size_t> order = rng.permutation(count);
  const Array<double> mantissa = rng.uniform<double>({count}, 1, 2), kind = rng.uniform<double>({count}, 0, 8);
  Array<T> x = empty<T>({count});
  for (std::size_t i = 0; i < count; ++i) {
    const double m = kind(i) < 1 ? 1 : kind(i) < 2 ? 2 - double(L::epsilon()) : mantissa(i);
    const T magnitude =
        order[i] / 2 < ends.size() ? ends[order[i] / 2] : std::ldexp(T(m), lowest + int(order[i] / 2) % exponents);
    x(i) = order[i] % 2 == 0 ? magnitude : -magnitude;
  }
  return x;
}

/// The first of the numbers drawn: under a sanitizer fewer are looked at, but no others.
template <class T>
Array<T> first_of(const Array<T>& drawn, std::size_t count) {
  Array<T> result = empty<T>({count});
  std::copy_n(drawn.data(), count, result.data());
  return result;
}

/// How far `got` is from the exact result, in units in the last place of T, or of a T of the size of `terms` if that is
/// larger; 0 for equal infinities and two NaN.
template <class T>
double ulps(T got, long double exact, long double terms = 0) {
  const T rounded = T(exact);
  if (std::isnan(rounded) || std::isnan(got)) return std::isnan(rounded) && std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isinf(rounded) || std::isinf(got)) return rounded == got ? 0 : HUGE_VAL;
  int exponent = std::max(std::ilogb(rounded), std::numeric_limits<T>::min_exponent - 1);
  if (terms > std::fabs(exact)) exponent = std::max(exponent, std::ilogb(terms));
  const long double unit = std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits + 1);
  return double(std::fabs(static_cast<long double>(got) - exact) / unit);
}

}  // namespace xtape::tests
