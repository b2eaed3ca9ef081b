// error: xtape: vjp takes arrays. to differentiate through a pullback, nest grad of sum.cotangent . f.
#include "autodiff/autodiff.hpp"

auto slopes(const xtape::Var<double>& x) {
  return xtape::vjp([](const auto& v) { return v * v; })(x);
}
