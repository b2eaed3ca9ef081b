#include "docs/reference/example.hpp"

EXAMPLE("value_and_grad, ValueAndGradient") {
  const auto f = [](const auto& x) { return sum(log(1 + x * x)); };
  const ValueAndGradient result = value_and_grad(f)(xt::xarray<double>{0, 1});
  std::cout << result.value << " " << result.gradient;  // 0.693147 [0. 1.]
  // Of several arguments a tuple; and the parts may be named at once.
  const auto g = [](const auto& a, const auto& b) { return a * a * b; };
  const auto [value, gradients] = value_and_grad(g)(3.0, 2.0);
  std::cout << value << " " << std::get<0>(gradients) << " "
            << std::get<1>(gradients);  // 18 12.0 9.0
}

EXAMPLE("grad") {
  const auto cube = [](const auto& x) { return x * x * x; };
  std::cout << grad(cube)(3.0);        // 27.0
  std::cout << grad(grad(cube))(3.0);  // 18.0
}

EXAMPLE("vjp, ValueAndPullback") {
  const auto f = [](const auto& x) { return square(x); };
  const ValueAndPullback result = vjp(f)(xt::xarray<double>{1, 2, 3});
  std::cout << result.value;  // [1. 4. 9.]
  // It may be called any number of times.
  std::cout << result.pullback(xt::xarray<double>{1, 0, 0});   // [2. 0. 0.]
  std::cout << result.pullback(xt::xarray<double>{0, 1, -1});  // [ 0.  4. -6.]
}

EXAMPLE("jvp, ValueAndTangent") {
  // sin at 0, and its derivative in the direction 2.
  const ValueAndTangent result = jvp([](const auto& x) { return sin(x); })(0.0, 2.0);
  std::cout << result.value << " " << result.tangent;  // 0.0 2.0
}

EXAMPLE("jacobian") {
  const auto f = [](const auto& x) { return x * x; };
  std::cout << jacobian(f)(xt::xarray<double>{1, 2});  // [[2. 0.]
                                                       //  [0. 4.]]
}

EXAMPLE("hessian") {
  const auto f = [](const auto& x) { return x(0) * x(0) * x(1); };
  std::cout << hessian(f)(xt::xarray<double>{3, 5});  // [[10.  6.]
                                                      //  [ 6.  0.]]
}

EXAMPLE("hvp") {
  const auto f = [](const auto& x) { return x(0) * x(0) * x(1); };
  const xt::xarray<double> x{3, 5}, direction{1, 0};
  std::cout << hvp(f)(x, direction);  // [10.  6.]
}
