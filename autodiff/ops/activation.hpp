#pragma once
// The nonlinearities of neural networks, in forms that neither overflow nor cancel.

#include "autodiff/ops/exponential.hpp"

namespace xtape {

namespace op {

/// y = sigmoid'(x) = sigmoid(x) sigmoid(-x), to the last places where it is tiny; dx = -g y tanh(x / 2).
struct SigmoidSlope {
  static constexpr const char* name = "sigmoid_slope";
  static constexpr unsigned saves = kInput | kOutput;
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd tail = kernels::sigmoid_tail(x.v);
    return tail - tail * tail;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const S& x);
};

/// y = tanh x; dx = g (1 - y²), of which y keeps no digit far out: so the slope is computed along with the value, from
/// the same exponential, as 4 sigmoid'(2 x).
struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr unsigned saves = kOutput;
  static constexpr bool keeps_partials = true;
  template <class S>
  static S eval(const S& x) {
    return kernels::tanh(x.v);
  }
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

template <class S>
std::array<S, 1> SigmoidSlope::vjp(const S& g, const S& y, const S& x) {
  return {-(g * y * apply(Tanh{}, 0.5 * x))};
}

/// y = 1 / (1 + e⁻ˣ); dx = g sigmoid'(x), of which y (1 - y) would keep no digit far above 0. The slope is computed
/// with the value, from the same exponential.
struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr unsigned saves = kInput;
  static constexpr bool keeps_partials = true;
  template <class S>
  static S eval(const S& x) {
    return eval_with_partials(x)[0];
  }
  template <class S>
  static std::array<S, 2> eval_with_partials(const S& x) {
    const typename S::Simd zero(typename S::value_type(0)), one(typename S::value_type(1));
    const typename S::Simd tail = kernels::sigmoid_tail(x.v);
    return {S(xsimd::select(x.v < zero, tail, one - tail)), S(tail - tail * tail)};
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * apply(SigmoidSlope{}, x)};
  }
};

/// y = max(x, +0), NaN for NaN; dx = g where y > 0, else 0 (also at 0).
struct Relu {
  static constexpr const char* name = "relu";
  static constexpr unsigned saves = kOutput;
  static constexpr bool selects = true;
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd zero(typename S::value_type(0));
    return xsimd::select(x.v <= zero, zero, x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const auto&) {
    return {where(y > 0.0, g, 0.0)};
  }
};

/// y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|); dx = g sigmoid(x).
struct Softplus {
  static constexpr const char* name = "softplus";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    const typename S::Simd zero(typename S::value_type(0));
    return Relu::eval(x).v + kernels::log1p(kernels::exp(kernels::negated(xsimd::abs(x.v))));
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * apply(Sigmoid{}, x)};
  }
};

/// y = ln sigmoid(x) = -softplus(-x); dx = g sigmoid(-x).
struct LogSigmoid {
  static constexpr const char* name = "log_sigmoid";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::negated(Softplus::eval(S(kernels::negated(x.v))).v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * apply(Sigmoid{}, -x)};
  }
};

}  // namespace op

// clang-format off
#define XTAPE_ACTIVATION_OPS(X) X(SigmoidSlope, 1) X(Tanh, 1) X(Sigmoid, 1) X(Relu, 1) X(Softplus, 1) X(LogSigmoid, 1)
XTAPE_ACTIVATION_OPS(XTAPE_DECLARE_ELEMENTWISE)
// clang-format on

/// tanh x.
template <Number V>
auto tanh(const V& x) {
  return xtape::apply(op::Tanh{}, x);
}
/// 1 / (1 + e⁻ˣ).
template <class A>
  requires ArrayOperands<A>
auto sigmoid(const A& x) {
  return xtape::apply(op::Sigmoid{}, x);
}
/// max(x, 0); the derivative at 0 is 0.
template <class A>
  requires ArrayOperands<A>
auto relu(const A& x) {
  return xtape::apply(op::Relu{}, x);
}
/// ln(1 + eˣ); tends to x above and to 0 below without overflow.
template <class A>
  requires ArrayOperands<A>
auto softplus(const A& x) {
  return xtape::apply(op::Softplus{}, x);
}
/// ln sigmoid(x); tends to x below and to 0 above without overflow.
template <class A>
  requires ArrayOperands<A>
auto log_sigmoid(const A& x) {
  return xtape::apply(op::LogSigmoid{}, x);
}

}  // namespace xtape
