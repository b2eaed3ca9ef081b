#include "autodiff/kernels/special.hpp"

#include "autodiff/kernels/by_doubles.hpp"
#include "autodiff/kernels/quotients.hpp"
#include "autodiff/kernels/special_scalars.hpp"

namespace xtape::kernels {

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
      c[j] = scalars::kBernoulli[j - 1] * rising / factorial;
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
