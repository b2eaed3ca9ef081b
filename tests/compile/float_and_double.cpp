// error: xtape: Var<float> and Var<double> do not mix in one operation. pass one as a constant
#include "autodiff/autodiff.hpp"

auto mixed(const xtape::Var<float>& x, const xtape::Var<double>& y) {
  return x * y;
}
