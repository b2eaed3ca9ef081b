// error: xtape: the function of map or vectorize may not close over an array. pass it as an argument
#include "autodiff/autodiff.hpp"

xtape::Var<float> scaled(const xtape::Var<float>& x, const xt::xarray<float>& s) {
  return xtape::map([&](auto v) { return exp(v) * s; }, x);
}
