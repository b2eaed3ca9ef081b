#include "autodiff/kernels/special_scalars.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/lambert_w.hpp>
#include <boost/math/special_functions/polygamma.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace xtape::kernels::scalars {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity(), kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = std::numbers::pi;

namespace policies = boost::math::policies;
// No exceptions, no errno: NaN and infinity, as everywhere; and no long double on the way.
using Quiet =
    policies::policy<policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
                     policies::overflow_error<policies::ignore_error>,
                     policies::underflow_error<policies::ignore_error>, policies::denorm_error<policies::ignore_error>,
                     policies::rounding_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>,
                     policies::indeterminate_result_error<policies::ignore_error>, policies::promote_double<false>>;
constexpr Quiet kQuiet;

}  // namespace

// ---- The normal distribution ----

// n = 0: e^(x²) erfc(x), n > 0: e^(x²) times the n-th repeated integral of erfc, all of which are positive. Upwards
// below 0, where that adds; downwards, from where the ratio of two of them hardly matters, above (Gautschi). Of n >= 2;
// the others are vectorised.
double repeated_erfcx_of(double order, double x) {
  const int n = int(order);
  if (std::isnan(x)) return x;
  if (x < 0.5) {
    double before = 2 / std::sqrt(kPi), value = boost::math::erfc(x, kQuiet);
    const double high = double(float(x)), scale = std::exp(high * high) * std::exp((x - high) * (x + high));
    if (!(scale < kInf)) return kInf;
    value *= scale;
    for (int k = 1; k <= n; ++k) {
      const double next = (0.5 * before - x * value) / k;
      before = value;
      value = next;
    }
    return value;
  }
  // r_k = e_k / e_(k-1) = ½ / (x + (k + 1) r_(k+1)), with e_(-1) = 2 / √π.
  const int start = n + 20 + int(180 / (x * x));
  double ratio = 0.5 / x, value = 2 / std::sqrt(kPi);
  for (int k = start; k >= 0; --k) {
    ratio = 0.5 / (x + (k + 1) * ratio);
    if (k <= n) value *= ratio;
  }
  return value;
}

// ---- The gamma function and its kin ----

double gammaln_of(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double digamma_of(double x) {
  if (x > 0 || std::isnan(x)) return boost::math::digamma(x, kQuiet);
  if (x == 0) return std::copysign(kInf, -x);
  // ψ(1 - x) - π cot(πx), of the part of x beyond the nearest integer, which is exact.
  const double r = x - std::round(x);
  if (!(r != 0)) return kNone;
  const double cotangent =
      std::fabs(r) < 0.25 ? 1 / std::tan(kPi * r) : std::tan(kPi * std::copysign(0.5 - std::fabs(r), r));
  return boost::math::digamma(1 - x, kQuiet) - kPi * cotangent;
}

// The first kOrders Taylor coefficients in a variable t that a series depends on.
template <std::size_t kOrders>
using Taylor = std::array<double, kOrders>;
template <std::size_t kOrders>
Taylor<kOrders> times(const Taylor<kOrders>& a, const Taylor<kOrders>& b) {
  Taylor<kOrders> c{};
  for (std::size_t i = 0; i < kOrders; ++i) {
    for (std::size_t j = 0; i + j < kOrders; ++j) c[i + j] += a[i] * b[j];
  }
  return c;
}
// s + t, w^-(s + t), 1 / (s + t).
template <std::size_t kOrders>
Taylor<kOrders> moved(double s) {
  Taylor<kOrders> c{s};
  if constexpr (kOrders > 1) c[1] = 1;
  return c;
}
template <std::size_t kOrders>
Taylor<kOrders> power_of(double w, double s) {
  Taylor<kOrders> c{s == 1 ? 1 / w : s == 2 ? 1 / w / w : std::pow(w, -s)};
  if constexpr (kOrders > 1) {
    const double slope = -std::log(w);
    for (std::size_t k = 1; k < kOrders; ++k) c[k] = c[k - 1] * slope / double(k);
  }
  return c;
}
template <std::size_t kOrders>
Taylor<kOrders> inverse_of(double s) {
  Taylor<kOrders> c{1 / s};
  for (std::size_t k = 1; k < kOrders; ++k) c[k] = -c[k - 1] / s;
  return c;
}

// Σ (q + k)^-(s + t), by Euler and Maclaurin's formula, for s > 1 and q > 0.
template <std::size_t kOrders>
Taylor<kOrders> hurwitz(double s, double q) {
  Taylor<kOrders> sum{};
  const auto add = [&sum](const Taylor<kOrders>& term, double factor) {
    for (std::size_t k = 0; k < kOrders; ++k) sum[k] += factor * term[k];
  };
  double w = q;
  for (const double enough = 8 + std::min(s, 30.0); w < enough; w += 1) {
    const Taylor<kOrders> term = power_of<kOrders>(w, s);
    add(term, 1);
    if (kOrders == 1 && term[0] < 1e-18 * sum[0]) return sum;
  }
  const Taylor<kOrders> last = power_of<kOrders>(w, s);
  add(times(power_of<kOrders>(w, s - 1), inverse_of<kOrders>(s - 1)), 1);
  add(last, 0.5);
  Taylor<kOrders> rising = times(last, moved<kOrders>(s));  // (s)_(2 j - 1) w^-s
  double scale = 1 / (2 * w);                               // w^(1 - 2 j) / (2 j)!
  for (int j = 1; j <= 10; ++j) {
    add(rising, kBernoulli[j - 1] * scale);
    rising = times(times(rising, moved<kOrders>(s + 2 * j - 1)), moved<kOrders>(s + 2 * j));
    scale /= w * w * ((2 * j + 1) * (2 * j + 2));
  }
  return sum;
}

// The derivative of that order in s of ζ(s, q).
double zeta_of(double order, double s, double q) {
  constexpr std::size_t kOrders = 5;
  if (std::isnan(s) || std::isnan(q) || s < 1 || order >= double(kOrders)) return kNone;
  if (s == 1) return kInf;
  if (q <= 0) {
    if (q == std::floor(q)) return kInf;
    if (order != 0 || s != std::floor(s) || s > 171) return kNone;
    return (std::fmod(s, 2) == 0 ? 1 : -1) * polygamma_of(s - 1, q) / std::tgamma(s);
  }
  if (s == kInf) return q > 1 ? 0 : q == 1 ? (order == 0 ? 1 : 0) : order == 0 ? kInf : kNone;
  if (q == kInf) return 0;
  if (order == 0) return hurwitz<1>(s, q)[0];
  return hurwitz<kOrders>(s, q)[std::size_t(order)] * std::tgamma(order + 1);
}

double polygamma_of(double order, double x) {
  const int n = int(order);
  if (std::isnan(x)) return x;
  if (n == 0) return digamma_of(x);
  if (x <= 0) {
    if (x == std::floor(x)) return n % 2 == 1 || x == 0 ? (n % 2 == 1 ? kInf : std::copysign(kInf, -x)) : kNone;
    return boost::math::polygamma(n, x, kQuiet);
  }
  return (n % 2 == 1 ? 1 : -1) * std::tgamma(n + 1.0) * zeta_of(0, n + 1.0, x);
}

// ln Γ(x) - ((x - ½) ln x - x + ½ ln 2π).
double stirling_error(double x) {
  constexpr double kHalfLog2Pi = 0.91893853320467274178;
  if (x < 8) return gammaln_of(x) - ((x - 0.5) * std::log(x) - x + kHalfLog2Pi);
  const double s = 1 / x, t = s * s;
  return s *
         (1.0 / 12 +
          t * (-1.0 / 360 +
               t * (1.0 / 1260 + t * (-1.0 / 1680 + t * (1.0 / 1188 + t * (-691.0 / 360360 +
                                                                           t * (1.0 / 156 - t * 3617.0 / 122400)))))));
}
// ψ(x) - ln x.
double digamma_error(double x) {
  if (x < 8) return digamma_of(x) - std::log(x);
  const double s = 1 / x, t = s * s;
  return -0.5 * s -
         t * (1.0 / 12 +
              t * (-1.0 / 120 +
                   t * (1.0 / 252 + t * (-1.0 / 240 + t * (1.0 / 132 + t * (-691.0 / 32760 +
                                                                            t * (1.0 / 12 - t * 3617.0 / 8160)))))));
}

double betaln_of(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNone;
  if (a > b) std::swap(a, b);
  if (a < 0) {
    return gammaln_of(a) + gammaln_of(b) - gammaln_of(a + b);
  }
  if (a == 0) return kInf;
  if (b == kInf) return -kInf;
  if (b < 8) return gammaln_of(a) + (gammaln_of(b) - gammaln_of(a + b));
  const double ratio = a / b, rest = stirling_error(b) - stirling_error(a + b);
  if (a < 8) return gammaln_of(a) + (a - (a + b - 0.5) * std::log1p(ratio) - a * std::log(b) + rest);
  // ½ ln 2π - ½ ln b + (a - ½) ln (a / (a + b)) - b ln(1 + a / b)
  return 0.91893853320467274178 - 0.5 * std::log(b) - (a - 0.5) * std::log1p(b / a) - b * std::log1p(ratio) +
         (stirling_error(a) + rest);
}
double beta_of(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNone;
  if (a > 0 && b > 0) {
    if (a == kInf || b == kInf) return 0;
    return a + b == a || a + b == b ? std::exp(betaln_of(a, b)) : boost::math::beta(a, b, kQuiet);
  }
  return std::tgamma(a) / std::tgamma(a + b) * std::tgamma(b);
}

// From here on integrals (incomplete.cpp) are more exact than Boost's series.
constexpr double kLargeGamma = 2000, kLargeBeta = 300;

double gammainc_of(double a, double x) {
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == kInf && x == kInf)) return kNone;
  if (a == 0 || x == kInf) return 1;
  if (x == 0 || a == kInf) return 0;
  return a < kLargeGamma ? boost::math::gamma_p(a, x, kQuiet) : large_gammainc(a, x, false);
}
double gammaincc_of(double a, double x) {
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == kInf && x == kInf)) return kNone;
  if (a == 0 || x == kInf) return 0;
  if (x == 0 || a == kInf) return 1;
  return a < kLargeGamma ? boost::math::gamma_q(a, x, kQuiet) : large_gammainc(a, x, true);
}
double betainc_of(double a, double b, double x) {
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1) || (a == 0 && b == 0) || (a == kInf && b == kInf)) return kNone;
  if (x == 0 || x == 1) return x;
  if (a == 0 || b == kInf) return 1;
  if (b == 0 || a == kInf) return 0;
  return std::min(a, b) < kLargeBeta ? boost::math::ibeta(a, b, x, kQuiet) : large_betainc(a, b, x);
}

// ---- Bessel functions, Lambert's function ----

// The order-th derivative of e⁻ˣ I_n(x) for large x, from Hankel's expansion.
static double hankel(int n, int order, double x) {
  double sum = 0, term = 1 / std::sqrt(2 * kPi * x);
  for (int k = 0; k < 60; ++k) {
    double derivative = term;
    for (int j = 0; j < order; ++j) derivative *= -(k + 0.5 + j) / x;
    sum += derivative;
    if (std::fabs(derivative) < 1e-18 * std::fabs(sum)) break;
    term *= ((2.0 * k + 1) * (2.0 * k + 1) - 4.0 * n * n) / (8 * (k + 1) * x);
  }
  return sum;
}
constexpr double kHankel = 20;

double bessel_i_of(double order, double x) {
  if (std::isnan(x)) return x;
  const int n = std::abs(int(order));
  const double a = std::fabs(x), sign = n % 2 == 1 && x < 0 ? -1 : 1;
  if (a < kHankel) return sign * boost::math::cyl_bessel_i(n, a, kQuiet);
  const double half = std::exp(0.5 * a);
  return half == kInf ? sign * kInf : sign * (hankel(n, 0, a) * half * half);
}
// The derivative of that order of e^-|x| I_n(x), at 0 the mean of the two sides'.
double bessel_ie_of(double index, double order, double x) {
  if (std::isnan(x)) return x;
  const int n = std::abs(int(index)), k = int(order);
  const double a = std::fabs(x), sign = (n + k) % 2 == 1 && x < 0 ? -1 : 1;
  if (a >= kHankel) return a == kInf ? sign * 0.0 : sign * hankel(n, k, a);
  if (k == 0) return sign * boost::math::cyl_bessel_i(n, a, kQuiet) * std::exp(-a);
  const double side = x > 0 ? 1 : x < 0 ? -1 : 0;
  return 0.5 * (bessel_ie_of(n - 1, k - 1, x) + bessel_ie_of(n + 1, k - 1, x)) - side * bessel_ie_of(n, k - 1, x);
}

double lambertw_of(double x) {
  constexpr double kEnd = -0.36787944117144233;  // -1 / e, rounded
  if (!(x >= kEnd)) return kNone;
  if (x == kEnd || x == kInf || x == 0) return x == kEnd ? -1 : x;
  if (std::fabs(x) < 1e-8) return x * (1 - x);
  // Near the branch point in p = √(2 (e x + 1)).
  const double near = std::fma(std::numbers::e, x, 1) + 1.4456468917292502e-16 * x, p = std::sqrt(2 * near);
  if (p < 0.01) {
    return -1 + p * (1 + p * (-1.0 / 3 + p * (11.0 / 72 + p * (-43.0 / 540 + p * (769.0 / 17280 - p * 221.0 / 8505)))));
  }
  return boost::math::lambert_w0(x, kQuiet);
}

}  // namespace xtape::kernels::scalars
