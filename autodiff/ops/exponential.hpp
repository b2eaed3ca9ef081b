#pragma once
// Exponentials and logarithms.

#include "autodiff/kernels/math.hpp"
#include "autodiff/ops/arithmetic.hpp"

namespace xtape {

namespace op {

/// y = eˣ; dx = g y.
struct Exp {
  static constexpr const char* name = "exp";
  static constexpr unsigned saves = kOutput;
  template <class S>
  static S eval(const S& x) {
    return kernels::exp(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const S& y, const auto&) {
    return {g * y};
  }
};

/// y = eˣ - 1, exact near 0; dx = g eˣ, of which y + 1 would keep no digit far below 0.
struct Expm1 {
  static constexpr const char* name = "expm1";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::expm1(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * apply(Exp{}, x)};
  }
};

/// y = ln x; dx = g / x.
struct Log {
  static constexpr const char* name = "log";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::log(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g / x};
  }
};

/// y = ln(1 + x), exact near 0; dx = g / (1 + x).
struct Log1p {
  static constexpr const char* name = "log1p";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::log1p(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g / (1.0 + x)};
  }
};

}  // namespace op

// clang-format off
#define XTAPE_EXPONENTIAL_OPS(X) X(Exp, 1) X(Expm1, 1) X(Log, 1) X(Log1p, 1)
XTAPE_EXPONENTIAL_OPS(XTAPE_DECLARE_ELEMENTWISE)
// clang-format on

/// eˣ.
template <Number V>
auto exp(const V& x) {
  return xtape::apply(op::Exp{}, x);
}
/// eˣ - 1, without cancellation near 0.
template <Number V>
auto expm1(const V& x) {
  return xtape::apply(op::Expm1{}, x);
}
/// The natural logarithm; -infinity at 0, NaN below.
template <Number V>
auto log(const V& x) {
  return xtape::apply(op::Log{}, x);
}
/// ln(1 + x), without cancellation near 0.
template <Number V>
auto log1p(const V& x) {
  return xtape::apply(op::Log1p{}, x);
}

// y ln a: with an argument replaced where 0 · ∞ would appear, and nowhere else, since what is replaced has no
// derivative of its own.
namespace detail {
template <class S>
S times_log(const S& y, const S& a) {
  const S nothing = where(y, equal(a, 0.0), a >= 0.0);
  return where(nothing, 0.0, y * log(where(nothing, 1.0, a)));
}
}  // namespace detail

template <class S>
std::array<S, 2> op::Power::vjp(const S& g, const S& y, const S& a, const S& b) {
  return {apply(PowerSlope{}, g, a, b), g * detail::times_log(y, a)};
}

template <class S>
std::array<S, 3> op::PowerSlope::vjp(const S& h, const S& y, const S& g, const S& a, const S& b) {
  const S base = apply(PowerSlope{}, h * g * b, a, b - 1.0);
  const S exponent = g * apply(Power{}, a, where(equal(a, 0.0) * equal(b, 0.0), 1.0, b - 1.0));
  return {apply(PowerSlope{}, h, a, b), base, h * (exponent + detail::times_log(y, a))};
}

}  // namespace xtape
