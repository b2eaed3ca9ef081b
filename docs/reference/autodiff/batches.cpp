#include "docs/reference/example.hpp"

EXAMPLE("vmap, VmapOptions") {
  // Written for one example: a vector, and a number.
  const auto scaled = [](const auto& x, const auto& a) { return a * x / sum(x); };
  const xt::xarray<double> xs{{1, 3}, {3, 1}}, as{4, 8};
  std::cout << vmap(scaled)(xs, as);  // [[1. 3.] [6. 2.]]
  // The examples along the second axis, and a number for all of them.
  const VmapOptions columns{.in_axes = {1, {}}, .out_axes = {1}};
  std::cout << vmap(scaled, columns)(xs, 2.0);  // [[0.5 1.5] [1.5 0.5]]
  // The gradient of each example.
  const auto slope = [](const auto& x) {
    return grad([](const auto& u) { return u * u * u; })(x);
  };
  std::cout << vmap(slope)(xt::xarray<double>{1, 2});  // [ 3. 12.]
}
