#pragma once
// C's names for the functions that NumPy calls otherwise, of numbers that code may branch on: code written for double
// runs on them as it is.

#include "autodiff/ops/arithmetic.hpp"
#include "autodiff/ops/comparison.hpp"
#include "autodiff/ops/exponential.hpp"
#include "autodiff/ops/hyperbolic.hpp"
#include "autodiff/ops/rounding.hpp"
#include "autodiff/ops/special.hpp"
#include "autodiff/ops/trigonometric.hpp"

namespace xtape {

/// Operands of which at least one is such a number, as C's functions take them.
template <class... A>
concept BranchingOperands = Operands<A...> &&(Branching<A> || ...);

/// x += 1, x -= 1.
template <Branching N>
N& operator++(N& x) {
  return x += 1;
}
template <Branching N>
N& operator--(N& x) {
  return x -= 1;
}
template <Branching N>
N operator++(N& x, int) {
  const N before = x;
  x += 1;
  return before;
}
template <Branching N>
N operator--(N& x, int) {
  const N before = x;
  x -= 1;
  return before;
}

/// Comparisons add up to what those of C++'s own numbers do, an int: (x > 0) - (x < 0).
template <class V>
int operator+(Truth<V> a, Truth<V> b) {
  return int(bool(a)) + int(bool(b));
}
template <class V>
int operator-(Truth<V> a, Truth<V> b) {
  return int(bool(a)) - int(bool(b));
}

/// |x|.
auto fabs(const Branching auto& x) {
  return abs(x);
}
/// arcsin(x).
auto asin(const Branching auto& x) {
  return arcsin(x);
}
/// arccos(x).
auto acos(const Branching auto& x) {
  return arccos(x);
}
/// arctan(x).
auto atan(const Branching auto& x) {
  return arctan(x);
}
/// arctan2(y, x).
template <class A, class B>
  requires BranchingOperands<A, B>
auto atan2(const A& y, const B& x) {
  return arctan2(y, x);
}
/// arcsinh(x).
auto asinh(const Branching auto& x) {
  return arcsinh(x);
}
/// arccosh(x).
auto acosh(const Branching auto& x) {
  return arccosh(x);
}
/// arctanh(x).
auto atanh(const Branching auto& x) {
  return arctanh(x);
}
/// ln |Γ(x)|.
auto lgamma(const Branching auto& x) {
  return gammaln(x);
}
/// Γ(x), of the sign that it has between negative integers.
auto tgamma(const Branching auto& x) {
  const auto size = exp(gammaln(x));
  return x < 0.0 && mod(floor(x), 2.0) != 0.0 ? -size : size;
}
/// a b + c, rounded twice.
template <class A, class B, class C>
  requires BranchingOperands<A, B, C>
auto fma(const A& a, const B& b, const C& c) {
  return a * b + c;
}
/// Whether x has a minus, as -0 has.
auto signbit(const Branching auto& x) {
  return copysign(1.0, x) < 0.0;
}
/// The integer nearest to x, of two the even one.
auto rint(const Branching auto& x) {
  return round(x);
}
auto nearbyint(const Branching auto& x) {
  return round(x);
}
/// a - b, or 0 where that is negative.
template <class A, class B>
  requires BranchingOperands<A, B>
auto fdim(const A& a, const B& b) {
  return maximum(a - b, 0.0);
}

}  // namespace xtape
