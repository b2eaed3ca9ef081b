#pragma once
// What the tests know of every element-wise op: the domain that its arguments are drawn from and an independent
// reference. An op of `ElementwiseOps` without an entry here does not compile into the tests.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/functions.hpp"

#include <cmath>
#include <limits>
#include <ostream>

namespace xtape::tests {

using Numbers = std::span<const long double>;

/// One op's entry.
struct ElementwiseTrait {
  /// Of each operand in gradient tests: moderate, and inside the domain also after a small step.
  std::vector<Interval> domain;
  /// Of each operand where values are compared with the reference; `domain` if empty.
  std::vector<Interval> range = {};
  /// Whether the function has kinks (at 0, at multiples of a half, where operands are equal) that draws must avoid.
  bool kinks = false;
  /// The result in <cmath>'s long double, from the same arguments.
  long double (*reference)(Numbers x);
  /// The allowed error, in units in the last place of the result.
  double ulp = 0;
};

/// The fallback: an op that nobody declared.
template <class Op>
ElementwiseTrait trait(const Op&) {
  static_assert(kNever<Op>,
                "xtape: an element-wise op without an entry in tests/autodiff/ops/elementwise.hpp: "
                "declare its domain and an independent reference");
  return {};
}

inline constexpr Interval kAny{-2, 2}, kPositive{0.3, 3}, kWide{-50, 50};
inline constexpr long double kNan = std::numeric_limits<long double>::quiet_NaN();

// clang-format off
inline ElementwiseTrait trait(const op::Greater&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return x[0] > x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::GreaterEqual&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return x[0] >= x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Less&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return x[0] < x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::LessEqual&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return x[0] <= x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Equal&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return x[0] == x[1] ? 1.0L : 0.0L; }};
}
inline ElementwiseTrait trait(const op::Sign&) {
  return {{kAny}, {}, true, [](Numbers x) { return x[0] > 0 ? 1.0L : x[0] < 0 ? -1.0L : x[0]; }};
}
inline ElementwiseTrait trait(const op::Where&) {
  return {{kAny, kAny, kAny}, {}, true, [](Numbers x) { return x[0] == 0 ? x[2] : x[1]; }};
}
inline ElementwiseTrait trait(const op::Maximum&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return std::isnan(x[0]) || std::isnan(x[1]) ? kNan : std::fmax(x[0], x[1]); }};
}
inline ElementwiseTrait trait(const op::Minimum&) {
  return {{kAny, kAny}, {}, true, [](Numbers x) { return std::isnan(x[0]) || std::isnan(x[1]) ? kNan : std::fmin(x[0], x[1]); }};
}
inline ElementwiseTrait trait(const op::Clip&) {  // of the bounds in `example` below
  return {{kAny}, {}, true, [](Numbers x) { return std::isnan(x[0]) ? kNan : std::fmin(std::fmax(x[0], -0.5L), 1.0L); }};
}
inline ElementwiseTrait trait(const op::Add&) {
  return {{kAny, kAny}, {kWide, kWide}, false, [](Numbers x) { return x[0] + x[1]; }, 0.5};
}
inline ElementwiseTrait trait(const op::Subtract&) {
  return {{kAny, kAny}, {kWide, kWide}, false, [](Numbers x) { return x[0] - x[1]; }, 0.5};
}
inline ElementwiseTrait trait(const op::Multiply&) {
  return {{kAny, kAny}, {kWide, kWide}, false, [](Numbers x) { return x[0] * x[1]; }, 0.5};
}
inline ElementwiseTrait trait(const op::Divide&) {
  return {{kAny, kPositive}, {kWide, kWide}, false, [](Numbers x) { return x[0] / x[1]; }, 0.5};
}
inline ElementwiseTrait trait(const op::Negative&) {
  return {{kAny}, {kWide}, false, [](Numbers x) { return -x[0]; }};
}
inline ElementwiseTrait trait(const op::Square&) {
  return {{kAny}, {kWide}, false, [](Numbers x) { return x[0] * x[0]; }, 0.5};
}
inline ElementwiseTrait trait(const op::Sqrt&) {
  return {{kPositive}, {{0, 1e4}}, false, [](Numbers x) { return std::sqrt(x[0]); }, 0.5};
}
inline ElementwiseTrait trait(const op::Abs&) {
  return {{kAny}, {kWide}, true, [](Numbers x) { return std::fabs(x[0]); }};
}
inline ElementwiseTrait trait(const op::Power&) {
  return {{kPositive, kAny}, {{0, 50}, {-9, 9}}, false, [](Numbers x) { return std::pow(x[0], x[1]); }, 1};
}
inline ElementwiseTrait trait(const op::Exp&) {
  return {{kAny}, {{-80, 80}}, false, [](Numbers x) { return std::exp(x[0]); }, 2};
}
inline ElementwiseTrait trait(const op::Expm1&) {
  return {{kAny}, {{-20, 80}}, false, [](Numbers x) { return std::expm1(x[0]); }, 3};
}
inline ElementwiseTrait trait(const op::Log&) {
  return {{kPositive}, {{0, 1e3}}, false, [](Numbers x) { return std::log(x[0]); }, 2};
}
inline ElementwiseTrait trait(const op::Log1p&) {
  return {{{-0.6, 3}}, {{-0.99, 1e3}}, false, [](Numbers x) { return std::log1p(x[0]); }, 3};
}
inline ElementwiseTrait trait(const op::Sin&) {
  return {{kAny}, {{-100, 100}}, false, [](Numbers x) { return std::sin(x[0]); }, 2};
}
inline ElementwiseTrait trait(const op::Cos&) {
  return {{kAny}, {{-100, 100}}, false, [](Numbers x) { return std::cos(x[0]); }, 2};
}
inline ElementwiseTrait trait(const op::Tanh&) {
  return {{kAny}, {{-10, 10}}, false, [](Numbers x) { return std::tanh(x[0]); }, 3};
}
inline ElementwiseTrait trait(const op::Sigmoid&) {
  return {{kAny}, {{-80, 40}}, false, [](Numbers x) { return 1 / (1 + std::exp(-x[0])); }, 3};
}
inline ElementwiseTrait trait(const op::Relu&) {
  return {{kAny}, {kWide}, true, [](Numbers x) { return std::isnan(x[0]) ? kNan : std::fmax(x[0], 0.0L); }};
}
inline ElementwiseTrait trait(const op::Softplus&) {
  return {{kAny}, {{-80, 80}}, false, [](Numbers x) { return std::log1p(std::exp(x[0])); }, 3};
}
inline ElementwiseTrait trait(const op::LogSigmoid&) {
  return {{kAny}, {{-80, 80}}, false, [](Numbers x) { return -std::log1p(std::exp(-x[0])); }, 3};
}
// clang-format on

/// An op with members needs values for them.
template <class Op>
Op example(const Op&) {
  return {};
}
inline op::Clip example(const op::Clip&) {
  return {-0.5, 1.0};
}

/// One op, ready to be tested.
struct ElementwiseCase : ElementwiseTrait {
  std::string name;
  std::size_t arity;
  bool saves_nothing;
  bool flat;  // a constant for the tape
  Function function;

  /// Arguments of these shapes, for gradients.
  std::vector<Array<double>> draw_arguments(const std::vector<Shape>& shapes, Random& rng) const {
    std::vector<Array<double>> x;
    for (std::size_t k = 0; k < arity; ++k) {
      x.push_back(kinks ? draw_off_kinks(shapes[k], domain[k], k, arity, rng) : draw(shapes[k], domain[k], rng));
    }
    return x;
  }
};

inline void PrintTo(const ElementwiseCase& op, std::ostream* to) {
  *to << op.name;
}

template <class Op, std::size_t N>
ElementwiseCase case_of(Listed<Op, N>) {
  ElementwiseCase result{trait(Op{}), Op::name, N, Op::saves == kNothing, detail::Flat<Op>, {}};
  result.function = function_of<N>([](const auto&... x) { return apply(example(Op{}), x...); });
  if (result.range.empty()) result.range = result.domain;
  return result;
}

template <class... Listed>
std::vector<ElementwiseCase> cases_of(TypeList<Listed...>) {
  return {case_of(Listed{})...};
}

/// Every element-wise op.
inline const std::vector<ElementwiseCase>& elementwise_cases() {
  static const std::vector<ElementwiseCase> cases = cases_of(ElementwiseOps{});
  return cases;
}

}  // namespace xtape::tests
