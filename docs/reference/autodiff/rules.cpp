#include "docs/reference/example.hpp"

EXAMPLE("custom_vjp") {
  // The gradient turned around, as in adversarial training.
  const auto reversed =
      custom_vjp([](const auto& x) { return x; },
                 [](const auto& g, const auto&, const auto&) { return -g; });
  std::cout << grad([&](const auto& x) { return 3 * reversed(x); })(2.0);  // -3.0
}

EXAMPLE("custom_jvp") {
  const auto cube = custom_jvp(
      [](const auto& x) { return x * x * x; },
      [](const auto& v, const auto&, const auto& x) { return 3 * x * x * v; });
  std::cout << grad(cube)(2.0);  // 12.0
}

EXAMPLE("linear_solve, LinearSolveOptions") {
  const auto product = [](const auto& v, const auto& a) { return matmul(a, v); };
  const Var<double> matrix(xt::xarray<double>{{2, 1}, {1, 3}});
  const LinearSolveOptions options{
      .symmetric = true, .tolerance = 1e-10, .max_iterations = 10};
  std::cout << linear_solve(product, options)(xt::xarray<double>{3, 4},
                                              matrix);  // [1. 1.]
}

EXAMPLE("LinearSolveOptions") {
  // A shift by one place, which is not symmetric, by GMRES.
  const auto shift = [](const auto& v) { return 2 * v + roll(v, 1); };
  const LinearSolveOptions options{.restart = 2};
  std::cout << linear_solve(
      shift, options)(Var<double>(xt::xarray<double>{3, 3, 3}));  // [1. 1. 1.]
}

EXAMPLE("root, RootOptions") {
  const auto f = [](const auto& x, const auto& theta) { return square(x) - theta; };
  const RootOptions options{
      .tolerance = 1e-10, .max_iterations = 20, .linear = {.max_iterations = 5}};
  std::cout << root(f, options)(1.0, Var<double>(4.0));  // 2.0
  std::cout << grad([&](const auto& theta) { return root(f)(1.0, theta); })(
      4.0);  // 0.25
}

EXAMPLE("fixed_point") {
  const auto f = [](const auto& x, const auto& theta) { return 0.5 * x + theta; };
  std::cout << grad([&](const auto& theta) { return fixed_point(f)(0.0, theta); })(
      1.0);  // 2.0
}

EXAMPLE("minimize") {
  const auto f = [](const auto& x, const auto& theta) {
    return square(x - theta) + square(x);
  };
  std::cout << grad([&](const auto& theta) { return minimize(f)(0.0, theta); })(
      3.0);  // 0.5
}
