// error: xtape: a vjp may only read what its op saves. add kInput or kOutput
// An op whose derivative reads its input, which it does not save.
#include "autodiff/autodiff.hpp"

struct Cube : xtape::Operation<"cube", xtape::kNothing> {
  template <class S>
  static S eval(const S& x) {
    return x.v * x.v * x.v;
  }
  template <class S>
  static std::array<S, 1> vjp(const S& g, const auto&, const auto& x) {
    return {3.0 * g * x * x};
  }
};

xtape::Var<double> cube(const xtape::Var<double>& x) {
  return xtape::apply<Cube>(x);
}
