#pragma once
// What an element-wise op declares to the tests.

#include "autodiff/ops/all.hpp"
#include "tests/autodiff/ops/functions.hpp"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace xtape::tests {

using Numbers = std::span<const long double>;
using Slopes = std::vector<long double>;

/// One op's entry. Values and slopes are held against the references at all exponents, of every operand.
struct ElementwiseTrait {
  /// Of each operand in gradient tests: moderate, and inside the domain also after a small step.
  std::vector<Interval> domain;
  /// Whether the function has kinks (at 0, at multiples of a half, where operands are equal) that draws must avoid.
  bool kinks = false;
  /// The result in <cmath>'s long double, from the same arguments; null for a `golden` function that <cmath> does not
  /// come near.
  long double (*reference)(Numbers x);
  /// The allowed error, in units in the last place of the result.
  double ulp = 0;
  /// The partial derivatives in long double, with what is documented at kinks and ends; null for an op without, for a
  /// `golden` one, and for the slope of another op, whose own slopes are second derivatives.
  Slopes (*slopes)(Numbers x) = nullptr;
  /// The allowed error, in units in the last place of the product of slope and cotangent.
  double slope_ulp = 0;
  /// Whether that holds for cotangents of all exponents; else for 1.
  bool any_cotangent = false;
  /// The same where a slope is smaller than 2¹⁰ times the smallest normal number; `slope_ulp` if 0.
  double tiny_slope_ulp = 0;
  /// Of a result, or of slopes, that terms may cancel in: how large these are. Errors then count in units of the last
  /// place of that, where the result is smaller.
  long double (*terms)(Numbers x) = nullptr;
  long double (*slope_terms)(Numbers x) = nullptr;
  /// Whether tests/golden/special.txt holds its values and derivatives, in place of references that are null here.
  bool golden = false;
  /// As tiny_slope_ulp, for values.
  double tiny_ulp = 0;
  /// Whether slopes count where all of it is finite alone.
  bool finite_slopes = false;

  /// The error that a result like `exact` may have.
  template <class T>
  double allowed(long double exact) const {
    return tiny_ulp > 0 && std::fabs(exact) < 1024 * std::numeric_limits<T>::min() ? tiny_ulp : ulp;
  }
};

/// The fallback: an op that nobody declared.
template <class Op>
ElementwiseTrait trait(const Op&) {
  static_assert(kNever<Op>,
                "xtape: an element-wise op without an entry in tests/autodiff/ops/elementwise.hpp: "
                "declare its domain and an independent reference");
  return {};
}

inline constexpr Interval kAny{-2, 2}, kPositive{0.3, 3};
inline constexpr long double kNan = std::numeric_limits<long double>::quiet_NaN();

/// An op with members needs values for them.
template <class Op>
Op example(const Op&) {
  return {};
}

}  // namespace xtape::tests
