// error: an op.s eval. may not branch on its arguments. write where\(condition, a, b\)
#include "autodiff/autodiff.hpp"

xtape::Var<float> leaky(const xtape::Var<float>& x) {
  return xtape::map([](auto v) { return v > 0.0f ? v : 0.1f * v; }, x);
}
