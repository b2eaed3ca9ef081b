// error: xtape: conditions are joined by &&
#include "autodiff/autodiff.hpp"

auto inside(const xtape::Var<double>& x) {
  return (x > 1.0) & (x < 3.0);
}
