#include "autodiff/kernels/special.hpp"

#include "autodiff/kernels/by_doubles.hpp"
#include "autodiff/kernels/quotients.hpp"
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

namespace xtape::kernels {

// B₂, B₄, ... B₂₀.
static constexpr double kBernoulli[] = {1.0 / 6,       -1.0 / 30, 1.0 / 42,      -1.0 / 30,     5.0 / 66,
                                        -691.0 / 2730, 7.0 / 6,   -3617.0 / 510, 43867.0 / 798, -174611.0 / 330};

namespace scalars {

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
static double repeated_erfcx_of(double order, double x) {
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
static double zeta_of(double order, double s, double q) {
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

static double betaln_of(double a, double b) {
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
static double beta_of(double a, double b) {
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
static double gammaincc_of(double a, double x) {
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

static double bessel_i_of(double order, double x) {
  if (std::isnan(x)) return x;
  const int n = std::abs(int(order));
  const double a = std::fabs(x), sign = n % 2 == 1 && x < 0 ? -1 : 1;
  if (a < kHankel) return sign * boost::math::cyl_bessel_i(n, a, kQuiet);
  const double half = std::exp(0.5 * a);
  return half == kInf ? sign * kInf : sign * (hankel(n, 0, a) * half * half);
}
// The derivative of that order of e^-|x| I_n(x), at 0 the mean of the two sides'.
static double bessel_ie_of(double index, double order, double x) {
  if (std::isnan(x)) return x;
  const int n = std::abs(int(index)), k = int(order);
  const double a = std::fabs(x), sign = (n + k) % 2 == 1 && x < 0 ? -1 : 1;
  if (a >= kHankel) return a == kInf ? sign * 0.0 : sign * hankel(n, k, a);
  if (k == 0) return sign * boost::math::cyl_bessel_i(n, a, kQuiet) * std::exp(-a);
  const double side = x > 0 ? 1 : x < 0 ? -1 : 0;
  return 0.5 * (bessel_ie_of(n - 1, k - 1, x) + bessel_ie_of(n + 1, k - 1, x)) - side * bessel_ie_of(n, k - 1, x);
}

static double lambertw_of(double x) {
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

}  // namespace scalars

namespace {

// f lane by lane, in float64 for either precision.
template <auto f, class T, class... X>
T through_double(T first, X... rest) {
  return T(f(double(first), double(rest)...));
}
template <auto f, class T, class... B>
xsimd::batch<T> lanes(xsimd::batch<T> first, B... rest) {
  return detail::lane_by_lane<&through_double<f, T, typename B::value_type...>>(first, rest...);
}

using detail::Doubles, detail::fma, detail::polynomial;

// e^(x²) ∫ₓ erfc for x >= 0: a polynomial in (x - k) / (x + k) over (1 + 2 x)², as erfcx is one.
template <class T>
xsimd::batch<T> erfcx_integral_right(const xsimd::batch<T>& x) {
  using V = xsimd::batch<T>;
  const V half(T(0.5)), one(T(1)), k(std::is_same_v<T, float> ? T(2) : T(4));
  const V t = (k + k) / (smaller(V(T(0x1p60)), x) + k), q = one - t;
  V p;
  if constexpr (std::is_same_v<T, float>) {
    p = polynomial(q, 1.33495581F, 0.0915832072F, -0.591428161F, 0.298117101F, 0.101223923F, -0.132118881F,
                   0.00118159992F, 0.0304219667F, 0.00151735079F, -0.00719303265F, -0.001833627F, 0.00146960572F,
                   0.00088727515F, -0.000193627915F, -0.000255262974F, 8.44293663e-06F, 3.55234588e-05F);
  } else {
    p = polynomial(q, 1.311531996848369, -0.17437586506108035, -0.15677345254426217, 0.3344285437717252,
                   -0.32580481377824994, 0.19936247592311787, -0.057384656035477495, -0.03153831532717098,
                   0.05595570012613094, -0.04173665865544932, 0.0193412932821637, -0.004805186378150573,
                   -0.0004039521436947406, 0.0008150775282890892, -0.00021779911499015533, -5.492972749487146e-05,
                   4.6231007656603865e-05, -1.3439128051061857e-06, -7.060159405896667e-06, 1.2441529860879873e-06,
                   1.0166870047260536e-06, -2.9847759078407664e-07, -1.4611084725886317e-07, 5.514495448432324e-08,
                   1.872970687342495e-08, -7.839528684276962e-09, -1.472469688245768e-09, 6.320761185929655e-10);
  }
  const V below = one / (half + x);
  return (V(T(0.25)) * p * below) * below;
}

// Φ⁻¹(½ + q), given the smaller of what lies below and above: rational functions of q² or of √(-ln tail) (Wichura,
// algorithm AS 241, Applied Statistics 37, 1988).
Doubles quantile(const Doubles& q, const Doubles& tail) {
  const Doubles r = fma(negated(q), q, Doubles(0.180625));
  const Doubles near =
      q *
      polynomial(r, 3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
                 45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727) /
      polynomial(r, 1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077, 21213.794301586595867,
                 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610);
  const auto inside = xsimd::abs(q) <= Doubles(0.425);
  if (xsimd::all(inside)) return near;
  const Doubles s = xsimd::sqrt(negated(kernels::log(tail))), u = s - Doubles(1.6);
  Doubles far =
      polynomial(u, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
                 1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4) /
      polynomial(u, 1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
                 0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4,
                 1.05075007164441684324e-9);
  const auto farther = s > Doubles(5);
  if (xsimd::any(farther)) {
    const Doubles v = s - Doubles(5);
    const Doubles farthest = polynomial(v, 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
                                        0.296560571828504891230, 0.0265321895265761230930, 0.00124266094738807843860,
                                        2.71155556874348757815e-5, 2.01033439929228813265e-7) /
                             polynomial(v, 1.0, 0.599832206555887937690, 0.136929880922735805310,
                                        0.0148753612908506148525, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                        1.42151175831644588870e-7, 2.04426310338993978564e-15);
    far = xsimd::select(farther, farthest, far);
    far = xsimd::select(tail == Doubles(0), s, far);  // infinite
  }
  return xsimd::select(inside, near, detail::with_sign_of(q, far));
}

// ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! Σ (x + k)⁻ⁿ⁻¹ for x > 0: n + 9 terms, and Euler and Maclaurin's formula for the others: w⁻ⁿ
// times 1 / (2 w) and a polynomial in 1 / w², whose coefficients are c[0] to c[10].
constexpr int kPolygammaOrders = 4;
struct PolygammaRest {
  double c[11];
  constexpr explicit PolygammaRest(int s) : c{1.0 / (s - 1)} {
    double rising = s, factorial = 2;  // s (s + 1) ... over (2 j)!
    for (int j = 1; j <= 10; ++j) {
      c[j] = kBernoulli[j - 1] * rising / factorial;
      rising *= (s + 2 * j - 1) * (s + 2 * j);
      factorial *= (2 * j + 1) * (2 * j + 2);
    }
  }
};
constexpr PolygammaRest kPolygammaRests[kPolygammaOrders] = {PolygammaRest(2), PolygammaRest(3), PolygammaRest(4),
                                                             PolygammaRest(5)};

Doubles polygamma_right(int n, const Doubles& x) {
  const Doubles one(1);
  const auto power = [n](const Doubles& v) {  // the n-th
    Doubles y = v;
    for (int i = 1; i < n; ++i) y *= v;
    return y;
  };
  Doubles sum(0), w = x + Doubles(double(n + 9));
  for (int k = n + 8; k >= 0; --k) {  // the small ones first
    const Doubles term = x + Doubles(double(k));
    sum += one / (power(term) * term);
  }
  const double* const c = kPolygammaRests[n - 1].c;
  const Doubles t = one / w, t2 = t * t;
  Doubles rest(c[10]);
  for (int j = 9; j >= 0; --j) rest = fma(rest, t2, Doubles(c[j]));
  double factor = n % 2 == 1 ? 1 : -1;
  for (int k = 2; k <= n; ++k) factor *= k;
  return fma(Doubles(factor), sum, power(t) * (Doubles(factor) * fma(Doubles(0.5), t, rest)));
}

}  // namespace

template <class T>
auto Lanes<T>::repeated_erfcx(V n, V x) -> V {
  if (int(Batch<T>(n).first()) != 1) return lanes<&scalars::repeated_erfcx_of>(n, x);
  const auto left = x < V(T(0.5));
  const V right = erfcx_integral_right(xsimd::abs(x));
  if (!xsimd::any(left)) return right;
  return xsimd::select(left, fma(negated(x), kernels::erfcx(x), V(T(std::numbers::inv_sqrtpi))), right);
}
template <class T>
auto Lanes<T>::ndtri(V p) -> V {
  return detail::in_doubles<T>([](const Doubles& v) { return quantile(v - Doubles(0.5), smaller(v, Doubles(1) - v)); },
                               p);
}
template <class T>
auto Lanes<T>::erfinv(V x) -> V {
  return detail::in_doubles<T>(
      [](const Doubles& v) {
        const Doubles half(0.5), y = quantile(half * v, half * (Doubles(1) - xsimd::abs(v)));
        return y * Doubles(std::numbers::sqrt2 / 2);
      },
      x);
}
template <class T>
auto Lanes<T>::gammaln(V x) -> V {
  return lanes<&scalars::gammaln_of>(x);
}
template <class T>
auto Lanes<T>::digamma(V x) -> V {
  return lanes<&scalars::digamma_of>(x);
}
template <class T>
auto Lanes<T>::polygamma(V n, V x) -> V {
  const int order = int(Batch<T>(n).first());
  if (order < 1 || order > kPolygammaOrders) return lanes<&scalars::polygamma_of>(n, x);
  const auto left = x <= V(T(0));
  const V right = detail::in_doubles<T>([order](const Doubles& v) { return polygamma_right(order, v); }, x);
  return xsimd::any(left) ? xsimd::select(left, lanes<&scalars::polygamma_of>(n, x), right) : right;
}
template <class T>
auto Lanes<T>::zeta(V order, V s, V q) -> V {
  return lanes<&scalars::zeta_of>(order, s, q);
}
template <class T>
auto Lanes<T>::betaln(V a, V b) -> V {
  return lanes<&scalars::betaln_of>(a, b);
}
template <class T>
auto Lanes<T>::beta(V a, V b) -> V {
  return lanes<&scalars::beta_of>(a, b);
}
template <class T>
auto Lanes<T>::gammainc(V a, V x) -> V {
  return lanes<&scalars::gammainc_of>(a, x);
}
template <class T>
auto Lanes<T>::gammaincc(V a, V x) -> V {
  return lanes<&scalars::gammaincc_of>(a, x);
}
template <class T>
auto Lanes<T>::gammainc_slope(V n, V a, V x) -> V {
  return lanes<&scalars::gammainc_slope_of>(n, a, x);
}
template <class T>
auto Lanes<T>::gamma_density(V n, V a, V x) -> V {
  return lanes<&scalars::gamma_density_of>(n, a, x);
}
template <class T>
auto Lanes<T>::betainc(V a, V b, V x) -> V {
  return lanes<&scalars::betainc_of>(a, b, x);
}
template <class T>
auto Lanes<T>::betainc_slope(V m, V n, V a, V b, V x) -> V {
  return lanes<&scalars::betainc_slope_of>(m, n, a, b, x);
}
template <class T>
auto Lanes<T>::beta_density(V m, V n, V a, V b, V x) -> V {
  return lanes<&scalars::beta_density_of>(m, n, a, b, x);
}
template <class T>
auto Lanes<T>::bessel_i(V n, V x) -> V {
  return lanes<&scalars::bessel_i_of>(n, x);
}
template <class T>
auto Lanes<T>::bessel_ie(V n, V order, V x) -> V {
  return lanes<&scalars::bessel_ie_of>(n, order, x);
}
template <class T>
auto Lanes<T>::lambertw(V x) -> V {
  return lanes<&scalars::lambertw_of>(x);
}

template struct Lanes<float>;
template struct Lanes<double>;

}  // namespace xtape::kernels
