#pragma once
// The nonlinearities of neural networks, in forms that neither overflow nor cancel.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/math.hpp"
#include "autodiff/ops/comparison.hpp"
#include "autodiff/ops/map.hpp"
#include "autodiff/ops/special.hpp"

#include <limits>
#include <numbers>

namespace xtape {

namespace op {

/// y = sigmoid'(x) = sigmoid(x) sigmoid(-x), to the last places where it is tiny; dx = -g y tanh(x / 2).
struct SigmoidSlope : Operation<"sigmoid_slope", kInput | kOutput> {
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd tail = kernels::sigmoid_tail(x.v);
    return tail - tail * tail;
  }
  static auto vjp(const auto& g, const auto& y, const auto& x) { return std::array{-(g * y * tanh(0.5 * x))}; }
};

/// y = tanh x; dx = g (1 - y²), of which y keeps no digit far out: so the slope is computed along with the value, from
/// the same exponential, as 4 sigmoid'(2 x).
struct Tanh : Operation<"tanh", kOutput> {
  static constexpr bool keeps_partials = true;
  static auto eval(const auto& x) { return kernels::tanh(x.v); }
  template <class S>
  static std::array<S, 2> eval_with_partials(const S& x) {
    const typename S::Simd four(typename S::value_type(4)), near_zero = kernels::tanh_near_zero(x.v);
    const typename S::Simd tail = kernels::sigmoid_tail(x.v + x.v);
    return {S(kernels::tanh_of(x.v, near_zero, tail)), S(four * (tail - tail * tail))};
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const S& slope) {
    const S constant = xtape::detail::stopped(y);
    return {g * ((1.0 - y * y) + (slope - (1.0 - constant * constant)))};
  }
};

/// y = 1 / (1 + e⁻ˣ); dx = g sigmoid'(x), of which y (1 - y) would keep no digit far above 0. The slope is computed
/// with the value, from the same exponential.
struct Sigmoid : Operation<"sigmoid", kInput> {
  static constexpr bool keeps_partials = true;
  static auto eval(const auto& x) { return eval_with_partials(x)[0]; }
  template <class S>
  static std::array<S, 2> eval_with_partials(const S& x) {
    const typename S::Simd zero(typename S::value_type(0)), one(typename S::value_type(1));
    const typename S::Simd tail = kernels::sigmoid_tail(x.v);
    return {S(xsimd::select(x.v < zero, tail, one - tail)), S(tail - tail * tail)};
  }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * apply(SigmoidSlope{}, x)}; }
};

/// y = max(x, +0), NaN for NaN; dx = g where y > 0, else 0 (also at 0).
struct Relu : Operation<"relu", kOutput> {
  static constexpr bool selects = true;
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd zero(typename S::value_type(0));
    return xsimd::select(x.v <= zero, zero, x.v);
  }
  static auto vjp(const auto& g, const auto& y, const auto&) { return std::array{where(y > 0.0, g, 0.0)}; }
};

/// y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|); dx = g sigmoid(x).
struct Softplus : Operation<"softplus", kInput> {
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd zero(typename S::value_type(0));
    return Relu::eval(x).v + kernels::log1p(kernels::exp(kernels::negated(xsimd::abs(x.v))));
  }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * sigmoid(x)}; }
};

/// y = ln sigmoid(x) = -softplus(-x); dx = g sigmoid(-x).
struct LogSigmoid : Operation<"log_sigmoid", kInput> {
  template <class S>
  static S eval(const S& x) {
    return kernels::negated(Softplus::eval(S(kernels::negated(x.v))).v);
  }
  static auto vjp(const auto& g, const auto&, const auto& x) { return std::array{g * sigmoid(-x)}; }
};

/// y = x / (1 + |x|), -1 and 1 at the infinities; dx = g / (1 + |x|)².
struct Softsign : Operation<"softsign", kInput> {
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd one(typename S::value_type(1)), a = xsimd::abs(x.v);
    const typename S::Simd y =
        xsimd::select(a > typename S::Simd(std::numeric_limits<typename S::value_type>::max()), one, a / (one + a));
    return kernels::detail::with_sign_of(x.v, y);
  }
  static auto vjp(const auto& g, const auto&, const auto& x) {
    const auto size = 1.0 + abs(x);
    return std::array{g / size / size};
  }
};

/// y = x where x > 0, else s x; dx = g where x > 0, else s g.
struct LeakyRelu : Operation<"leaky_relu", kInput> {
  double negative_slope;
  template <class S>
  S eval(const S& x) const {
    using T = typename S::value_type;
    return xsimd::select(x.v > typename S::Simd(T(0)), x.v, typename S::Simd(T(this->negative_slope)) * x.v);
  }
  auto vjp(const auto& g, const auto&, const auto& x) const {
    return std::array{where(x > 0.0, g, negative_slope * g)};
  }
};

/// y = s x where x > 0, else s a (eʳˣ - 1); dx = g s where x > 0, else g s a r eʳˣ. elu, celu and selu are of this
/// form.
struct Elu : Operation<"elu", kInput> {
  double alpha, scale = 1, rate = 1;
  template <class S>
  S eval(const S& x) const {
    using T = typename S::value_type;
    const typename S::Simd s(T(this->scale)), tail(T(this->scale * this->alpha)), r(T(this->rate));
    return xsimd::select(x.v > typename S::Simd(T(0)), s * x.v, tail * kernels::expm1(r * x.v));
  }
  auto vjp(const auto& g, const auto&, const auto& x) const {
    const double tail = scale * alpha * rate;
    return std::array{where(x > 0.0, scale * g, tail * g * exp(rate * minimum(x, 0.0)))};
  }
};

}  // namespace op

namespace detail {

// x times a gate between 0 and 1, as `map` fuses and differentiates them.
struct SiluOf {
  static constexpr const char* name = "silu";
  auto operator()(const auto& x) const { return x * sigmoid(x); }
};
struct MishOf {
  static constexpr const char* name = "mish";
  auto operator()(const auto& x) const { return x * tanh(softplus(x)); }
};
struct GeluOf {
  static constexpr const char* name = "gelu";
  auto operator()(const auto& x) const { return x * ndtr(x); }
};
struct GeluTanhOf {
  static constexpr const char* name = "gelu_tanh";
  auto operator()(const auto& x) const {
    constexpr double kTwice = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // ½ (1 + tanh u) = sigmoid(2 u)
    const auto within = clip(x, -50, 50);                                          // beyond, the gate is 0 or 1
    return x * sigmoid(kTwice * (within + 0.044715 * (within * within * within)));
  }
};
/// Throws Error, of `what` and what came, unless it `holds`.
void check_option(bool holds, const char* what, double got);

}  // namespace detail

namespace op {
using Silu = Map<xtape::detail::SiluOf, 1>;
using Mish = Map<xtape::detail::MishOf, 1>;
using Gelu = Map<xtape::detail::GeluOf, 1>;
using GeluTanh = Map<xtape::detail::GeluTanhOf, 1>;
}  // namespace op

/// tanh x.
auto tanh(const Number auto& x) {
  return xtape::apply(op::Tanh{}, x);
}
/// 1 / (1 + e⁻ˣ).
auto sigmoid(const ArrayOperand auto& x) {
  return xtape::apply(op::Sigmoid{}, x);
}
/// max(x, 0); the derivative at 0 is 0.
auto relu(const ArrayOperand auto& x) {
  return xtape::apply(op::Relu{}, x);
}
/// ln(1 + eˣ); tends to x above and to 0 below without overflow.
auto softplus(const ArrayOperand auto& x) {
  return xtape::apply(op::Softplus{}, x);
}
/// ln sigmoid(x); tends to x below and to 0 above without overflow.
auto log_sigmoid(const ArrayOperand auto& x) {
  return xtape::apply(op::LogSigmoid{}, x);
}
/// x / (1 + |x|).
auto softsign(const ArrayOperand auto& x) {
  return xtape::apply(op::Softsign{}, x);
}
/// x where x > 0, else negative_slope x; the derivative at 0 is negative_slope.
auto leaky_relu(const ArrayOperand auto& x, double negative_slope = 0.01) {
  return xtape::apply(op::LeakyRelu{{}, negative_slope}, x);
}
/// x where x > 0, else alpha (eˣ - 1); the derivative at 0 is alpha (Clevert et al. 2016).
auto elu(const ArrayOperand auto& x, double alpha = 1) {
  return xtape::apply(op::Elu{{}, alpha}, x);
}
/// x where x > 0, else alpha (e^(x / alpha) - 1), whose derivative at 0 is 1 for every alpha (Barron 2017). Throws
/// Error unless alpha is positive.
auto celu(const ArrayOperand auto& x, double alpha = 1) {
  detail::check_option(alpha > 0, "[celu] a positive alpha expected", alpha);
  return xtape::apply(op::Elu{{}, alpha, 1, 1 / alpha}, x);
}
/// 1.0507 elu(x, 1.6733), by which layers keep mean 0 and variance 1 (Klambauer et al. 2017).
auto selu(const ArrayOperand auto& x) {
  return xtape::apply(op::Elu{{}, 1.6732632423543772848, 1.0507009873554804934}, x);
}
/// x sigmoid(x), also called swish.
auto silu(const ArrayOperand auto& x) {
  return xtape::apply(op::Silu{}, x);
}
/// x tanh(softplus(x)) (Misra 2019).
auto mish(const ArrayOperand auto& x) {
  return xtape::apply(op::Mish{}, x);
}
/// x Φ(x), with the normal distribution function Φ (Hendrycks and Gimpel 2016).
auto gelu(const ArrayOperand auto& x) {
  return xtape::apply(op::Gelu{}, x);
}
/// ½ x (1 + tanh(√(2 / π) (x + 0.044715 x³))), PyTorch's gelu with approximate="tanh" (Hendrycks and Gimpel 2016).
auto gelu_tanh(const ArrayOperand auto& x) {
  return xtape::apply(op::GeluTanh{}, x);
}
/// x limited to [low, high], with the derivative 1 at both, as that of clip.
auto hardtanh(const ArrayOperand auto& x, double low = -1, double high = 1) {
  return clip(as_own_number(x), low, high);
}
/// x moved towards 0 by lambda, 0 where |x| <= lambda; the derivative is 0 there, else 1. Throws Error for a negative
/// lambda.
auto softshrink(const ArrayOperand auto& x, double lambda = 0.5) {
  detail::check_option(lambda >= 0, "[softshrink] a lambda of at least 0 expected", lambda);
  return as_own_number(x) - clip(as_own_number(x), -lambda, lambda);
}

}  // namespace xtape
