// The incomplete gamma and beta functions of large parameters, and their derivatives in the parameters.
//
// They are integrals of the density and of its derivatives, over the logarithm of t or of t / (1 - t), where it is
// smooth and falls off on both sides. Over all t the derivatives vanish: so the side is taken on which the integrand of
// the first derivative has one sign, and nothing cancels. Of large parameters Boost's series lose digits, the more the
// larger they are, or stop before they have converged.

#include "autodiff/kernels/special_scalars.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace xtape::kernels::scalars {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity(), kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = std::numbers::pi;
constexpr int kHighest = 5;  // order of a derivative in a parameter

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

// Points and weights of a rule of Takahasi and Mori's: where a variable that runs over a half-line, or the distance
// from one end of an interval of length 1, is for equidistant τ.
template <std::size_t kPoints>
struct Rule {
  std::array<double, kPoints> at, weight;
};
// s = e^(τ - e^-τ), for what falls off exponentially.
const Rule<167>& half_line() {
  static const Rule<167> rule = [] {
    Rule<167> r;
    for (std::size_t i = 0; i < 167; ++i) {
      const double tau = -3.7 + double(i) / 16, s = std::exp(tau - std::exp(-tau));
      r.at[i] = s;
      r.weight[i] = s * (1 + std::exp(-tau)) / 16;
    }
    return r;
  }();
  return rule;
}
// s = 1 / (1 + e^(π sinh τ)), of which each point serves both ends.
const Rule<52>& interval() {
  static const Rule<52> rule = [] {
    Rule<52> r;
    for (std::size_t i = 0; i < 52; ++i) {
      const double tau = double(i) / 16, e = std::exp(-kPi * std::sinh(tau));
      r.at[i] = e / (1 + e);
      r.weight[i] = (i == 0 ? 0.5 : 1) * kPi * std::cosh(tau) * e / ((1 + e) * (1 + e)) / 16;
    }
    return r;
  }();
  return rule;
}

// ∫ f(w + direction s) ds over s > 0, of an f that falls off within scale(w), or at first hardly, until `bend`.
template <class F, class Scale>
double beyond(const F& f, double w, double direction, double bend, const Scale& scale) {
  double sum = 0;
  if ((bend - w) * direction > 0) {
    const double length = bend - w;
    const Rule<52>& rule = interval();
    for (std::size_t i = 0; i < rule.at.size(); ++i) {
      sum += rule.weight[i] * (f(w + length * rule.at[i]) + f(bend - length * rule.at[i]));
    }
    return std::fabs(length) * sum + beyond(f, bend, direction, bend, scale);
  }
  const double unit = 0.5 * scale(w);
  const Rule<167>& rule = half_line();
  for (std::size_t i = 0; i < rule.at.size(); ++i) {
    const double y = f(w + direction * unit * rule.at[i]);
    if (y == 0 && rule.at[i] > 1) break;
    sum += rule.weight[i] * y;
  }
  return unit * sum;
}

// The derivative of order (m, n) of e^ℓ, over e^ℓ, from those of ℓ: slope(i, j).
template <class F>
double derivative_of_exp(int m, int n, const F& slope) {
  if (m + n == 1) return slope(m, n);
  if (m + n == 2) return slope(m > 0, m == 0) * slope(n == 0, n > 0) + slope(m, n);
  std::array<double, (kHighest + 1) * (kHighest + 1)> d;
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
  double operator()(double w) const { return at(w, a * exp_rest(w)); }
  double at(double w, double drop) const {
    const double density = peak * std::exp(-drop);
    if (density == 0 || n == 0) return density;
    return density *
           derivative_of_exp(n, 0, [this, w](int k, int) { return k == 1 ? w - mean : slopes[std::size_t(k - 2)]; });
  }
};

// Its integral below w, or above.
double integral(const GammaDensity& density, double w, bool lower) {
  const double a = density.a;
  const auto scale = [a, lower](double at) {
    const double t = a * std::exp(at);
    return lower && t < 0.5 * a ? 1 / a : 1 / (std::fabs(a - t) + std::sqrt(0.5 * t));
  };
  return lower ? beyond(density, w, -1, w, scale) : beyond(density, w, 1, -std::log(a), scale);
}

bool inside_gamma(double a, double x) {
  return a > 0 && x > 0 && a < kInf && x < kInf;
}
double log_ratio(double x, double a) {
  return std::fabs(x - a) < 0.5 * a ? std::log1p((x - a) / a) : std::log(x) - std::log(a);
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
    // -ln (q e^(-p w) + p e^(q w)), near 0 without what cancels in it.
    const double exponent = std::fabs(w) < 1 ? -std::log1p(q * exp_rest(-p * w) + p * exp_rest(q * w))
                            : w < 0          ? p * w + of_rest
                                             : of_t - q * w;
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

// Its integral below w, or above.
double integral(const BetaDensity& density, double w, bool lower) {
  const double a = density.a, b = density.b, p = density.p, q = density.q;
  const auto scale = [a, b, p, q, lower](double at) {
    const double odds = a / b * std::exp(at), t = 1 / (1 + 1 / odds), rest = 1 / (1 + odds);
    if (lower && t < 0.5 * p) return 1 / a;
    if (!lower && rest < 0.5 * q) return 1 / b;
    return 1 / (std::fabs(a * rest - b * t) + std::sqrt(0.5 * (a + b) * t * rest));
  };
  return lower ? beyond(density, w, -1, std::log(b), scale) : beyond(density, w, 1, -std::log(a), scale);
}

bool inside_beta(double a, double b, double x) {
  return a > 0 && b > 0 && a < kInf && b < kInf && x > 0 && x < 1;
}
double log_odds(double a, double b, double x) {
  // x (a + b) - a with what the sum was rounded by.
  const double both = a + b, d = std::fma(x, both, -a) + x * (a > b ? b - (both - a) : a - (both - b));
  const double relative = d / ((1 - x) * a);
  if (std::fabs(relative) < 0.5) return std::log1p(relative);
  return (std::log(x) - std::log1p(-x)) - (std::log(a) - std::log(b));
}

}  // namespace

// P(a, x), or 1 - P(a, x), for 0 < a, x < ∞.
double large_gammainc(double a, double x, bool upper) {
  const double w = log_ratio(x, a), tail = integral(GammaDensity(a, 0), w, w < 0);
  return (w < 0) == upper ? 1 - tail : tail;
}
// I(a, b, x), for 0 < a, b < ∞ and 0 < x < 1.
double large_betainc(double a, double b, double x) {
  const double w = log_odds(a, b, x), tail = integral(BetaDensity(a, b, 0, 0), w, w < 0);
  return w < 0 ? tail : 1 - tail;
}

// ∂ⁿ/∂aⁿ of P(a, x).
double gammainc_slope_of(double order, double a, double x) {
  const int n = int(order);
  if (n == 0) return gammainc_of(a, x);
  if (n > kHighest) return kNone;
  if (!inside_gamma(a, x)) return a > 0 && (x == 0 || x == kInf) && a < kInf ? 0 : kNone;
  const GammaDensity density(a, n);
  const double w = log_ratio(x, a);
  const bool lower = w < density.mean;
  return (lower ? 1 : -1) * integral(density, w, lower);
}

// The same of its derivative in x, x^(a - 1) e⁻ˣ / Γ(a).
double gamma_density_of(double order, double a, double x) {
  if (order > kHighest) return kNone;
  if (x == 0 && a > 0) return order == 0 ? (a < 1 ? kInf : a == 1 ? 1 : 0) : a < 1 ? -kInf : a == 1 ? -kInf : 0;
  if (x == kInf && a > 0 && a < kInf) return 0;
  if (!inside_gamma(a, x)) return kNone;
  const double w = log_ratio(x, a);
  return GammaDensity(a, int(order)).at(w, std::fabs(w) < 0.5 ? a * exp_rest(w) : (x - a) - a * w) / x;
}

// The derivative of order (m, n) in (a, b) of I(a, b, x).
double betainc_slope_of(double order_a, double order_b, double a, double b, double x) {
  const int m = int(order_a), n = int(order_b);
  if (m + n == 0) return betainc_of(a, b, x);
  if (m > kHighest || n > kHighest) return kNone;
  if (!inside_beta(a, b, x)) return a > 0 && b > 0 && a < kInf && b < kInf && (x == 0 || x == 1) ? 0 : kNone;
  const BetaDensity density(a, b, m, n);
  const double w = log_odds(a, b, x);
  const auto logarithms = density.logarithms(w);
  const bool lower = m > 0 ? logarithms[0] < density.of_a : logarithms[1] > density.of_b;
  return (lower ? 1 : -1) * integral(density, w, lower);
}

double beta_density_of(double order_a, double order_b, double a, double b, double x) {
  if (order_a > kHighest || order_b > kHighest) return kNone;
  if (inside_beta(a, b, x)) {
    return BetaDensity(a, b, int(order_a), int(order_b))(log_odds(a, b, x)) / (x * (1 - x));
  }
  if (!(a > 0 && b > 0 && a < kInf && b < kInf && (x == 0 || x == 1))) return kNone;
  const double near = x == 0 ? a : b, far = x == 0 ? b : a;
  if (order_a + order_b == 0) return near < 1 ? kInf : near == 1 ? far : 0;
  return near > 1 ? 0 : kNone;
}

}  // namespace xtape::kernels::scalars
