// error: xtape: `using namespace xt` let xtensor's function of this name take a Var. write xtape::sum
// With both namespaces open, xtensor's sum takes anything.
#include "autodiff/autodiff.hpp"

#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

using namespace xt;
using namespace xtape;

double total(Var<double>& x) {
  return sum(x).item();
}
