// error: xtape: a struct that is a template of its parts' type has parts alone
#include "autodiff/autodiff.hpp"

template <class A>
struct Polynomial {
  A coefficients;
  int power = 1;
  friend auto members(Polynomial& p) { return std::tie(p.coefficients); }
};

auto slope(const xt::xarray<double>& x) {
  const auto f = [](const auto& p) { return sum(pow(p.coefficients, double(p.power))); };
  return xtape::grad(f)(Polynomial<xt::xarray<double>>{x, 3});
}
