#pragma once
// Sine and cosine, of radians.

#include "autodiff/kernels/trigonometric.hpp"
#include "autodiff/ops/arithmetic.hpp"

namespace xtape {

namespace op {

template <class S>
S cosine(const S& x);

/// y = sin x; dx = g cos x.
struct Sin {
  static constexpr const char* name = "sin";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::sin(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {g * cosine(x)};
  }
};

/// y = cos x; dx = -g sin x.
struct Cos {
  static constexpr const char* name = "cos";
  static constexpr unsigned saves = kInput;
  template <class S>
  static S eval(const S& x) {
    return kernels::cos(x.v);
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {-(g * apply(Sin{}, x))};
  }
};

template <class S>
S cosine(const S& x) {
  return xtape::apply(Cos{}, x);
}  // Sin and Cos need each other

}  // namespace op

// clang-format off
#define XTAPE_TRIGONOMETRIC_OPS(X) X(Sin, 1) X(Cos, 1)
XTAPE_TRIGONOMETRIC_OPS(XTAPE_DECLARE_ELEMENTWISE)
// clang-format on

/// The sine of x in radians.
template <Number V>
auto sin(const V& x) {
  return xtape::apply(op::Sin{}, x);
}
/// The cosine of x in radians.
template <Number V>
auto cos(const V& x) {
  return xtape::apply(op::Cos{}, x);
}

}  // namespace xtape
