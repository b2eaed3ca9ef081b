#pragma once
// What the tests know of special functions. Of those that <cmath> does not come near, tests/golden/special.txt holds
// values and derivatives (tests/autodiff/special_test.cpp).

#include "tests/autodiff/ops/elementwise_trait.hpp"

#include <cmath>
#include <numbers>

namespace xtape::tests {

namespace special {

inline constexpr long double kPi = std::numbers::pi_v<long double>;

// e^(x²) erfc(x), and for large x its asymptotic series.
inline long double erfcx(long double x) {
  if (x < 20) return std::exp(x * x) * std::erfc(x);
  long double sum = 0, term = 1;
  for (int k = 0; k < 30 && std::fabs(term) > 1e-22L; ++k) {
    sum += term;
    term *= -(2 * k + 1) / (2 * x * x);
  }
  return std::isnan(x) ? x : sum / (x * std::sqrt(kPi));
}
// 2 x erfcx(x) - 2 / √π, above 2 by the continued fraction of its ratio to erfcx.
inline long double erfcx_slope(long double x) {
  if (x < 2) return 2 * x * erfcx(x) - 2 / std::sqrt(kPi);
  long double ratio = 0;
  for (int k = 300; k >= 1; --k) ratio = 0.5L / (x + (k + 1) * ratio);
  return -2 * erfcx(x) * ratio;
}
inline long double normal(long double x) {
  return std::erfc(-x / std::sqrt(2.0L)) / 2;
}
inline long double log_normal(long double x) {
  if (x > 0) return std::log1p(-normal(-x));
  return x < -20 ? std::log(erfcx(-x / std::sqrt(2.0L)) / 2) - x * x / 2 : std::log(normal(x));
}
inline long double log_normal_slope(long double x) {
  return std::sqrt(2 / kPi) / erfcx(-x / std::sqrt(2.0L));
}
inline long double log_gamma(long double x) {
  int sign = 0;
  return lgammal_r(x, &sign);
}
inline long double digamma(long double x) {
  if (x == 0) return std::copysign(std::numeric_limits<long double>::infinity(), -x);
  if (x < 0) {
    const long double r = x - std::round(x);
    return r == 0 || std::isinf(x) ? kNan : digamma(1 - x) - kPi / std::tan(kPi * r);
  }
  long double sum = 0;
  for (; x < 30; x += 1) sum -= 1 / x;
  const long double t = 1 / (x * x);
  const long double rest =
      t * (1.0L / 12 - t * (1.0L / 120 - t * (1.0L / 252 - t * (1.0L / 240 - t * (1.0L / 132 - t * 691 / 32760)))));
  return sum + (std::log(x) - 0.5L / x - rest);
}

// Of one that golden values hold.
inline ElementwiseTrait golden(std::vector<Interval> domain, bool kinks = false) {
  ElementwiseTrait result{std::move(domain), kinks, nullptr};
  result.golden = true;
  return result;
}

}  // namespace special

// clang-format off
inline ElementwiseTrait trait(const op::Gaussian&) {
  return {{kAny}, false, [](Numbers x) { return std::exp(-x[0] * x[0] / 2); }, 2,
          [](Numbers x) { return Slopes{-x[0] * std::exp(-x[0] * x[0] / 2)}; }, 3, false, 40};
}
inline ElementwiseTrait trait(const op::Erf&) {
  return {{kAny}, false, [](Numbers x) { return std::erf(x[0]); }, 1.5,
          [](Numbers x) { return Slopes{2 / std::sqrt(special::kPi) * std::exp(-x[0] * x[0])}; }, 3};
}
inline ElementwiseTrait trait(const op::Erfc&) {
  return {{kAny}, false, [](Numbers x) { return std::erfc(x[0]); }, 6,
          [](Numbers x) { return Slopes{-2 / std::sqrt(special::kPi) * std::exp(-x[0] * x[0])}; }, 3};
}
inline ElementwiseTrait trait(const op::Erfcx&) {
  return {{kAny}, false, [](Numbers x) { return special::erfcx(x[0]); }, 6,
          [](Numbers x) { return Slopes{special::erfcx_slope(x[0])}; }, 12};
}
inline ElementwiseTrait trait(const op::Ndtr&) {
  return {{kAny}, false, [](Numbers x) { return special::normal(x[0]); }, 6,
          [](Numbers x) { return Slopes{std::exp(-x[0] * x[0] / 2) / std::sqrt(2 * special::kPi)}; }, 3};
}
inline ElementwiseTrait trait(const op::LogNdtr&) {
  return {{kAny}, false, [](Numbers x) { return special::log_normal(x[0]); }, 8,
          [](Numbers x) { return Slopes{special::log_normal_slope(x[0])}; }, 8};
}
inline ElementwiseTrait trait(const op::Gammaln&) {
  return {{kPositive}, false, [](Numbers x) { return special::log_gamma(x[0]); }, 10,
          [](Numbers x) { return Slopes{special::digamma(x[0])}; }, 1e7};
}
inline ElementwiseTrait trait(const op::Digamma&) {  // between its poles below 0 it has zeros: special_test.cpp
  ElementwiseTrait result{{kPositive}, false, [](Numbers x) { return special::digamma(x[0]); }, 1e7};
  result.golden = true;
  return result;
}
// clang-format on
inline ElementwiseTrait trait(const op::Ndtri&) {
  return special::golden({{0.05, 0.95}});
}
inline ElementwiseTrait trait(const op::Erfinv&) {
  return special::golden({{-0.9, 0.9}});
}
inline ElementwiseTrait trait(const op::Polygamma&) {
  return special::golden({kPositive});
}
inline ElementwiseTrait trait(const op::Betaln&) {
  return special::golden({kPositive, kPositive});
}
inline ElementwiseTrait trait(const op::Beta&) {
  return special::golden({kPositive, kPositive});
}
inline ElementwiseTrait trait(const op::Gammainc&) {
  return special::golden({kPositive, kPositive});
}
inline ElementwiseTrait trait(const op::Gammaincc&) {
  return special::golden({kPositive, kPositive});
}
inline ElementwiseTrait trait(const op::Betainc&) {
  return special::golden({kPositive, kPositive, {0.2, 0.8}});
}
inline ElementwiseTrait trait(const op::Zeta&) {
  return special::golden({{1.5, 4}, kPositive});
}
inline ElementwiseTrait trait(const op::BesselI&) {
  return special::golden({kAny});
}
inline ElementwiseTrait trait(const op::BesselIe&) {
  return special::golden({kAny}, true);
}
inline ElementwiseTrait trait(const op::Lambertw&) {
  return special::golden({{-0.2, 3}});
}

}  // namespace xtape::tests
