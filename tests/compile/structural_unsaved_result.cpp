// error: the op's vjp.k, g, y, x.... takes another number of arguments than its eval.x...., or reads what the op
// A structural op whose derivative reads its result, which it does not say.
#include "autodiff/autodiff.hpp"

struct Halves : xtape::Operation<"halves"> {
  template <class T>
  xtape::SharedValue<T> eval(const xtape::SharedValue<T>& x) const {
    return xtape::new_value<T>(x->shape());
  }
  template <class T>
  xtape::Var<T> vjp(std::size_t, const xtape::Var<T>& g, const xtape::Var<T>& y, const xtape::ShapeOnly&) const {
    return g * y;
  }
};

xtape::Var<double> halves(const xtape::Var<double>& x) {
  return xtape::apply(Halves{}, x);
}
