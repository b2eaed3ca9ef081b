// error: xtape: a function that is differentiated returns one Var, array or number, not a pair
#include "autodiff/autodiff.hpp"

#include <utility>

auto slope(const xt::xarray<double>& x) {
  return xtape::grad([](const auto& v) { return std::make_pair(sum(v), v); })(x);
}
