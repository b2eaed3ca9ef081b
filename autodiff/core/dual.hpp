#pragma once
// A number with its partial derivatives in M directions: how `map` differentiates a function of any length in one pass.

#include "autodiff/kernels/simd.hpp"

#include <array>

namespace xtape {

template <class S, std::size_t M>
struct Dual {
  using value_type = typename S::value_type;

  S v;
  std::array<S, M> d;

  explicit Dual(const S& value) : v(value) { d.fill(S(value_type(0))); }
  explicit Dual(value_type scalar) : Dual(S(scalar)) {}

  // As for Batch: say what to write instead of a branch or a std:: function.
  explicit operator bool() const { return bool(v); }
  operator double() const { return double(v); }
};

}  // namespace xtape
