// error: xtape::reshape: the shape is written in braces
#include "autodiff/autodiff.hpp"

auto column(const xtape::Var<double>& x) {
  return reshape(x, -1, 1);
}
