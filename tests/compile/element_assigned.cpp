// error: argument discards qualifiers|no viable overloaded
// An element is a value: to assign to it would change nothing.
#include "autodiff/autodiff.hpp"

void change(xtape::Var<double> x) {
  x(1) = xtape::Var<double>(5.0);
}
