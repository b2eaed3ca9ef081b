#pragma once
// A number with its partial derivatives in M directions: how `map` differentiates a function of any length in one pass.

#include "autodiff/kernels/simd.hpp"

#include <array>

namespace xtape {

/// How the chain rule takes a slope along a direction in which an operand does not move: kPlain multiplies them, and an
/// infinite slope gives 0 · ∞ = NaN; kGuarded takes the product for 0.
enum class ChainRule { kPlain, kGuarded };

template <class S, std::size_t M, ChainRule kRule = ChainRule::kPlain>
struct Dual {
  using value_type = typename S::value_type;
  using Value = S;

  S v;
  std::array<S, M> d;

  explicit Dual(const S& value) : v(value) { d.fill(S(value_type(0))); }
  explicit Dual(value_type scalar) : Dual(S(scalar)) {}

  /// What a slope contributes where its operand moves by `d`.
  static S chain(const S& slope, const S& d) {
    if constexpr (kRule == ChainRule::kPlain) {
      return S(slope.v * d.v);
    } else {
      const typename S::Simd zero(value_type(0));
      return S(xsimd::select(d.v == zero, zero, slope.v * d.v));
    }
  }

  /// What an operand contributes to a choice: nothing where it is not chosen, however it moves there.
  static S chosen(const S& slope, const S& d) {
    const typename S::Simd zero(value_type(0));
    return S(xsimd::select(slope.v == zero, zero, slope.v * d.v));
  }

  // As for Batch: say what to write instead of a branch or a std:: function.
  explicit operator bool() const { return bool(v); }
  operator double() const { return double(v); }
};

}  // namespace xtape
