#include "nn/distributions/normal.hpp"

#include "nn/distributions/families.hpp"
#include "nn/distributions/kl.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace xtape::nn::detail {

namespace {

// Operations in which no factor overflows or underflows unless the result does, and 0 times e^-s is 0 for every
// finite s. Their derivatives are made of themselves, so that this holds to every order.

// e^(-s/2) with s so limited that it is finite and not 0. Beyond the limits d e^-s, its square, and d e^-2s are 0 or
// infinite for every d but 0: |ln d| is at most 104 in float, and 745 in double.
template <class T>
xsimd::batch<T> root_of_precision(const xsimd::batch<T>& s) {
  using Simd = xsimd::batch<T>;
  const Simd limit(T(sizeof(T) == 4 ? 170 : 1300));
  const Simd limited = xsimd::select(s > limit, limit, xsimd::select(s < -limit, -limit, s));
  return kernels::exp(Simd(Simd(T(-0.5)) * limited));
}

// d e^-s from e^(-s/2). A subnormal d has few digits, and its product with a number would be rounded to as few; so it
// is lifted into the normal ones meanwhile.
template <class T>
xsimd::batch<T> score(const xsimd::batch<T>& d, const xsimd::batch<T>& root) {
  using Simd = xsimd::batch<T>;
  const Simd up(T(sizeof(T) == 4 ? 0x1p24 : 0x1p54)), down(T(sizeof(T) == 4 ? 0x1p-24 : 0x1p-54)), one(T(1));
  const auto subnormal = xsimd::abs(d) < Simd(std::numeric_limits<T>::min());
  return d * xsimd::select(subnormal, up, one) * root * root * xsimd::select(subnormal, down, one);
}

/// y = d e^-2s; dd = g e^-2s, ds = -2 g y.
struct ByVariance : Operation<"divide_by_variance", operand(1), kOutput> {
  template <class S>
  static S eval(const S& d, const S& s) {
    const auto root = root_of_precision(s.v);
    return S(score(d.v, root) * root * root);
  }
  static auto vjp(const auto& g, const auto& y, const auto&, const auto& s) {
    return std::array{xtape::apply(ByVariance{}, g, s), -2.0 * g * y};
  }
};

/// y = ½ (d e^-s)²; dd = g d e^-2s, ds = -2 g y.
struct HalfSquaredScore : Operation<"half_squared_score", kInput, kOutput> {
  template <class S>
  static S eval(const S& d, const S& s) {
    using Simd = typename S::Simd;
    const Simd root = root_of_precision(s.v), z = score(d.v, root);
    return S(Simd(typename S::value_type(0.5)) * z * z);
  }
  static auto vjp(const auto& g, const auto& y, const auto& d, const auto& s) {
    return std::array{g * xtape::apply(ByVariance{}, d, s), -2.0 * g * y};
  }
};

/// y = ½ x²; dx = g x.
struct HalfSquare : Operation<"half_square", kInput> {
  template <class S>
  static S eval(const S& x) {
    return S(typename S::Simd(typename S::value_type(0.5)) * x.v * x.v);
  }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * x}; }
};

/// y = ½ (e^2t - 1) - t, the divergence between normals of one mean whose log sigmas differ by t; dt = g (e^2t - 1).
struct DivergenceOfScale : Operation<"divergence_of_scale", kInput> {
  // Taylor's series, t² Σ 2^(k+1) tᵏ / (k+2)!, which for |t| < ¼ is exact to rounding.
  template <class T>
  static xsimd::batch<T> near_zero(const xsimd::batch<T>& t) {
    constexpr std::size_t kTerms = sizeof(T) == 4 ? 8 : 14;
    constexpr auto kCoefficients = [] {
      std::array<double, kTerms> c{1};
      for (std::size_t k = 1; k < kTerms; ++k) c[k] = c[k - 1] * 2 / double(k + 2);
      return c;
    }();
    xsimd::batch<T> sum(T(0));
    for (std::size_t k = kTerms; k-- > 0;) sum = sum * t + xsimd::batch<T>(T(kCoefficients[k]));
    return t * t * sum;
  }
  template <class S>
  static S eval(const S& x) {
    using Simd = typename S::Simd;
    using T = typename S::value_type;
    const Simd half(T(0.5)), large(T(1000));
    const Simd t = xsimd::select(x.v > large, large, x.v);  // infinity - infinity is NaN
    Simd y = half * kernels::expm1(Simd(t + t)) - t;
    if (xsimd::any(t > Simd(T(20)))) [[unlikely]] {  // e^2t may be infinite where half of it is not
      const Simd e = kernels::exp(t);
      y = xsimd::select(t > Simd(T(20)), half * e * e - t, y);
    }
    return S(xsimd::select(xsimd::abs(t) < Simd(T(0.25)), near_zero(t), y));
  }
  static auto vjp(const auto& g, const auto&, const auto& t) { return std::array{g * expm1(2.0 * t)}; }
};

// Named, for errors.
struct NormalLogProb : Operation<"normal_log_prob"> {
  auto operator()(const auto& x, const auto& mu, const auto& log_sigma) const {
    const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
    return -xtape::apply(HalfSquaredScore{}, x - mu, log_sigma) - log_sigma - half_log_two_pi;
  }
};
struct Divergence : Operation<"normal_kl"> {
  auto operator()(const auto& m, const auto& s, const auto& m0, const auto& s0) const {
    return xtape::apply(DivergenceOfScale{}, s - s0) + xtape::apply(HalfSquaredScore{}, m - m0, s0);
  }
};
struct DivergenceFromStandard : Operation<"kl_standard_normal"> {
  auto operator()(const auto& m, const auto& s) const {
    return xtape::apply(DivergenceOfScale{}, s) + xtape::apply(HalfSquare{}, m);
  }
};

}  // namespace

struct NormalLaw {
  static constexpr const char* name = "Normal";
  static constexpr ParameterDomain parameters[] = {{"mu", Domain::kReal}, {"log_sigma", Domain::kReal}};
  using LogProb = NormalLogProb;
  static auto mean(const auto& mu, const auto&) { return mu; }
  static auto variance(const auto&, const auto& log_sigma) { return exp(2.0 * log_sigma); }
  static auto entropy(const auto&, const auto& log_sigma) {
    return log_sigma + 0.5 * std::log(2 * std::numbers::pi * std::numbers::e);
  }
  static auto cdf(const auto& x, const auto& mu, const auto& log_sigma) {
    return ndtr((x - mu) * inverse_scale(log_sigma));
  }
  template <class T>
  static Var<T> sample(Random& rng, const Shape& shape, const Var<T>& mu, const Var<T>& log_sigma) {
    return mu + exp(log_sigma) * rng.normal<T>(shape);
  }
};

template <class T>
Var<T> normal_log_prob(const Var<T>& x, const Var<T>& mu, const Var<T>& log_sigma) {
  check_density_shapes(NormalLogProb::name, {{"x", x.shape(), Role::kData},
                                             {"mu", mu.shape(), Role::kLocation},
                                             {"log_sigma", log_sigma.shape(), Role::kScale}});
  return map_sum(NormalLogProb{}, x, mu, log_sigma);
}

template <class T>
Var<T> normal_kl(const Var<T>& mu, const Var<T>& log_sigma, const Var<T>& prior_mu, const Var<T>& prior_log_sigma) {
  check_density_shapes(Divergence::name, {{"mu", mu.shape(), Role::kLocation},
                                          {"log_sigma", log_sigma.shape(), Role::kScale},
                                          {"prior_mu", prior_mu.shape(), Role::kLocation},
                                          {"prior_log_sigma", prior_log_sigma.shape(), Role::kScale}});
  return map_sum(Divergence{}, mu, log_sigma, prior_mu, prior_log_sigma);
}

template <class T>
Var<T> kl_standard_normal(const Var<T>& mu, const Var<T>& log_sigma) {
  check_density_shapes(DivergenceFromStandard::name,
                       {{"mu", mu.shape(), Role::kLocation}, {"log_sigma", log_sigma.shape(), Role::kScale}});
  return map_sum(DivergenceFromStandard{}, mu, log_sigma);
}

#define XTAPE_INSTANTIATE(T)                                                             \
  template Var<T> normal_log_prob(const Var<T>&, const Var<T>&, const Var<T>&);          \
  template Var<T> normal_kl(const Var<T>&, const Var<T>&, const Var<T>&, const Var<T>&); \
  template Var<T> kl_standard_normal(const Var<T>&, const Var<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn::detail

namespace xtape::nn {

template <class T>
Var<T> kl(const Normal<T>& p, const Normal<T>& q) {
  return detail::divergence(detail::Divergence{}, p, q);
}

#define XTAPE_INSTANTIATE(T)                                                      \
  template class Factorized<Normal<T>, detail::NormalLaw, std::array<Var<T>, 2>>; \
  template Var<T> kl(const Normal<T>&, const Normal<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::nn
