// error: xtape: the op's vjp returns a std::array of as many derivatives as the op has operands
#include "autodiff/autodiff.hpp"

struct Product : xtape::Operation<"product", xtape::kInput> {
  static auto eval(const auto& x, const auto& y) { return x.v * y.v; }
  static auto vjp(const auto& g, const auto&, const auto&, const auto& y) { return std::array{g * y}; }
};

xtape::Var<double> product(const xtape::Var<double>& x, const xtape::Var<double>& y) {
  return xtape::apply(Product{}, x, y);
}
