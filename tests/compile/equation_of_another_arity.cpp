// error: xtape: the function cannot be called with these arguments
#include "autodiff/autodiff.hpp"

auto solution(const xtape::Var<double>& theta) {
  return xtape::root([](const auto& x) { return x * x - 1.0; })(1.0, theta);
}
