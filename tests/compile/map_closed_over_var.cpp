// error: xtape::map: the function may not close over a Var. pass it to map as an argument
#include "autodiff/autodiff.hpp"

xtape::Var<float> scaled(const xtape::Var<float>& x, const xtape::Var<float>& s) {
  return xtape::map([&](auto v) { return s * exp(v); }, x);
}
