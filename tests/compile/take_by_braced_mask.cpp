// error: xtape: indices and labels are integers, not bools .*for a mask write where
#include "autodiff/autodiff.hpp"

auto chosen(const xtape::Var<double>& x) {
  return take(x, {true, false, true});
}
