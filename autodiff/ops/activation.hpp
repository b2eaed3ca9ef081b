#pragma once
// The nonlinearities of neural networks, in forms that neither overflow nor cancel.

#include "autodiff/core/apply.hpp"
#include "autodiff/kernels/math.hpp"

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
    const S constant = y.constant();
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

}  // namespace xtape
