// error: xtape: the op's vjp.g, y, x.... takes another number of arguments than its eval.x...., or reads what the op
// The same with a vjp that asks for the input by its type.
#include "autodiff/autodiff.hpp"

struct Cube : xtape::Operation<"cube", xtape::kNothing> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const S& x) {
    return {3.0 * g * x * x};
  }
};

xtape::Var<double> cube(const xtape::Var<double>& x) {
  return xtape::apply<Cube>(x);
}
