#include "autodiff/kernels/special.hpp"

#include "autodiff/kernels/quotients.hpp"

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
#include <vector>

namespace xtape::kernels {

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

// ---- The normal distribution ----

// n = 0: e^(x²) erfc(x), n > 0: e^(x²) times the n-th repeated integral of erfc, all of which are positive. Upwards
// below 0, where that adds; downwards, from where the ratio of two of them hardly matters, above (Gautschi).
double repeated_erfcx_of(double order, double x) {
  const int n = int(order);
  if (std::isnan(x)) return x;
  if (x < 0.5) {
    double before = 2 / std::sqrt(kPi), value = boost::math::erfc(x, kQuiet);
    const double scale = std::exp(x * x);
    if (scale == kInf) return kInf;
    value *= scale;
    for (int k = 1; k <= n; ++k) {
      const double next = (before - 2 * x * value) / (2 * k);
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

double erfinv_of(double x) {
  if (!(std::fabs(x) <= 1)) return kNone;
  return std::fabs(x) == 1 ? std::copysign(kInf, x) : x == 0 ? x : boost::math::erf_inv(x, kQuiet);
}
double ndtri_of(double p) {
  if (!(p >= 0 && p <= 1)) return kNone;
  if (p == 0 || p == 1) return p == 0 ? -kInf : kInf;
  return std::numbers::sqrt2 * (p < 0.25 ? -boost::math::erfc_inv(2 * p, kQuiet) : erfinv_of(2 * p - 1));
}

// ---- The gamma function and its kin ----

double gammaln_of(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double digamma_of(double x) {
  if (x == 0) return std::copysign(kInf, -x);
  if (x < 0 && x == std::floor(x)) return kNone;
  return boost::math::digamma(x, kQuiet);
}

// The Taylor coefficients in a variable that a series depends on, as many as derivatives are wanted.
constexpr std::size_t kOrders = 5;
using Taylor = std::array<double, kOrders>;
Taylor times(const Taylor& a, const Taylor& b) {
  Taylor c{};
  for (std::size_t i = 0; i < kOrders; ++i) {
    for (std::size_t j = 0; i + j < kOrders; ++j) c[i + j] += a[i] * b[j];
  }
  return c;
}
// w^-(s + t) in t.
Taylor power_of(double w, double s) {
  Taylor c{std::pow(w, -s)};
  for (std::size_t k = 1; k < kOrders; ++k) c[k] = -c[k - 1] * std::log(w) / double(k);
  return c;
}
Taylor inverse_of(double s) {  // 1 / (s + t)
  Taylor c{1 / s};
  for (std::size_t k = 1; k < kOrders; ++k) c[k] = -c[k - 1] / s;
  return c;
}

double polygamma_of(double order, double x);

// The derivative of that order in s of Σ (q + k)^-s, by Euler and Maclaurin's formula.
double zeta_of(double order, double s, double q) {
  if (std::isnan(s) || std::isnan(q) || s < 1 || order >= double(kOrders)) return kNone;
  if (s == 1) return kInf;
  if (q <= 0) {
    if (q == std::floor(q)) return kInf;
    if (order != 0 || s != std::floor(s) || s > 171) return kNone;
    return (std::fmod(s, 2) == 0 ? 1 : -1) * polygamma_of(s - 1, q) / std::tgamma(s);
  }
  if (s == kInf) return q > 1 ? 0 : q == 1 ? (order == 0 ? 1 : 0) : order == 0 ? kInf : kNone;
  if (q == kInf) return 0;
  Taylor sum{};
  const auto add = [&sum](const Taylor& term, double factor) {
    for (std::size_t k = 0; k < kOrders; ++k) sum[k] += factor * term[k];
  };
  double w = q;
  for (const double enough = 10 + std::min(s, 30.0); w < enough; w += 1) {
    const Taylor term = power_of(w, s);
    add(term, 1);
    if (std::fabs(term[0]) < 1e-18 * std::fabs(sum[0]) && order == 0) return sum[0];
  }
  const Taylor last = power_of(w, s);
  add(times(last, inverse_of(s - 1)), w);
  add(last, 0.5);
  constexpr double kBernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
                                   -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};
  Taylor rising = times(last, Taylor{s, 1});  // (s)_(2 j - 1) w^(-s - 2 j + 1) / (2 j)!
  double scale = 1 / (2 * w);
  for (int j = 1; j <= 10; ++j) {
    add(rising, kBernoulli[j - 1] * scale);
    rising = times(times(rising, Taylor{s + 2 * j - 1, 1}), Taylor{s + 2 * j, 1});
    scale /= w * w * (2 * j + 1) * (2 * j + 2);
  }
  const int k = int(order);
  return sum[std::size_t(k)] * std::tgamma(k + 1.0);
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
  if (a > b) std::swap(a, b);
  if (!(a >= 0)) {
    if (std::isnan(a) || std::isnan(b)) return kNone;
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

double gammainc_of(double a, double x) {
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == kInf && x == kInf)) return kNone;
  if (a == 0 || x == kInf) return 1;
  if (x == 0 || a == kInf) return 0;
  return boost::math::gamma_p(a, x, kQuiet);
}
double gammaincc_of(double a, double x) {
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == kInf && x == kInf)) return kNone;
  if (a == 0 || x == kInf) return 0;
  if (x == 0 || a == kInf) return 1;
  return boost::math::gamma_q(a, x, kQuiet);
}
double betainc_of(double a, double b, double x) {
  if (!(a >= 0 && b >= 0 && x >= 0 && x <= 1) || (a == 0 && b == 0) || (a == kInf && b == kInf)) return kNone;
  if (x == 0 || x == 1) return x;
  if (a == 0 || b == kInf) return 1;
  if (b == 0 || a == kInf) return 0;
  return boost::math::ibeta(a, b, x, kQuiet);
}

// ---- Derivatives of incomplete gamma and beta functions in their parameters ----

// They are integrals of derivatives of the density, over the logarithm of t or of t / (1 - t), where it is smooth and
// falls off on both sides. Over all t they vanish: so the side is taken on which the integrand of the first derivative
// has one sign, and nothing cancels.

// eʷ - 1 - w.
double exp_rest(double w) {
  if (std::fabs(w) > 0.5) return std::expm1(w) - w;
  double sum = 0;
  for (int k = 17; k >= 2; --k) sum = (1 + sum) * w / (k + 1);
  return 0.5 * w * w * (1 + sum);
}

// aᵃ e⁻ᵃ / Γ(a).
double peak_of(double a) {
  return a < 8 ? a * std::exp(a * std::log(a) - a) / std::tgamma(a + 1)
               : std::sqrt(a / (2 * kPi)) * std::exp(-stirling_error(a));
}

// Takahasi and Mori's rule over s > 0: s = e^(½ π sinh τ).
struct Rule {
  static constexpr int kSteps = 8, kLow = -32, kHigh = 24;  // τ in [-4, 3]
  std::array<double, kHigh - kLow + 1> at, weight;
  Rule() {
    for (int i = kLow; i <= kHigh; ++i) {
      const double tau = double(i) / kSteps, s = std::exp(0.5 * kPi * std::sinh(tau));
      at[std::size_t(i - kLow)] = s;
      weight[std::size_t(i - kLow)] = s * 0.5 * kPi * std::cosh(tau) / kSteps;
    }
  }
};

// ∫ f(from + direction s) ds over s > 0, of an f that falls off within some `scale`.
template <class F>
double integral(const F& f, double from, double direction, double scale) {
  static const Rule rule;
  double sum = 0;
  for (std::size_t i = 0; i < rule.at.size(); ++i) {
    const double y = f(from + direction * scale * rule.at[i]);
    if (std::isfinite(y)) sum += rule.weight[i] * y;
  }
  return scale * sum;
}

// The derivative of order (m, n) of e^ℓ, over e^ℓ, from those of ℓ: slope(i, j).
template <class F>
double derivative_of_exp(int m, int n, const F& slope) {
  if (m + n == 1) return slope(m, n);
  std::vector<double> d(std::size_t((m + 1) * (n + 1)));
  const auto at = [&d, n](int i, int j) -> double& { return d[std::size_t(i * (n + 1) + j)]; };
  for (int i = 0; i <= m; ++i) {
    for (int j = 0; j <= n; ++j) {
      if (i == 0 && j == 0) {
        at(0, 0) = 1;
        continue;
      }
      // d(i, j) = Σ over (p, r) of binomials slope(p + 1, r) d(i - 1 - p, j - r), or along the other variable.
      double sum = 0, of_p = 1;
      const int rows = i > 0 ? i - 1 : 0, columns = i > 0 ? j : j - 1;
      for (int p = 0; p <= rows; of_p *= double(rows - p) / (p + 1), ++p) {
        double of_r = 1;
        for (int r = 0; r <= columns; of_r *= double(columns - r) / (r + 1), ++r) {
          sum += of_p * of_r * slope(p + (i > 0), r + (i == 0)) * at(rows - p, columns - r);
        }
      }
      at(i, j) = sum;
    }
  }
  return at(m, n);
}

// The density of ln t, for t of the gamma distribution.
struct GammaDensity {
  double a;
  int n;
  double peak = peak_of(a), mean = digamma_error(a);  // of ln (t / a)
  std::vector<double> slopes;

  GammaDensity(double shape, int order) : a(shape), n(order) {
    for (int k = 2; k <= n; ++k) slopes.push_back(-polygamma_of(k - 1, a));
  }
  // Its n-th derivative in a, at t = a eʷ.
  double operator()(double w) const {
    const double e = exp_rest(w), density = peak * std::exp(-a * e);
    if (density == 0 || n == 0) return density;
    return density *
           derivative_of_exp(n, 0, [this, w](int k, int) { return k == 1 ? w - mean : slopes[std::size_t(k - 2)]; });
  }
};

bool inside_gamma(double a, double x) {
  return a > 0 && x > 0 && a < kInf && x < kInf;
}
double log_ratio(double x, double a) {
  return std::fabs(x - a) < 0.5 * a ? std::log1p((x - a) / a) : std::log(x) - std::log(a);
}

// ∂ⁿ/∂aⁿ of P(a, x).
double gammainc_slope_of(double order, double a, double x) {
  const int n = int(order);
  if (n == 0) return gammainc_of(a, x);
  if (!inside_gamma(a, x)) return a > 0 && (x == 0 || x == kInf) && a < kInf ? 0 : kNone;
  const GammaDensity density(a, n);
  const double w = log_ratio(x, a);
  const bool lower = w < density.mean;
  const double usual = 1 / (std::fabs(a - x) + std::sqrt(0.5 * x));
  const double scale = lower ? (x < 0.5 * a ? 1 / a : usual) : std::min(usual, 1 + std::max(0.0, -std::log(x)));
  return lower ? integral(density, w, -1, scale) : -integral(density, w, 1, scale);
}
// The same of its derivative in x, x^(a - 1) e⁻ˣ / Γ(a).
double gamma_density_of(double order, double a, double x) {
  if (x == 0 && a > 0) return order == 0 ? (a < 1 ? kInf : a == 1 ? 1 : 0) : a < 1 ? -kInf : a == 1 ? -kInf : 0;
  if (x == kInf && a > 0 && a < kInf) return 0;
  if (!inside_gamma(a, x)) return kNone;
  return GammaDensity(a, int(order))(log_ratio(x, a)) / x;
}

// The density of ln (t / (1 - t)), for t of the beta distribution.
struct BetaDensity {
  double a, b;
  int m, n;
  double p = a / (a + b), q = b / (a + b), peak, of_a, of_b;
  std::vector<double> of_a_alone, of_b_alone, of_both;

  BetaDensity(double first, double second, int order_a, int order_b) : a(first), b(second), m(order_a), n(order_b) {
    peak = peak_of(a) / peak_of(a + b) * peak_of(b);
    const double both = digamma_error(a + b);
    of_a = digamma_error(a) - both;
    of_b = digamma_error(b) - both;
    for (int k = 2; k <= m + n; ++k) {
      of_both.push_back(polygamma_of(k - 1, a + b));
      of_a_alone.push_back(of_both.back() - polygamma_of(k - 1, a));
      of_b_alone.push_back(of_both.back() - polygamma_of(k - 1, b));
    }
  }
  // ln (t / p) and ln ((1 - t) / q) at t / (1 - t) = a / b eʷ.
  std::array<double, 2> logarithms(double w) const {
    if (w < 0) {
      const double l = std::log1p(p * std::expm1(w));
      return {w - l, -l};
    }
    const double l = std::log1p(q * std::expm1(-w));
    return {-l, -w - l};
  }
  double operator()(double w) const {
    const auto [of_t, of_rest] = logarithms(w);
    const double exponent = w < 0 ? p * w + of_rest : of_t - q * w;
    const double density = peak * std::exp((a + b) * exponent);
    if (density == 0 || m + n == 0) return density;
    const double first = of_t - of_a, second = of_rest - of_b;
    return density * derivative_of_exp(m, n, [this, first, second](int i, int j) {
             if (i + j == 1) return i == 1 ? first : second;
             const std::size_t k = std::size_t(i + j - 2);
             return j == 0 ? of_a_alone[k] : i == 0 ? of_b_alone[k] : of_both[k];
           });
  }
};

bool inside_beta(double a, double b, double x) {
  return a > 0 && b > 0 && a < kInf && b < kInf && x > 0 && x < 1;
}
double log_odds(double a, double b, double x) {
  const double d = x * (a + b) - a;  // of the odds, relative
  const double relative = d / ((1 - x) * a);
  if (std::fabs(relative) < 0.5) return std::log1p(relative);
  return (std::log(x) - std::log1p(-x)) - (std::log(a) - std::log(b));
}

// The derivative of order (m, n) in (a, b) of I(a, b, x).
double betainc_slope_of(double order_a, double order_b, double a, double b, double x) {
  const int m = int(order_a), n = int(order_b);
  if (m + n == 0) return betainc_of(a, b, x);
  if (!inside_beta(a, b, x)) return a > 0 && b > 0 && a < kInf && b < kInf && (x == 0 || x == 1) ? 0 : kNone;
  const BetaDensity density(a, b, m, n);
  const double w = log_odds(a, b, x);
  const auto logarithms = density.logarithms(w);
  const bool lower = m > 0 ? logarithms[0] < density.of_a : logarithms[1] > density.of_b;
  const double usual = 1 / (std::fabs(a * (1 - x) - b * x) + std::sqrt(0.5 * (a + b) * x * (1 - x)));
  const double scale = lower ? (x < 0.5 * density.p ? 1 / a : usual) : 1 - x < 0.5 * density.q ? 1 / b : usual;
  return lower ? integral(density, w, -1, scale) : -integral(density, w, 1, scale);
}
double beta_density_of(double order_a, double order_b, double a, double b, double x) {
  if (inside_beta(a, b, x)) {
    return BetaDensity(a, b, int(order_a), int(order_b))(log_odds(a, b, x)) / (x * (1 - x));
  }
  if (!(a > 0 && b > 0 && a < kInf && b < kInf && (x == 0 || x == 1))) return kNone;
  const double near = x == 0 ? a : b, far = x == 0 ? b : a;
  if (order_a + order_b == 0) return near < 1 ? kInf : near == 1 ? far : 0;
  return near > 1 ? 0 : kNone;
}

// ---- Bessel functions, Lambert's function ----

// The order-th derivative of e⁻ˣ I_n(x) for large x, from Hankel's expansion.
double hankel(int n, int order, double x) {
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
constexpr double kHankel = 60;

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
  return boost::math::lambert_w0(x, kQuiet);
}

// f lane by lane, in float64 for either precision.
template <auto f, class T, class... X>
T through_double(T first, X... rest) {
  return T(f(double(first), double(rest)...));
}
template <auto f, class T, class... B>
xsimd::batch<T> lanes(xsimd::batch<T> first, B... rest) {
  return detail::lane_by_lane<&through_double<f, T, typename B::value_type...>>(first, rest...);
}

}  // namespace

template <class T>
auto Lanes<T>::repeated_erfcx(V n, V x) -> V {
  return lanes<&repeated_erfcx_of>(n, x);
}
template <class T>
auto Lanes<T>::ndtri(V p) -> V {
  return lanes<&ndtri_of>(p);
}
template <class T>
auto Lanes<T>::erfinv(V x) -> V {
  return lanes<&erfinv_of>(x);
}
template <class T>
auto Lanes<T>::gammaln(V x) -> V {
  return lanes<&gammaln_of>(x);
}
template <class T>
auto Lanes<T>::digamma(V x) -> V {
  return lanes<&digamma_of>(x);
}
template <class T>
auto Lanes<T>::polygamma(V n, V x) -> V {
  return lanes<&polygamma_of>(n, x);
}
template <class T>
auto Lanes<T>::zeta(V order, V s, V q) -> V {
  return lanes<&zeta_of>(order, s, q);
}
template <class T>
auto Lanes<T>::betaln(V a, V b) -> V {
  return lanes<&betaln_of>(a, b);
}
template <class T>
auto Lanes<T>::beta(V a, V b) -> V {
  return lanes<&beta_of>(a, b);
}
template <class T>
auto Lanes<T>::gammainc(V a, V x) -> V {
  return lanes<&gammainc_of>(a, x);
}
template <class T>
auto Lanes<T>::gammaincc(V a, V x) -> V {
  return lanes<&gammaincc_of>(a, x);
}
template <class T>
auto Lanes<T>::gammainc_slope(V n, V a, V x) -> V {
  return lanes<&gammainc_slope_of>(n, a, x);
}
template <class T>
auto Lanes<T>::gamma_density(V n, V a, V x) -> V {
  return lanes<&gamma_density_of>(n, a, x);
}
template <class T>
auto Lanes<T>::betainc(V a, V b, V x) -> V {
  return lanes<&betainc_of>(a, b, x);
}
template <class T>
auto Lanes<T>::betainc_slope(V m, V n, V a, V b, V x) -> V {
  return lanes<&betainc_slope_of>(m, n, a, b, x);
}
template <class T>
auto Lanes<T>::beta_density(V m, V n, V a, V b, V x) -> V {
  return lanes<&beta_density_of>(m, n, a, b, x);
}
template <class T>
auto Lanes<T>::bessel_i(V n, V x) -> V {
  return lanes<&bessel_i_of>(n, x);
}
template <class T>
auto Lanes<T>::bessel_ie(V n, V order, V x) -> V {
  return lanes<&bessel_ie_of>(n, order, x);
}
template <class T>
auto Lanes<T>::lambertw(V x) -> V {
  return lanes<&lambertw_of>(x);
}

template struct Lanes<float>;
template struct Lanes<double>;

}  // namespace xtape::kernels
