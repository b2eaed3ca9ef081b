#pragma once
// The density of a number that is 0 or 1, of certain ones too. For .cpp files.

#include "autodiff/autodiff.hpp"

namespace xtape::nn::detail {

/// y = w l, and 0 where w is 0, whatever l is; dw = g l, dl = g w, likewise.
struct Weighted : Operation<"weighted", operand(1), operand(0)> {
  template <class S>
  static S eval(const S& w, const S& l) {
    using Simd = typename S::Simd;
    const Simd zero(typename S::value_type(0));
    return S(xsimd::select(w.v == zero, zero, Simd(w.v * l.v)));
  }
  static auto vjp(const auto& g, const auto&, const auto& w, const auto& l) {
    return std::array{xtape::apply(Weighted{}, g, l), xtape::apply(Weighted{}, g, w)};
  }
};

/// w l, 0 where w is 0: what cannot happen counts nothing, be it infinite.
inline constexpr auto weighted = [](const auto& w, const auto& l) { return xtape::apply(Weighted{}, w, l); };

/// x l - softplus(l) for numbers x in [0, 1], in terms of one sign: (x - 1) l - softplus(-l) where l > 0. The parts of
/// the usual form cancel there. Both branches are the function itself, so that derivatives go through either.
inline constexpr auto bernoulli_density = [](const auto& x, const auto& logit) {
  const auto above = logit > 0.0;
  return weighted(where(above, x - 1.0, x), logit) - softplus(where(above, -logit, logit));
};

}  // namespace xtape::nn::detail
