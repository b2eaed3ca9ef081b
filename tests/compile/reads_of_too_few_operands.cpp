// error: xtape: an op that says what each derivative reads says so once for each operand
#include "autodiff/autodiff.hpp"

struct Product : xtape::Operation<"product", xtape::operand(1), xtape::operand(0)> {
  static auto eval(const auto& x, const auto& y, const auto& z) { return x.v * y.v + z.v; }
  static auto vjp(const auto& g, const auto&, const auto& x, const auto& y, const auto&) {
    return std::array{g * y, g * x, g};
  }
};

xtape::Var<double> product(const xtape::Var<double>& x, const xtape::Var<double>& y) {
  return xtape::apply(Product{}, x, y, x);
}
